"""Reading the catalog: each method is one transaction, so it sees one committed state."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from store.columns import Laying
from store.copies import Copies
from store.coverage import Coverage
from store.database import reading, repeatable
from store.facts import remembered
from store.filtering import Filtering
from store.locations import location
from store.photos import photos_of
from store.records import (
    KnownContent,
    KnownFile,
    Photo,
    RootRecord,
    SpaceRecord,
    VectorChanges,
)
from store.replay import arrays, int64, live_vectors, retired_since
from store.runs import Runs
from store.schema import (
    Content,
    Embedding,
    File,
    FileState,
    Root,
    RootState,
    Space,
    SpaceState,
)
from store.statements import FLOOR_KEY, chunks, last_change, meta
from store.words import WordSearch

ROWS_A_PIECE = 8192
MOST_KNOWN = 10_000
"""Photographs that are remembered of a state, some 10 MB: those found once are found again."""

_PRESENT = File.state == FileState.PRESENT


class Catalog(Coverage, Copies, Filtering, Laying, Runs, WordSearch):
    """What a library remembers, to be read."""

    def library_id(self) -> str:
        """The name this library was born with, 32 hex digits."""
        with reading(self._engine) as connection:
            return meta(connection)["library_id"]

    @repeatable
    def roots(self) -> list[RootRecord]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(Root.__table__).order_by(Root.path))
            return [_root_record(row) for row in rows]

    def active_space(self) -> SpaceRecord | None:
        """The space that searches use; None before the first index run."""
        return next((space for space in self._spaces() if space.active), None)

    def space(self, fingerprint: str) -> SpaceRecord | None:
        """The space of an encoder's fingerprint, if anything was embedded with it."""
        return next((one for one in self._spaces() if one.fingerprint == fingerprint), None)

    def spaces(self) -> list[SpaceRecord]:
        """Every space, the active one first."""
        return sorted(
            self._spaces(), key=lambda space: (not space.active, not space.building, space.id)
        )

    @repeatable
    def known_files(self, root_id: int, space_ids: Sequence[int]) -> list[KnownFile]:
        """Every path remembered below a root, present or missing."""
        statement = (
            select(
                File.id,
                File.path,
                File.bytes,
                File.mtime_ns,
                File.content_id,
                (File.state == FileState.PRESENT).label("present"),
                _embedded(File.content_id, space_ids).label("searchable"),
                Content.failure.is_not(None).label("failed"),
            )
            .outerjoin(Content, Content.id == File.content_id)
            .where(File.root_id == root_id)
        )
        with reading(self._engine) as connection:
            return [KnownFile(*row) for row in connection.execute(statement)]

    @repeatable
    def find_content(self, content_hash: bytes, space_ids: Sequence[int]) -> KnownContent | None:
        """What is known of a content, and whether it has a vector in every one of the spaces."""
        searchable = _embedded(Content.id, space_ids).label("searchable")
        statement = select(Content.id, searchable, Content.failure).where(
            Content.hash == content_hash
        )
        with reading(self._engine) as connection:
            row = connection.execute(statement).one_or_none()
            return KnownContent(*row) if row else None

    @repeatable
    def searchable_among(self, hashes: Collection[bytes], space_id: int) -> set[bytes]:
        """Those of a few contents that have a vector in the space."""
        statement = (
            select(Content.hash)
            .join(Embedding, Embedding.content_id == Content.id)
            .where(Embedding.space_id == space_id, Content.hash.in_(hashes))
        )
        with reading(self._engine) as connection:
            return set(connection.execute(statement).scalars())

    def vector(self, content_id: int, space_id: int) -> npt.NDArray[np.float32] | None:
        """The stored vector of a content, float32 (d,), or None."""
        statement = select(Embedding.vector).where(
            Embedding.content_id == content_id, Embedding.space_id == space_id
        )
        with reading(self._engine) as connection:
            stored = connection.execute(statement).scalar()
        return None if stored is None else np.frombuffer(stored, dtype="<f2").astype(np.float32)

    def photos(self, content_ids: Iterable[int]) -> dict[int, Photo]:
        """Contents by id, each with the paths it is present at; those with none are left out."""
        wanted = list(content_ids)
        with reading(self._engine) as connection:
            some = len(wanted) <= MOST_KNOWN
            known = remembered(connection, "photos", _no_photos) if some else {}
            if len(known) + len(wanted) > MOST_KNOWN:
                known.clear()
            for ids in chunks(key for key in wanted if key not in known):
                known.update(dict.fromkeys(ids) | dict(photos_of(connection, ids)))
            return {key: photo for key in wanted if (photo := known[key]) is not None}

    def searchable(self) -> dict[int, bytes]:
        """The hash of every content that can be read and has a present file, by its id."""
        present = exists().where(File.content_id == Content.id, File.state == FileState.PRESENT)
        statement = select(Content.id, Content.hash).where(Content.failure.is_(None), present)
        with reading(self._engine) as connection:
            return {row.id: row.hash for row in connection.execute(statement)}

    def contents_at(self, paths: Iterable[Path]) -> dict[Path, int]:
        """The contents present at absolute paths; those that are not known are left out."""
        found: dict[Path, int] = {}
        roots = self.roots()
        with reading(self._engine) as connection:
            for path in paths:
                for root in roots:
                    if path.is_relative_to(root.path):
                        relative = path.relative_to(root.path).as_posix()
                        here = (File.root_id == root.id) & (File.path == relative)
                        content = connection.execute(
                            select(File.content_id).where(here, _PRESENT)
                        ).scalar()
                        found |= {path: content} if content is not None else {}
        return found

    def changes(self, space_id: int, since: int) -> Iterator[VectorChanges]:
        """What happened to a space's vectors after change number ``since``; 0 for everything.

        Comes in pieces of a bounded size, ascending by id, all from one committed state.
        """
        with reading(self._engine) as connection:
            change = last_change(connection)
            yield VectorChanges(change, *arrays([]), retired_since(connection, space_id, since))
            statement = live_vectors(space_id, since).execution_options(yield_per=ROWS_A_PIECE)
            for rows in connection.execute(statement).partitions():
                yield VectorChanges(change, *arrays(rows), int64([]))

    def count_vectors(self, space_id: int) -> int:
        """How many vectors of a space are live."""
        live = and_(Embedding.space_id == space_id, Embedding.live)
        with reading(self._engine) as connection:
            statement = select(func.count(Embedding.id)).where(live)
            return int(connection.execute(statement).scalar_one())

    @repeatable
    def count_changes(self, space_id: int, since: int) -> int:
        """How many vectors were put, revived or retired after change number ``since``."""
        later = and_(Embedding.space_id == space_id, Embedding.change > since)
        with reading(self._engine) as connection:
            statement = select(func.count(Embedding.id)).where(later)
            return int(connection.execute(statement).scalar_one())

    def put_since(self, space_id: int, since: int) -> set[int]:
        """The contents whose vectors were put or revived after change number ``since``."""
        statement = select(Embedding.content_id).where(
            Embedding.space_id == space_id, Embedding.change > since, Embedding.live
        )
        with reading(self._engine) as connection:
            return set(connection.execute(statement).scalars())

    @repeatable
    def last_change(self) -> int:
        with reading(self._engine) as connection:
            return last_change(connection)

    @repeatable
    def replays_from(self, change: int) -> bool:
        """Whether a cache at a change number can be caught up; else it must be rebuilt."""
        with reading(self._engine) as connection:
            floor = meta(connection).get(FLOOR_KEY, "0")
            return int(floor) <= change <= last_change(connection)

    @repeatable
    def _spaces(self) -> Sequence[SpaceRecord]:
        with reading(self._engine) as connection:
            return remembered(connection, "spaces", _spaces)


