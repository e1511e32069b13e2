"""Reading how much of a library can be searched, and why the rest cannot."""

from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, delete, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute

from store.database import reading, repeatable
from store.facts import remembered
from store.locations import location
from store.records import Counts, FailedFile, RootCounts
from store.schema import Content, Embedding, File, FileState, Meta, Root, RootState
from store.statements import chunks, count, last_change, meta

COVERAGE_KEY = "coverage"
"""In ``meta``: ``change space waiting``, what was last counted and when that was true."""

_PRESENT = File.state == FileState.PRESENT


class Coverage:
    """What of a library can be searched; a part of ``Catalog``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """What all of the catalog is read through."""
        return self._engine

    @repeatable
    def counts(self, space_id: int | None) -> Counts:
        with reading(self._engine) as connection:
            files = select(func.count(File.id)).where(_PRESENT)
            missing = select(func.count(File.id)).where(File.state == FileState.MISSING)
            live = (Embedding.space_id == space_id) & Embedding.live
            failed = _failed_files(connection)
            return Counts(
                files=count(connection, files) - failed,
                photos=count(connection, select(func.count(Embedding.id)).where(live)),
                failed=failed + _blind_spots(connection),
                missing=count(connection, missing),
                waiting=_waiting_photos(connection, space_id),
            )

    def unsearchable(self, space_id: int) -> int:
        """How many files and folders that are there cannot be searched in a space.

        Quick enough for every search: the failed are counted by their own small indexes, and
        what waits for a vector as the last writer has noted, while that is up to date.
        """
        with reading(self._engine) as connection:
            return remembered(
                connection, ("unsearchable", space_id), partial(_unsearchable, space_id=space_id)
            )

    def waiting_files(self, space_id: int) -> list[Path]:
        """Readable files, on drives that are there, that have no vector in the space yet."""
        statement = _waiting(space_id, Root.path, File.path).order_by(Root.path, File.path)
        with reading(self._engine) as connection:
            return [location(root) / path for root, path in connection.execute(statement)]

    def failed_files(self) -> list[FailedFile]:
        """Folders that cannot be looked into, then files that cannot be searched, with reasons."""
        statement = (
            select(Root.path, File.path, func.coalesce(File.failure, Content.failure))
            .join(Root, Root.id == File.root_id)
            .outerjoin(Content, Content.id == File.content_id)
            .where(_PRESENT, _failed())
            .order_by(Root.path, File.path)
        )
        with reading(self._engine) as connection:
            files = [
                FailedFile(location(root) / path, reason or "")
                for root, path, reason in connection.execute(statement)
            ]
            folders = [
                FailedFile(location(root) / path, reason)
                for root, unreadable in connection.execute(select(Root.path, Root.unreadable))
                for path, reason in unreadable.items()
            ]
        return [*folders, *files]

    def root_counts(self) -> dict[int, RootCounts]:
        """Files and distinct contents of each root, by its id."""
        statement = select(
            File.root_id,
            func.count(File.id).filter(_PRESENT),
            func.count(File.content_id.distinct()).filter(_PRESENT),
            func.count(File.id).filter(File.state == FileState.MISSING),
        ).group_by(File.root_id)
        with reading(self._engine) as connection:
            return {row[0]: RootCounts(*row[1:]) for row in connection.execute(statement)}

    @repeatable
    def present_elsewhere(
        self,
        content_ids: Collection[int],
        *,
        without_files: Collection[int],
        without_roots: Collection[int],
    ) -> set[int]:
        """Those contents that some present file still holds, but for those files and roots."""
        ignored, found = frozenset(without_files), set[int]()
        with reading(self._engine) as connection:
            for ids in chunks(content_ids):
                statement = (
                    select(File.content_id, File.id)
                    .where(File.content_id.in_(ids), File.root_id.not_in(without_roots))
                    .where(_PRESENT)
                )
                for content_id, file_id in connection.execute(statement):
                    found |= {content_id} if content_id and file_id not in ignored else set()
        return found


def note_waiting(connection: Connection, space_id: int) -> None:
    """Count what waits for a vector and note it, unless that was done since the last change."""
    now = last_change(connection)
    if _note(connection)[:2] == (now, space_id):
        return
    value = f"{now} {space_id} {_waiting_count(connection, space_id)}"
    connection.execute(delete(Meta).where(Meta.key == COVERAGE_KEY))
    connection.execute(insert(Meta).values(key=COVERAGE_KEY, value=value))


def _unsearchable(connection: Connection, space_id: int) -> int:
    failed = _failed_files(connection) + _blind_spots(connection)
    return failed + _noted_waiting(connection, space_id)


def _waiting_photos(connection: Connection, space_id: int | None) -> int:
    """Distinct contents; they are looked for only if some file waits."""
    if not _noted_waiting(connection, space_id):
        return 0
    return count(connection, _waiting(space_id, func.count(Content.id.distinct())))


def _noted_waiting(connection: Connection, space_id: int | None) -> int:
    """What waits for a vector: as noted, or counted where the note is out of date."""
    change, noted_space, number = _note(connection)
    if (change, noted_space) == (last_change(connection), space_id):
        return number
    return _waiting_count(connection, space_id)


def _note(connection: Connection) -> tuple[int, int, int]:
    noted = meta(connection).get(COVERAGE_KEY, "-1 -1 0")
    change, space, number = map(int, noted.split())
    return change, space, number


def _failed() -> ColumnElement[bool]:
    reason: InstrumentedAttribute[str | None] = File.failure
    return reason.is_not(None) | Content.failure.is_not(None)


def _failed_files(connection: Connection) -> int:
    """Present files that cannot be read, each counted once; two small indexes answer."""
    by_name = select(func.count(File.id)).where(File.failure.is_not(None), _PRESENT)
    unreadable = select(Content.id).where(Content.failure.is_not(None))  # not joined: a join scans
    by_content = select(func.count(File.id)).where(
        File.content_id.in_(unreadable), File.failure.is_(None), _PRESENT
    )
    return count(connection, by_name) + count(connection, by_content)


def _blind_spots(connection: Connection) -> int:
    """Folders and files that the last walks could not look at."""
    return sum(map(len, connection.execute(select(Root.unreadable)).scalars()))


def _waiting_count(connection: Connection, space_id: int | None) -> int:
    return count(connection, _waiting(space_id, func.count(File.id)))


def _waiting(space_id: int | None, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Of readable files, on drives that are there, whose content has no vector in the space."""
    embedded = and_(Embedding.content_id == Content.id, Embedding.space_id == space_id)
    return (
        select(*columns)
        .select_from(Content)
        .join(File, File.content_id == Content.id)
        .join(Root, Root.id == File.root_id)
        .outerjoin(Embedding, embedded)
        .where(
            _PRESENT,
            Root.state == RootState.ONLINE,
            Content.failure.is_(None),
            Embedding.id.is_(None),
        )
    )
