"""What Milvus holds of a photograph, read from the catalog: its vector and what filters look at."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine, Select, case, select

from store.database import reading
from store.milvus.keys import NOTHING, folder_keys, key_of
from store.replay import int64, retired_since
from store.schema import Content, Embedding, File, FileState, Place, Root
from store.statements import chunks, last_change

ROWS_A_PIECE = 1000
MOST_IN_ARRAY = 4096
"""What an array holds in Milvus at most."""

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_CONTENT = (
    Content.hash,
    Content.bytes,
    Content.width,
    Content.height,
    Content.format,
    Content.taken_at,
    Content.camera,
    Content.lens,
    Content.latitude,
)

Ids = npt.NDArray[np.int64]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What a collection must do to catch up to ``change``: rows to put and ids to remove."""

    change: int
    rows: list[Row]
    removed: Ids


@dataclass(slots=True)
class _Paths:
    """The present files of a content, as numbers."""

    roots: set[int] = field(default_factory=set)
    folders: set[int] = field(default_factory=set)
    oldest_ns: int = 0

    def add(self, root_id: int, root: str, path: str, mtime_ns: int) -> None:
        self.oldest_ns = min(self.oldest_ns, mtime_ns) if self.roots else mtime_ns
        self.roots.add(root_id)
        self.folders |= folder_keys(root, path)


def row_changes(engine: Engine, space_id: int, since: int) -> Iterator[RowChanges]:
    """What happened to a space's photographs after change number ``since``; 0 for everything.

    A photograph is put again if its vector, its facts or one of its paths has changed. Comes in
    pieces, all from one committed state.
    """
    with reading(engine) as connection:
        change = last_change(connection)
        yield RowChanges(change, [], retired_since(connection, space_id, since))
        for found in _live(connection, space_id, since):
            yield RowChanges(change, _rows(connection, found), int64([]))


def _live(connection: Connection, space_id: int, since: int) -> Iterator[Sequence[Any]]:
    everything = _vectors(space_id)
    if not since:
        yield from connection.execute(
            everything.execution_options(yield_per=ROWS_A_PIECE)
        ).partitions()
        return
    vectors = select(Embedding.content_id).where(
        Embedding.space_id == space_id, Embedding.change > since
    )
    facts = select(Content.id).where(Content.change > since)
    changed = {key for some in (vectors, facts) for key in connection.execute(some).scalars()}
    for ids in chunks(sorted(changed)):
        yield connection.execute(everything.where(Content.id.in_(ids))).all()


def _vectors(space_id: int) -> Select[Any]:
    stamp = stamp_of()
    return (
        select(Content.id, stamp.label("change"), *_CONTENT, Embedding.vector)
        .join(Embedding, Embedding.content_id == Content.id)
        .where(Embedding.space_id == space_id, Embedding.live)
        .order_by(Content.id)
    )


def stamp_of() -> Any:
    """The newest change that a photograph's row in Milvus took part in, of joined tables."""
    return case((Embedding.change > Content.change, Embedding.change), else_=Content.change)


def _rows(connection: Connection, found: Sequence[Any]) -> list[Row]:
    ids = [row.id for row in found]
    paths, towns = _paths(connection, ids), _towns(connection, ids)
    return [_row(row, paths[row.id], towns[row.id]) for row in found]


def _paths(connection: Connection, ids: Collection[int]) -> dict[int, _Paths]:
    found: dict[int, _Paths] = defaultdict(_Paths)
    statement = (
        select(File.content_id, File.root_id, Root.path.label("root"), File.path, File.mtime_ns)
        .join(Root, Root.id == File.root_id)
        .where(File.content_id.in_(ids), File.state == FileState.PRESENT)
    )
    for row in connection.execute(statement):
        found[row.content_id].add(row.root_id, row.root, row.path, row.mtime_ns)
    return found


def _towns(connection: Connection, ids: Collection[int]) -> dict[int, list[tuple[int, bool]]]:
    found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    statement = select(Place.content_id, Place.city_id, Place.nearest).where(
        Place.content_id.in_(ids)
    )
    for row in connection.execute(statement):
        found[row.content_id].append((row.city_id, row.nearest))
    return found


def _row(content: Any, paths: _Paths, towns: list[tuple[int, bool]]) -> Row:
    width, height = content.width or 0, content.height or 0
    return {
        "id": content.id,
        "vector": np.frombuffer(content.vector, dtype="<f2").astype(np.float32),
        "root": root_key(paths.roots),
        "change": content.change,
        "digest": digest_of(content.hash),
        "dated": content.taken_at is not None,
        "taken": microseconds(content.taken_at or _EPOCH),
        "file_time": paths.oldest_ns,
        "format": _key(content.format),
        "camera": _key(content.camera),
        "lens": _key(content.lens),
        "bytes": content.bytes,
        "pixels": width * height,
        "shape": (width > height) - (width < height),
        "located": content.latitude is not None,
        "town": next((city for city, nearest in towns if nearest), 0),
        "towns": sorted(city for city, _ in towns),
        "roots": sorted(paths.roots)[:MOST_IN_ARRAY],
        "folders": sorted(paths.folders)[:MOST_IN_ARRAY],
        "crowded": max(len(paths.folders), len(paths.roots), len(towns)) > MOST_IN_ARRAY,
    }


def root_key(roots: Collection[int]) -> int:
    """The partition of a photograph: its root, or 0 if it is in several."""
    return next(iter(roots)) if len(roots) == 1 else 0


def digest_of(content_hash: bytes) -> int:
    """Half of a content's hash, less a bit: tells whose row it is."""
    return int.from_bytes(content_hash[:8], "big") >> 1


def microseconds(moment: datetime) -> int:
    """Since 1970, of a time without a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def _key(name: str | None) -> int:
    return NOTHING if name is None else key_of(name)
