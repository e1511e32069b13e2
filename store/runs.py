"""The runs that wrote, as the catalog remembers them."""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine, delete, insert, select

from store.database import reading
from store.records import RunRecord
from store.schema import Run

KEPT = 100
"""Runs that are remembered; a watch makes many."""


class Runs:
    """What was done when; a part of ``Catalog``."""

    _engine: Engine

    def last_run(self) -> RunRecord | None:
        return next(iter(self.runs(1)), None)

    def runs(self, limit: int = KEPT) -> list[RunRecord]:
        """The newest runs, newest first."""
        with reading(self._engine) as connection:
            return list(_records(connection, limit))


def _records(connection: Connection, limit: int) -> Iterator[RunRecord]:
    statement = select(Run.__table__).order_by(Run.id.desc()).limit(limit)
    for row in connection.execute(statement):
        yield RunRecord(row.command, row.began_at, row.seconds, row.interrupted, row.counts)


def add_run(connection: Connection, run: RunRecord) -> None:
    values = {
        "command": run.command,
        "began_at": run.began_at,
        "seconds": run.seconds,
        "interrupted": run.interrupted,
        "counts": dict(run.counts),
    }
    connection.execute(insert(Run).values(**values))
    kept = select(Run.id).order_by(Run.id.desc()).limit(KEPT)
    connection.execute(delete(Run).where(Run.id.not_in(kept)))
