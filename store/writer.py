"""Writing the catalog. The caller holds the library's lock; each method is one transaction."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine, delete, exists, insert, select, update

from store.catalog import chunks, last_change
from store.database import writing
from store.faults import reach
from store.records import Batch, ContentFacts, FileEntry, SpaceRecord
from store.schema import (
    Content,
    Embedding,
    File,
    FileState,
    Meta,
    Noise,
    Root,
    RootState,
    Space,
    SpaceState,
)


class CatalogWriter:
    """What a library remembers, to be changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_root(self, path: Path, rules: Mapping[str, Any]) -> int:
        """Remember a folder, or only its new rules if it is known; return its id."""
        with writing(self._engine) as connection:
            known = connection.execute(select(Root.id).where(Root.path == str(path))).scalar()
            if known is None:
                values = {"path": str(path), "rules": dict(rules), "state": RootState.ONLINE}
                return _inserted(connection, insert(Root).values(**values))
            connection.execute(update(Root).where(Root.id == known).values(rules=dict(rules)))
            return known

    def finish_scan(
        self, root_id: int, *, identity: str | None, unreadable: Mapping[str, str]
    ) -> None:
        """Note that a root was looked at, which folder it was, and what could not be read there.

        ``unreadable`` maps relative paths to reasons.
        """
        values = {
            "state": RootState.ONLINE,
            "identity": identity,
            "scanned_at": datetime.now(UTC).replace(tzinfo=None),
            "unreadable": dict(unreadable),
        }
        self._update_root(root_id, values)

    def set_offline(self, root_id: int, reason: str) -> None:
        """Note that a root's drive is not there; what is known below it stays as it is."""
        self._update_root(root_id, {"state": RootState.OFFLINE, "unreadable": {"": reason}})

    def remove_root(self, root_id: int) -> int:
        """Forget a root and its paths, and say how many paths that were.

        Vectors of contents that are nowhere else are retired.
        """
        with writing(self._engine) as connection:
            change = _next_change(connection)
            statement = select(File.content_id).where(File.root_id == root_id)
            held = connection.execute(statement).scalars().all()
            connection.execute(delete(File).where(File.root_id == root_id))
            connection.execute(delete(Root).where(Root.id == root_id))
            _refresh_live(connection, {c for c in held if c is not None}, change)
        return len(held)

    def _update_root(self, root_id: int, values: Mapping[str, Any]) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(Root).where(Root.id == root_id).values(**values))

    def open_space(self, model: str, fingerprint: str, dimension: int) -> SpaceRecord:
        """The space of a fingerprint, to be written to: made if it is new, revived if retired.

        The library's first space is active at once; another is ``building`` until ``activate``.
        """
        values = {"model": model, "fingerprint": fingerprint, "dimension": dimension}
        with writing(self._engine) as connection:
            row = connection.execute(
                select(Space.id, Space.state).where(Space.fingerprint == fingerprint)
            ).one_or_none()
            first = connection.execute(select(Space.id).limit(1)).scalar() is None
            active = first if row is None else row.state == SpaceState.ACTIVE
            values["state"] = SpaceState.ACTIVE if active else SpaceState.BUILDING
            if row is None:
                space_id = _inserted(connection, insert(Space).values(**values))
            else:
                space_id = row.id
                connection.execute(update(Space).where(Space.id == row.id).values(**values))
        return SpaceRecord(
            space_id, model, fingerprint, dimension, active=active, building=not active
        )

    def activate(self, space_id: int) -> None:
        """Make a space the one that searches use; the one before is retired, with its vectors."""
        with writing(self._engine) as connection:
            active = Space.state == SpaceState.ACTIVE
            connection.execute(update(Space).where(active).values(state=SpaceState.RETIRED))
            reach("switch")
            chosen = Space.id == space_id
            connection.execute(update(Space).where(chosen).values(state=SpaceState.ACTIVE))

    def remove_space(self, space_id: int) -> None:
        """Forget a space and its vectors."""
        with writing(self._engine) as connection:
            for table in (Embedding, Noise):
                connection.execute(delete(table).where(table.space_id == space_id))
            connection.execute(delete(Space).where(Space.id == space_id))

    def write(self, batch: Batch) -> None:
        """Remember files with their contents and vectors."""
        with writing(self._engine) as connection:
            change = _next_change(connection)
            ids = _put_contents(connection, batch.files)
            for space_id, vectors in batch.vectors.items():
                _put_vectors(connection, vectors, ids, space_id, change)
            before = _contents_of(connection, batch.files)
            _put_files(connection, batch, ids)
            _refresh_live(connection, before | set(ids.values()), change)

    def set_state(self, file_ids: Iterable[int], state: FileState) -> None:
        """Mark known paths as present again or as missing; their vectors are kept."""
        file_ids = list(file_ids)
        if not file_ids:
            return
        with writing(self._engine) as connection:
            change = _next_change(connection)
            for ids in chunks(file_ids):
                connection.execute(update(File).where(File.id.in_(ids)).values(state=state))
                statement = select(File.content_id).where(File.id.in_(ids))
                contents = connection.execute(statement).scalars()
                _refresh_live(connection, {c for c in contents if c is not None}, change)