def _no_photos(_: Connection) -> dict[int, Photo | None]:
    """What is known of a state before anything was asked of it; None is for what is not there."""
    return {}


def _root_record(row: Row[*tuple[Any, ...]]) -> RootRecord:
    return RootRecord(
        id=row.id,
        path=location(row.path),
        rules=row.rules,
        offline=row.state == RootState.OFFLINE,
        identity=row.identity,
        offline_reason=row.offline_reason,
        scanned_at=row.scanned_at,
        unreadable=row.unreadable,
    )


_SPACES = select(Space.id, Space.model, Space.fingerprint, Space.dimension, Space.state)


def _spaces(connection: Connection) -> tuple[SpaceRecord, ...]:
    return tuple(_space_record(row) for row in connection.execute(_SPACES))


def _space_record(row: Row[int, str, str, int, str]) -> SpaceRecord:
    return SpaceRecord(
        row.id,
        row.model,
        row.fingerprint,
        row.dimension,
        active=row.state == SpaceState.ACTIVE,
        building=row.state == SpaceState.BUILDING,
    )


def _embedded(
    content_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    space_ids: Sequence[int],
) -> ColumnElement[bool]:
    """Whether a content has a vector in every one of the spaces."""
    found = (
        select(func.count(Embedding.id))
        .where(Embedding.space_id.in_(space_ids), Embedding.content_id == content_id)
        .scalar_subquery()
    )
    return found == len(space_ids)
