"""Saying exactly what is wrong with a library: the truth first, then its caches against it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select, text

from store.database import reading
from store.engines.sqlite import connect
from store.schema import Embedding, Space
from store.store import Store

MOST_SAID = 100
"""Sentences of SQLite's own check; a damaged page brings many."""
UNIT_TOLERANCE = 0.01
"""A vector is of unit length before it is rounded to half precision."""

NEVER_WRITTEN = (
    ("contents", "length(hash) != 32"),
    ("contents", "failure IS NULL AND (width IS NULL OR height IS NULL)"),
    ("files", "content_id IS NULL AND failure IS NULL"),
    ("files", "state NOT IN ('present', 'missing')"),
    ("roots", "NOT (json_valid(rules) AND json_valid(unreadable))"),
    ("roots", "state NOT IN ('online', 'offline')"),
    ("spaces", "state NOT IN ('building', 'active', 'retired')"),
)
"""Rows by table that make no sense by themselves."""

DISAGREEING = (
    (
        "vectors of a wrong length",
        "embeddings e JOIN spaces s ON s.id = e.space_id WHERE length(vector) != 2 * dimension",
    ),
    (
        "vectors from the future of the change counter",
        "embeddings WHERE change > (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'change')",
    ),
    (
        "vectors searchable without a file, or files present whose vector is not",
        "embeddings e WHERE live != EXISTS (SELECT 1 FROM files f WHERE"
        " f.content_id = e.content_id AND f.state = 'present')",
    ),
    (
        "models in use beside another",
        "spaces s WHERE state = 'active' AND EXISTS"
        " (SELECT 1 FROM spaces o WHERE o.state = 'active' AND o.id < s.id)",
    ),
)
"""Rows that do not agree with others."""

ROW_CHECKS = (
    *(
        (f"{table} with {condition}", f"{table} WHERE {condition}")
        for table, condition in NEVER_WRITTEN
    ),
    *DISAGREEING,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``part`` is ``catalog``, ``vectors`` or ``thumbnails``."""

    part: str
    text: str


def check_catalog(path: Path, *, may_be_empty: bool = False) -> list[Finding]:
    """What is wrong with a catalog file, which is only read. Nothing is, if the list is empty.

    A file without tables is that of a new library whose first process was killed, if it ``may_be``.
    """
    try:
        with closing(connect(path, read_only=True)) as connection:
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                return [] if may_be_empty else [Finding("catalog", "is empty")]
            found = list(_structure(connection))
            return found or list(_rows(connection))
    except sqlite3.DatabaseError as error:
        return [Finding("catalog", f"cannot be read ({error})")]


def _structure(connection: sqlite3.Connection) -> Iterator[Finding]:
    for (line,) in connection.execute(f"PRAGMA integrity_check({MOST_SAID})"):
        if line != "ok":
            yield from (Finding("catalog", said) for said in line.splitlines())


def _rows(connection: sqlite3.Connection) -> Iterator[Finding]:
    orphans: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        orphans[table, parent] = orphans.get((table, parent), 0) + 1
    for (table, parent), count in orphans.items():
        yield Finding("catalog", f"{count:,} rows of {table} belong to no row of {parent}")
    for said, condition in ROW_CHECKS:
        (count,) = connection.execute(f"SELECT count(*) FROM {condition}").fetchone()  # noqa: S608
        if count:
            yield Finding("catalog", f"{count:,} {said}")
    keys = {key for (key,) in connection.execute("SELECT key FROM meta")}
    for key in sorted({"library_id", "change"} - keys):
        yield Finding("catalog", f"its {key} is missing")
    if wrong := sum(_bad_vectors(connection)):
        yield Finding("catalog", f"{wrong:,} vectors that are not finite or not of unit length")


def _bad_vectors(connection: sqlite3.Connection) -> Iterator[int]:
    """How many, by piece; those of a wrong length are counted elsewhere."""
    statement = (
        "SELECT vector FROM embeddings e JOIN spaces s ON s.id = e.space_id"
        " WHERE length(vector) = 2 * dimension AND s.id = ?"
    )
    for (space,) in connection.execute("SELECT id FROM spaces").fetchall():
        cursor = connection.execute(statement, (space,))
        while rows := cursor.fetchmany(4096):
            yield int((~unit_vectors([vector for (vector,) in rows])).sum())


def unit_vectors(stored: list[bytes]) -> npt.NDArray[np.bool_]:
    """Which of equally long stored vectors are finite and of unit length."""
    rows = np.frombuffer(b"".join(stored), dtype="<f2").reshape(len(stored), -1)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(rows.astype(np.float32), axis=1)
    sound: npt.NDArray[np.bool_] = np.abs(lengths - 1) < UNIT_TOLERANCE  # no NaN is
    return sound


def check_rows(store: Store) -> Iterator[Finding]:
    """What is wrong with the rows of a catalog on a server, which keeps references itself."""
    with reading(store.catalog.engine) as connection:
        for said, condition in ROW_CHECKS:
            if "json_valid" not in condition:  # the column's type sees to that
                wrong = connection.execute(text(f"SELECT count(*) FROM {condition}")).scalar_one()  # noqa: S608
                if wrong:
                    yield Finding("catalog", f"{wrong:,} {said}")
        statement = select(Embedding.vector).where(
            func.length(Embedding.vector) == 2 * Space.dimension
        )
        joined = statement.join(Space, Space.id == Embedding.space_id).order_by(Space.id)
        wrong = 0
        for (vector,) in connection.execute(joined.execution_options(yield_per=4096)):
            wrong += int((~unit_vectors([vector])).sum())
        if wrong:
            yield Finding("catalog", f"{wrong:,} vectors that are not finite or not of unit length")


def check_caches(store: Store) -> Iterator[Finding]:
    """What is wrong with the snapshots and the thumbnails of a sound catalog."""
    for space in store.catalog.spaces():
        yield from (Finding("vectors", said) for said in store.caches.differences(space))
    if missing := store.thumbnails.missing(store.catalog.searchable().values()):
        yield Finding("thumbnails", f"{len(missing):,} are missing")
    for path in store.thumbnails.damaged():
        yield Finding("thumbnails", f"{path.name} is damaged, foreign, or of an older version")
