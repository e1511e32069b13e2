"""Content rows with their paths, as ``Photo`` values."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Row, select

from store.records import Photo
from store.schema import Content, File, FileState, Root, RootState


def photos_of(connection: Connection, ids: list[int]) -> Iterator[tuple[int, Photo]]:
    """Contents by id, with their present paths; those with none, or unreadable, are left out."""
    paths = _present_paths(connection, ids)
    for row in connection.execute(select(Content.__table__).where(Content.id.in_(ids))):
        if row.id in paths and row.failure is None:
            yield row.id, _photo(row, paths[row.id])


def _present_paths(
    connection: Connection, ids: list[int]
) -> dict[int | None, list[tuple[Path, bool]]]:
    statement = (
        select(File.content_id, Root.path, File.path, Root.state)
        .join(Root, Root.id == File.root_id)
        .where(File.content_id.in_(ids), File.state == FileState.PRESENT)
        .order_by(Root.state.desc(), Root.path, File.path)  # online before offline
    )
    paths: dict[int | None, list[tuple[Path, bool]]] = defaultdict(list)
    for content_id, root, path, state in connection.execute(statement):
        paths[content_id].append((Path(root) / path, state == RootState.OFFLINE))
    return paths


def _photo(row: Row[*tuple[object, ...]], paths: list[tuple[Path, bool]]) -> Photo:
    return Photo(
        id=row.id,
        hash=row.hash,
        paths=tuple(path for path, _ in paths),
        bytes=row.bytes,
        width=row.width,
        height=row.height,
        format=row.format,
        taken_at=row.taken_at,
        camera=row.camera,
        lens=row.lens,
        latitude=row.latitude,
        longitude=row.longitude,
        offline=all(offline for _, offline in paths),
        perceptual_hash=row.perceptual_hash,
    )
