"""Content rows with their paths, as ``Photo`` values."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from store.locations import location
from store.records import Photo
from store.schema import Content, File, FileState, Root, RootState


def photos_of(connection: Connection, ids: list[int]) -> Iterator[tuple[int, Photo]]:
    """Contents by id, with their present paths; those with none, or unreadable, are left out."""
    files = _present_files(connection, ids)
    for row in connection.execute(_CONTENTS, {"ids": ids}):
        if row.id in files and row.failure is None:
            yield row.id, _photo(row, files[row.id])


_SOME: BindParameter[list[int]] = bindparam("ids", expanding=True)
_CONTENTS = select(Content.__table__).where(Content.id.in_(_SOME))
_FILES = (
    select(File.content_id, Root.path, File.path, Root.state, File.mtime_ns)
    .join(Root, Root.id == File.root_id)
    .where(File.content_id.in_(_SOME), File.state == FileState.PRESENT)
    .order_by(Root.state.desc(), Root.path, File.path)  # online before offline
)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    offline: bool
    mtime_ns: int


def _present_files(connection: Connection, ids: list[int]) -> dict[int | None, list[_File]]:
    files: dict[int | None, list[_File]] = defaultdict(list)
    for content_id, root, path, state, mtime_ns in connection.execute(_FILES, {"ids": ids}):
        files[content_id].append(_File(location(root) / path, state == RootState.OFFLINE, mtime_ns))
    return files


def _photo(row: Row[*tuple[object, ...]], files: list[_File]) -> Photo:
    return Photo(
        id=row.id,
        hash=row.hash,
        paths=tuple(file.path for file in files),
        bytes=row.bytes,
        width=row.width,
        height=row.height,
        format=row.format,
        taken_at=row.taken_at,
        camera=row.camera,
        lens=row.lens,
        latitude=row.latitude,
        longitude=row.longitude,
        offline=all(file.offline for file in files),
        perceptual_hash=row.perceptual_hash,
        file_time=_local_time(min(file.mtime_ns for file in files)),
    )


def _local_time(nanoseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9)
    except (OSError, OverflowError, ValueError):  # file systems hold any number
        return None
