"""The catalog's tables. What they mean is in docs/design.md; how they came about, in migrations/.

A vector counts as ``live`` while some file with its content is present. Every change to a vector
or to its being live takes the next change number, so a cache can replay what it missed.
"""

import enum
import os
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from store.engines.spelling import WIDE

HEAD = "0008"
"""The schema version this code reads and writes: the newest migration."""


class FsPath(TypeDecorator[str]):
    """A path in whatever bytes the file system allows, kept as those bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        return None if value is None else os.fsencode(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else os.fsdecode(value)


class RootState(enum.StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"


class FileState(enum.StrEnum):
    PRESENT = "present"
    MISSING = "missing"


class SpaceState(enum.StrEnum):
    BUILDING = "building"
    ACTIVE = "active"
    RETIRED = "retired"


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: WIDE}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Meta(Base):
    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


def _where_known(column: str) -> Index:
    """An index of rows where a column has a value. Migrations say so to PostgreSQL as well; here
    SQLAlchemy would import its dialect, 20 ms of every search."""
    return Index(None, column, sqlite_where=text(f"{column} IS NOT NULL"))


class Root(Base):
    """A folder given to ``index``, with the rules it is walked by.

    ``identity`` tells the folder itself from an empty mount point of the same name;
    ``offline_reason`` says why a root that is offline was taken to be.
    ``unreadable`` maps relative paths that the last walk could not look at to the reason.
    """

    __tablename__ = "roots"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(FsPath, unique=True)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String, default=RootState.ONLINE)
    identity: Mapped[str | None]
    scanned_at: Mapped[datetime | None]
    unreadable: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    offline_reason: Mapped[str | None]


class Run(Base):
    """One run that wrote: when, for how long, and what became of how many files.

    Times are UTC without a zone; the newest row is the last run.
    """

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    command: Mapped[str]
    began_at: Mapped[datetime]
    seconds: Mapped[float]
    interrupted: Mapped[bool]
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)


class Content(Base):
    """One distinct file content. ``failure`` says why it cannot be read as a picture.

    ``change`` is that at which its paths or facts were last touched: a cache of what filters look
    at reads what is newer than itself.
    """

    __tablename__ = "contents"
    __table_args__ = tuple(map(_where_known, ("failure", "camera", "lens", "latitude")))

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    format: Mapped[str | None]
    taken_at: Mapped[datetime | None] = mapped_column(index=True)
    camera: Mapped[str | None]
    lens: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    perceptual_hash: Mapped[int | None] = mapped_column(BigInteger)
    failure: Mapped[str | None]
    change: Mapped[int] = mapped_column(BigInteger, server_default="0", index=True)


class File(Base):
    """One path. Without a content it could not even be read; ``failure`` says why."""

    __tablename__ = "files"
    __table_args__ = (
        UniqueConstraint("root_id", "path"),
        Index(None, "root_id", "state", "content_id"),
        _where_known("failure"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("roots.id"))
    path: Mapped[str] = mapped_column(FsPath)
    content_id: Mapped[int | None] = mapped_column(ForeignKey("contents.id"), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger, index=True)
    state: Mapped[str] = mapped_column(String, default=FileState.PRESENT)
    failure: Mapped[str | None]


class Space(Base):
    """One embedding space: vectors may be compared only within it."""

    __tablename__ = "spaces"

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    dimension: Mapped[int]
    state: Mapped[str] = mapped_column(String)


class Embedding(Base):
    """A content's vector in a space: little-endian float16, unit length before rounding."""

    __tablename__ = "embeddings"
    __table_args__ = (
        UniqueConstraint("space_id", "content_id"),
        Index(None, "space_id", "change"),
        Index(None, "space_id", "live"),
        Index(None, "content_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id"))
    change: Mapped[int] = mapped_column(BigInteger)
    live: Mapped[bool]
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class Noise(Base):
    """What unrelated questions of one kind score in a space; see ``search.relevance``."""

    __tablename__ = "noises"

    space_id: Mapped[int] = mapped_column(
        ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str]
    photos: Mapped[int]
    mean: Mapped[bytes] = mapped_column(LargeBinary)
    center: Mapped[bytes] = mapped_column(LargeBinary)
    spread: Mapped[float]
    line: Mapped[float]
    growth: Mapped[float]


class Tag(Base):
    """A label on a content, by hand or by a model; ``fingerprint`` is that of the model's space.

    ``score`` is the model's probability. By hand all three are null.
    """

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("content_id", "label", "source"), Index(None, "label"))

    id: Mapped[int] = mapped_column(primary_key=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(collation="NOCASE"))
    source: Mapped[str]
    model: Mapped[str | None]
    fingerprint: Mapped[str | None]
    score: Mapped[float | None]


class SavedSearch(Base):
    """A query's text form under a name."""

    __tablename__ = "saved_searches"

    name: Mapped[str] = mapped_column(String(collation="NOCASE"), primary_key=True)
    text: Mapped[str]
    saved_at: Mapped[datetime]


class PlaceCity(Base):
    """A town that photographs of the library are in: GeoNames' id, names and point.

    ``names`` are all its names as ``store.places.folded`` makes them, a line each.
    """

    __tablename__ = "cities"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    names: Mapped[str]
    region: Mapped[str]
    country_code: Mapped[str]
    country: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]


class Place(Base):
    """A town a content was taken in: the ``nearest``, or another whose extent reaches there."""

    __tablename__ = "places"

    content_id: Mapped[int] = mapped_column(
        ForeignKey("contents.id", ondelete="CASCADE"), primary_key=True
    )
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), primary_key=True, index=True)
    nearest: Mapped[bool]
