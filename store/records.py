"""The values that cross the store's door: plain, frozen, free of SQLAlchemy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class RootRecord:
    """A folder that was given to ``index``; ``rules`` and ``identity`` are the indexer's own.

    ``scanned_at`` is UTC without a zone; ``unreadable`` maps relative paths to reasons.
    """

    id: int
    path: Path
    rules: dict[str, Any]
    offline: bool
    identity: str | None = None
    offline_reason: str | None = None
    scanned_at: datetime | None = None
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RootCounts:
    """Of one root: ``files`` present, ``photos`` as distinct contents among them, ``missing``."""

    files: int = 0
    photos: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run that wrote. ``began_at`` is UTC without a zone; ``counts`` are of files."""

    command: str
    began_at: datetime
    seconds: float
    interrupted: bool
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SpaceRecord:
    """An embedding space; one that is neither ``active`` nor ``building`` is retired."""

    id: int
    model: str
    fingerprint: str
    dimension: int
    active: bool
    building: bool = False


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the catalog remembers of one path below a root.

    ``searchable`` means its content has a vector in every space asked about; ``failed``, that it
    is known not to be readable as a picture.
    """

    id: int
    path: str
    bytes: int
    mtime_ns: int
    content_id: int | None
    present: bool
    searchable: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What was learnt from a file's bytes. Without a ``failure``, width and height are set.

    ``taken_at`` is camera-local time without a zone; ``perceptual_hash`` a signed 64-bit number.
    """

    hash: bytes
    bytes: int
    width: int | None = None
    height: int | None = None
    format: str | None = None
    taken_at: datetime | None = None
    camera: str | None = None
    lens: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    perceptual_hash: int | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file to remember: new, changed, or (with ``file_id``) taking over a known row."""

    path: str
    bytes: int
    mtime_ns: int
    content: ContentFacts | None
    file_id: int | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes: files of one root, vectors float32 (d,) by space and hash."""

    root_id: int
    files: list[FileEntry]
    vectors: dict[int, dict[bytes, npt.NDArray[np.float32]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownContent:
    id: int
    searchable: bool
    failure: str | None


@dataclass(frozen=True, slots=True)
class Photo:
    """One content with every path it is present at; ``id`` is the content's.

    ``perceptual_hash`` is a signed 64-bit number, None where none was made; ``file_time``, when
    the oldest of its files was last changed, local and without a zone as ``taken_at`` is.
    """

    id: int
    hash: bytes
    paths: tuple[Path, ...]
    bytes: int
    width: int
    height: int
    format: str
    taken_at: datetime | None
    camera: str | None
    lens: str | None
    latitude: float | None
    longitude: float | None
    offline: bool
    perceptual_hash: int | None = None
    file_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class FailedFile:
    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """``photos`` are distinct contents that can be searched; ``files``, the readable paths present;
    ``failed``, files and folders that are not readable.

    ``waiting`` are readable contents that have no vector in the space yet.
    """

    files: int
    photos: int
    failed: int
    missing: int
    waiting: int


@dataclass(frozen=True, slots=True)
class VectorChanges:
    """What a cache must do to catch up to ``change``.

    ``ids`` int64 (n,) ascending and ``vectors`` float16 (n, d) are to be put, ``removed`` int64
    (m,) to be dropped.
    """

    change: int
    ids: npt.NDArray[np.int64]
    vectors: npt.NDArray[np.float16]
    removed: npt.NDArray[np.int64]
