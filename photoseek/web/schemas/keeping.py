"""How a library is, and how it is brought up to date."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from photoseek.web.schemas.base import Schema


class Can(Schema):
    """``change``: tags, saved searches, models, indexing; ``reveal``: open a folder here."""

    change: bool
    reveal: bool


class RootState(Schema):
    """A folder of the library. ``reason`` says why it is offline."""

    id: int
    path: str
    name: str
    offline: bool
    reason: str | None


class RunState(Schema):
    command: str
    began_at: datetime
    seconds: float
    interrupted: bool
    counts: dict[str, int]


class FailedFile(Schema):
    path: str
    reason: str


class Status(Schema):
    """``library`` is False before anything was indexed; ``coverage`` is in percent; ``can`` is what
    this server permits."""

    version: str
    library: bool
    photos: int
    files: int
    failed: int
    missing: int
    waiting: int
    unsearchable: int
    coverage: float
    bytes: int
    model: str | None
    dimension: int | None
    roots: list[RootState]
    last_run: RunState | None
    can: Can


class Health(Schema):
    status: Literal["ok"]


class Folder(Schema):
    """A folder that may be indexed. ``indexed`` if it or a folder around it is in the library."""

    path: str
    name: str
    indexed: bool
    folders: bool


class IndexRequest(Schema):
    """``folder`` is a path below one that was allowed at start; none brings all up to date."""

    folder: str | None = Field(None, max_length=4096)
    full: bool = False
    retry_failed: bool = False


class IndexState(Schema):
    """``state`` of the last run here; ``idle`` before any. ``counts`` when it has ended."""

    state: Literal["idle", "running", "paused", "done", "cancelled", "failed"]
    folder: str | None = None
    stage: str | None = None
    done: int = 0
    total: int | None = None
    failed: int = 0
    seconds: float = 0
    counts: dict[str, int] = Field(default_factory=dict)
    failures: list[FailedFile] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    error: str | None = None