def _inserted(connection: Connection, statement: Any) -> int:
    key = connection.execute(statement).inserted_primary_key
    return int(key[0]) if key else 0


def _next_change(connection: Connection) -> int:
    change = last_change(connection) + 1
    connection.execute(update(Meta).where(Meta.key == "change").values(value=str(change)))
    return change


def _put_contents(connection: Connection, files: Iterable[FileEntry]) -> dict[bytes, int]:
    """Ids by hash. A content that failed before and can be read now is brought up to date."""
    facts = {entry.content.hash: entry.content for entry in files if entry.content}
    statement = select(Content.hash, Content.id, Content.failure).where(Content.hash.in_(facts))
    known = {row.hash: row for row in connection.execute(statement)}
    for content_hash, row in known.items():
        if row.failure is not None:
            values = _content_values(facts[content_hash])
            connection.execute(update(Content).where(Content.id == row.id).values(**values))
    new = [_content_values(facts[content_hash]) for content_hash in facts.keys() - known.keys()]
    if new:
        connection.execute(insert(Content), new)
    rows = connection.execute(select(Content.hash, Content.id).where(Content.hash.in_(facts)))
    return {row.hash: row.id for row in rows}


def _content_values(facts: ContentFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in ContentFacts.__slots__}


def _put_vectors(
    connection: Connection,
    vectors: Mapping[bytes, npt.NDArray[np.float32]],
    ids: Mapping[bytes, int],
    space_id: int,
    change: int,
) -> None:
    content_ids = [ids[content_hash] for content_hash in vectors]
    old = (Embedding.space_id == space_id) & Embedding.content_id.in_(content_ids)
    connection.execute(delete(Embedding).where(old))
    rows = [
        {
            "space_id": space_id,
            "content_id": ids[content_hash],
            "change": change,
            "live": True,
            "vector": vector.astype("<f2").tobytes(),
        }
        for content_hash, vector in vectors.items()
    ]
    if rows:
        connection.execute(insert(Embedding), rows)


def _contents_of(connection: Connection, files: Iterable[FileEntry]) -> set[int]:
    """The contents that known rows held until now, whose last path each may have been."""
    contents: set[int] = set()
    for ids in chunks(entry.file_id for entry in files if entry.file_id is not None):
        held = connection.execute(select(File.content_id).where(File.id.in_(ids))).scalars()
        contents.update(content_id for content_id in held if content_id is not None)
    return contents


def _put_files(connection: Connection, batch: Batch, ids: Mapping[bytes, int]) -> None:
    new = []
    for entry in batch.files:
        values = {
            "root_id": batch.root_id,
            "path": entry.path,
            "content_id": ids[entry.content.hash] if entry.content else None,
            "bytes": entry.bytes,
            "mtime_ns": entry.mtime_ns,
            "state": FileState.PRESENT,
            "failure": entry.failure,
        }
        if entry.file_id is None:
            new.append(values)
        else:
            connection.execute(update(File).where(File.id == entry.file_id).values(**values))
    if new:
        connection.execute(insert(File), new)


def _refresh_live(connection: Connection, content_ids: Iterable[int], change: int) -> None:
    """Set ``live`` to whether a present file holds the content, where that has changed."""
    held = exists().where(File.content_id == Embedding.content_id, File.state == FileState.PRESENT)
    for ids in chunks(content_ids):
        affected = Embedding.content_id.in_(ids)
        for live in (True, False):
            flipped = affected & (Embedding.live != live) & (held if live else ~held)
            statement = update(Embedding).where(flipped).values(live=live, change=change)
            connection.execute(statement)
