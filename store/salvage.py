"""What can be read of a damaged catalog, row by row, into a new one.

SQLite reads what lies on pages that are whole. Each table is read by ranges of row ids; a range
with an error is halved until the row that cannot be read is alone. Rows that no writer would have
written, or whose parents are lost, are left out: they are read from the photographs again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Table, delete, exists, func, select, text, update

from errors import LibraryTooNew
from store.coverage import COVERAGE_KEY
from store.database import migrate, writing
from store.engines.sqlite import connect, open_engine
from store.fits import fits
from store.liveness import begin_new_history, refresh_live
from store.schema import HEAD, Base, Content, Embedding, Meta, Space, SpaceState
from store.soundness import NEVER_WRITTEN, unit_vectors
from store.statements import FLOOR_KEY

PIECE = 1024
"""Row ids a statement."""
SMALLEST_ROW = 16
"""Bytes; bounds the row ids where SQLite cannot say the last."""


@dataclass(slots=True)
class Salvaged:
    """Rows of the new catalog by table, and how many rows were read but made no sense there."""

    rows: dict[str, int] = field(default_factory=dict)
    dropped: int = 0


def salvage(damaged: Path, fresh: Path) -> Salvaged:
    """Write what can be read of ``damaged`` to a new catalog at ``fresh``.

    Raises LibraryTooNew for a catalog of a later version, which is left to that version.
    """
    engine = open_engine(fresh, read_only=False)
    salvaged = Salvaged()
    try:
        migrate(engine)
        try:
            with closing(connect(damaged, read_only=True)) as source:
                source.text_factory = _lenient
                _require_known(source, damaged)
                _copy_tables(source, fresh, salvaged)
        except sqlite3.DatabaseError:
            pass  # not even its first page: everything is read from the photographs again
        with writing(engine) as connection:
            salvaged.dropped += _tidy(connection)
            salvaged.rows = _counted(connection)
    finally:
        engine.dispose()
    return salvaged


def _lenient(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _require_known(source: sqlite3.Connection, path: Path) -> None:
    try:
        (version,) = source.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.DatabaseError, TypeError):
        return
    if isinstance(version, str) and version.isdigit() and version > HEAD:
        raise LibraryTooNew(f"{path}: has format {version}, not {HEAD}; upgrade photoseek")


def _copy_tables(source: sqlite3.Connection, fresh: Path, salvaged: Salvaged) -> None:
    with closing(sqlite3.connect(fresh)) as target:
        for table in Base.metadata.sorted_tables:
            with target:
                salvaged.dropped += _copy_table(source, target, table)


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, table: Table) -> int:
    """Copy the rows that make sense; how many did not."""
    try:
        known = {row[1] for row in source.execute(f"PRAGMA table_info({table.name})")}
    except sqlite3.DatabaseError:
        return 0
    columns = [column for column in table.columns if column.name in known]
    if not columns:
        return 0
    names = ", ".join(f'"{column.name}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT OR REPLACE INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608
    dropped = 0
    for row in _readable_rows(source, table.name, names):
        sound = all(fits(column, value) for column, value in zip(columns, row, strict=True))
        dropped += not sound
        if sound and not _is_own(table, row):
            target.execute(insert, row)
    return dropped


def _is_own(table: Table, row: tuple[object, ...]) -> bool:
    """Rows that a new catalog writes for itself."""
    return table is Meta.__table__ and row[0] in (COVERAGE_KEY, FLOOR_KEY)


def _readable_rows(
    source: sqlite3.Connection, table: str, names: str
) -> Iterator[tuple[object, ...]]:
    statement = f"SELECT {names} FROM {table} NOT INDEXED WHERE rowid BETWEEN ? AND ?"  # noqa: S608
    last = _last_row_id(source, table)
    ranges = [(low, min(low + PIECE - 1, last)) for low in range(1, last + 1, PIECE)]
    ranges.reverse()
    while ranges:
        low, high = ranges.pop()
        try:
            yield from source.execute(statement, (low, high)).fetchall()
        except sqlite3.DatabaseError:
            if low < high:
                middle = (low + high) // 2
                ranges += [(middle + 1, high), (low, middle)]


def _last_row_id(source: sqlite3.Connection, table: str) -> int:
    """The highest row id, or a bound on it: no more rows can have fitted into the file."""
    (pages,) = source.execute("PRAGMA page_count").fetchone()
    (page_size,) = source.execute("PRAGMA page_size").fetchone()
    size = int(pages * page_size)
    try:
        (last,) = source.execute(f"SELECT max(rowid) FROM {table} NOT INDEXED").fetchone()  # noqa: S608
    except sqlite3.DatabaseError:
        last = size // SMALLEST_ROW
    return min(int(last or 0), size)


def _tidy(connection: Connection) -> int:
    """Make the rows of a new catalog agree with each other; how many had to go."""
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    dropped = sum(
        connection.execute(text(f"DELETE FROM {table} WHERE {condition}")).rowcount  # noqa: S608
        for table, condition in NEVER_WRITTEN
    )
    dropped += _drop_bad_vectors(connection)
    for table in Base.metadata.sorted_tables:
        dropped += _drop_orphans(connection, table)
    _choose_active(connection)
    change = begin_new_history(connection, newer_than=_newest_vector(connection))
    contents = connection.execute(select(Content.id)).scalars().all()
    refresh_live(connection, contents, change)
    return dropped


def _drop_bad_vectors(connection: Connection) -> int:
    bad = []
    joined = select(Embedding.id, Embedding.vector, Space.dimension).join(
        Space, Space.id == Embedding.space_id
    )
    for rows in connection.execute(joined.execution_options(yield_per=PIECE)).partitions():
        bad += [
            key
            for key, vector, dimension in rows
            if len(vector) != 2 * dimension or not unit_vectors([vector])[0]
        ]
    for key in bad:
        connection.execute(delete(Embedding).where(Embedding.id == key))
    return len(bad)


def _drop_orphans(connection: Connection, table: Table) -> int:
    dropped = 0
    for key in table.foreign_keys:
        parent = key.column.table.alias()
        found = exists().where(parent.c[key.column.name] == key.parent)
        orphans = delete(table).where(key.parent.is_not(None), ~found)
        dropped += connection.execute(orphans).rowcount
    return dropped


def _choose_active(connection: Connection) -> None:
    """One space is searched: the one that was, else the one with most vectors."""
    active = connection.execute(select(Space.id).where(Space.state == SpaceState.ACTIVE))
    chosen = next(iter(active.scalars().all()), None)
    if chosen is None:
        fullest = (
            select(Space.id)
            .outerjoin(Embedding, Embedding.space_id == Space.id)
            .group_by(Space.id)
            .order_by(func.count(Embedding.id).desc())
        )
        chosen = connection.execute(fullest).scalars().first()
    others = (Space.state == SpaceState.ACTIVE) & (Space.id != chosen)
    connection.execute(update(Space).where(others).values(state=SpaceState.RETIRED))
    connection.execute(update(Space).where(Space.id == chosen).values(state=SpaceState.ACTIVE))


def _newest_vector(connection: Connection) -> int:
    return int(connection.execute(select(func.max(Embedding.change))).scalar() or 0)


def _counted(connection: Connection) -> dict[str, int]:
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in Base.metadata.sorted_tables
    }
