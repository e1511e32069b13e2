"""Writing the catalog. The caller holds the library's lock; each method is one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine, delete, insert, select, update

from store.coverage import note_waiting
from store.database import repeatable, writing
from store.engines.spelling import upsert
from store.faults import reach
from store.forgetting import Forgetting
from store.homes import Choose, Claims
from store.importing import Importing
from store.liveness import inserted, next_change, refresh_live
from store.places import place_contents
from store.records import (
    Batch,
    ContentFacts,
    FileEntry,
    RootRecord,
    RunRecord,
    SpaceRecord,
)
from store.roots import RootWriter
from store.runs import add_run
from store.schema import (
    Content,
    Embedding,
    File,
    FileState,
    Noise,
    Space,
    SpaceState,
)
from store.statements import chunks


class CatalogWriter(RootWriter, Forgetting, Importing):
    """What a library remembers, to be changed."""

    def __init__(self, engine: Engine, claims: Claims) -> None:
        super().__init__(engine)
        self._claims = claims

    def claim(self, choose: Choose) -> Sequence[RootRecord]:
        """The roots that ``choose`` gives, this writer's alone; see ``store.homes``."""
        return self._claims.claim(choose)

    @repeatable
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
                space_id = inserted(connection, insert(Space).values(**values))
            else:
                space_id = row.id
                connection.execute(update(Space).where(Space.id == row.id).values(**values))
        return SpaceRecord(
            space_id, model, fingerprint, dimension, active=active, building=not active
        )

    @repeatable
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

    def note_run(self, run: RunRecord) -> None:
        """Remember what a run did."""
        with writing(self._engine) as connection:
            add_run(connection, run)

    @repeatable
    def note_coverage(self) -> None:
        """Note how much waits for a vector, so that searches need not count it."""
        with writing(self._engine) as connection:
            active = select(Space.id).where(Space.state == SpaceState.ACTIVE)
            space_id = connection.execute(active).scalar()
            if space_id is not None:
                note_waiting(connection, space_id)

    @repeatable
    def write(self, batch: Batch) -> None:
        """Remember files with their contents and vectors."""
        with writing(self._engine) as connection:
            change = next_change(connection)
            ids = _put_contents(connection, batch.files)
            for space_id, vectors in batch.vectors.items():
                _put_vectors(connection, vectors, ids, space_id, change)
            before = _contents_of(connection, batch.files)
            _put_files(connection, batch, ids)
            refresh_live(connection, before | set(ids.values()), change)


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
    ids = {row.hash: row.id for row in rows}
    read = facts.keys() - {key for key, row in known.items() if row.failure is None}
    place_contents(connection, [ids[key] for key in read if facts[key].latitude is not None])
    return ids


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
        # of a batch whose end was not known, the rows may be there already
        connection.execute(_insert_or_update(connection), new)


def _insert_or_update(connection: Connection) -> Any:
    statement = upsert(connection, File)
    key = ["root_id", "path"]
    columns = [column.name for column in File.__table__.columns if column.name != "id"]
    updates = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=updates)
