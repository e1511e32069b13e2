"""Joining another catalog's rows to ours, table by table, in one transaction.

A row is known by its natural key: what a unique constraint says, or all of it. References are
translated from their ids to ours on the way, so a table that is added to the schema is merged too.
"""

import string
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from store.database import reading, writing
from store.engines.spelling import ids_were_given
from store.engines.sqlite import open_engine
from store.liveness import next_change, refresh_live
from store.schema import (
    Base,
    Content,
    Embedding,
    File,
    FileState,
    Meta,
    Run,
    Space,
    SpaceState,
)

PIECE = 5000
LEFT_BEHIND = (Meta.__tablename__, Run.__tablename__)
"""What is of that library alone: its name and its history."""

_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SAME_TEXT: dict[str, Callable[[str], str]] = {
    "sqlite": lambda text: text.translate(_ASCII),
    "postgresql": lambda text: unicodedata.normalize("NFKC", text).casefold(),
}
"""What two texts have in common that an engine's NOCASE takes for one: ICU's knows all letters."""

Row = Mapping[str, Any]
Ids = dict[str, dict[int, int]]
"""For each table, our ids by theirs."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What comes from the other library, in rows by table; ``bettered`` took the place of ours."""

    added: dict[str, int] = field(default_factory=dict)
    bettered: dict[str, int] = field(default_factory=dict)


class _OnlyCounted(Exception):
    """Ends a transaction that was to be counted only."""


def merge(engine: Engine, theirs: Path, *, dry_run: bool = False) -> Merged:
    """Join the catalog at ``theirs``, which is sound and of today's format, to ours.

    Contents are one by their hash, files by root and path, spaces by fingerprint; nothing needs
    encoding. Where both know a row ours stays, but a file that is missing here and present there,
    and a content that could be read there only, are taken from there. The caller holds the lock.
    """
    other = open_engine(theirs, read_only=True)
    try:
        with reading(other) as source, writing(engine) as target:
            merged = _Merging(source, target).run()
            if dry_run:
                raise _OnlyCounted
    except _OnlyCounted:
        pass
    finally:
        other.dispose()
    return merged


class _Merging:
    """One merge: what its tables share."""

    def __init__(self, source: Connection, target: Connection) -> None:
        self._source = source
        self._target = target
        self._ids: Ids = {}
        self._change = next_change(target)
        active = select(Space.id).where(Space.state == SpaceState.ACTIVE)
        self._has_active = target.execute(active).first() is not None
        self._merged = Merged()

    def run(self) -> Merged:
        for table in Base.metadata.sorted_tables:
            if table.name not in LEFT_BEHIND:
                self._merge(table)
        contents = set(self._ids[Content.__tablename__].values())
        refresh_live(self._target, contents, self._change)
        return self._merged

    def _merge(self, table: Table) -> None:
        identity = _Identity(table, self._target.dialect.name)
        telling = _telling(table)
        known = {identity(row): row for row in _rows(self._target, table, telling)}
        ids, fresh = dict[int, int](), _Inserting(self._target, table)
        bettered = 0  # two of theirs may be one of ours, so what is fresh is known from then on
        for theirs in _rows(self._source, table):
            row = self._translated(table, theirs)
            ours = known.get(identity(row))
            if ours is None:
                fresh.add(row)
                known[identity(row)] = {one.name: row[one.name] for one in telling}
            else:
                bettered += self._better(table, ours, row)
            if "id" in table.columns:
                ids[theirs["id"]] = ours["id"] if ours else row["id"]
        fresh.flush()
        self._ids[table.name] = ids
        self._merged.added[table.name] = fresh.count
        self._merged.bettered[table.name] = bettered

    def _translated(self, table: Table, row: Row) -> dict[str, Any]:
        """A row of theirs as it would be ours."""
        translated = dict(row)
        for key in table.foreign_keys:
            name, parent = key.parent.name, key.column.table.name
            if row[name] is not None and key.column.name == "id":
                translated[name] = self._ids[parent][row[name]]
        if table is Embedding.__table__:
            translated |= {"change": self._change, "live": False}
        if table is Space.__table__ and self._has_active:
            translated["state"] = SpaceState.RETIRED  # carried beside ours
        return translated

    def _better(self, table: Table, ours: Row, theirs: Row) -> bool:
        """Take over a row that says more than ours does."""
        says_more = _SAYS_MORE.get(table.name)
        if says_more is None or not says_more(ours, theirs):
            return False
        values = {name: value for name, value in theirs.items() if name != "id"}
        self._target.execute(update(table).where(table.c.id == ours["id"]).values(**values))
        return True


_SAYS_MORE: dict[str, Callable[[Row, Row], bool]] = {
    Content.__tablename__: lambda ours, theirs: bool(ours["failure"] and not theirs["failure"]),
    File.__tablename__: lambda ours, theirs: (
        (ours["state"], theirs["state"]) == (FileState.MISSING, FileState.PRESENT)
    ),
}


def natural_key(table: Table) -> list[Column[Any]]:
    """The columns by which two libraries' rows are the same."""
    for constraint in sorted(table.constraints, key=lambda one: str(one.name)):
        if isinstance(constraint, UniqueConstraint):
            return list(constraint.columns)
    primary = list(table.primary_key.columns)
    if [column.name for column in primary] != ["id"]:
        return primary
    return [column for column in table.columns if column.name != "id"]


class _Inserting:
    """Rows on their way into a table, some thousands at a time."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self.count = 0
        self._connection = connection
        self._table = table
        self._waiting: list[Row] = []
        self._last_id = 0
        if "id" in table.columns:
            self._last_id = connection.execute(select(func.max(table.c.id))).scalar() or 0

    def add(self, row: dict[str, Any]) -> None:
        """Give the row an id of ours, if its table has ids, and insert it."""
        self.count += 1
        if "id" in row:
            row["id"] = self._last_id + self.count
        self._waiting.append(row)
        if len(self._waiting) == PIECE:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._connection.execute(insert(self._table), self._waiting)
            self._waiting = []
            if "id" in self._table.columns:
                ids_were_given(self._connection, self._table)


def _telling(table: Table) -> list[Column[Any]]:
    """The columns by which rows are compared; vectors are not among them."""
    names = {column.name for column in natural_key(table)} | {"id", "failure", "state"}
    return [column for column in table.columns if column.name in names]


class _Identity:
    """What of a row is equal where an engine takes two rows of a table for the same."""

    def __init__(self, table: Table, dialect: str) -> None:
        self._key = natural_key(table)
        self._same_text = _SAME_TEXT[dialect]

    def __call__(self, row: Row) -> tuple[object, ...]:
        return tuple(self._comparable(row[column.name], column) for column in self._key)

    def _comparable(self, value: Any, column: Column[Any]) -> object:
        if isinstance(value, str) and getattr(column.type, "collation", None) == "NOCASE":
            return self._same_text(value)
        return value if isinstance(value, Hashable) else repr(value)


def _rows(
    connection: Connection, table: Table, columns: Sequence[Column[Any]] | None = None
) -> Iterator[Row]:
    statement = select(*(columns or table.columns)).execution_options(yield_per=PIECE)
    for row in connection.execute(statement):
        yield row._asdict()
