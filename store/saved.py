"""Saved searches: query texts under names, in any case."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, insert, select

from store.database import reading, writing
from store.schema import SavedSearch


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """``text`` is a query's text form; ``saved_at`` is UTC without a zone."""

    name: str
    text: str
    saved_at: datetime


class SavedSearches:
    """Writing methods are one transaction each; the caller is the writer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[SavedRecord]:
        """By name."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(SavedSearch.__table__).order_by(SavedSearch.name))
            return [SavedRecord(row.name, row.text, row.saved_at) for row in rows]

    def text(self, name: str) -> str | None:
        """The query under a name; None if there is none."""
        with reading(self._engine) as connection:
            statement = select(SavedSearch.text).where(SavedSearch.name == name)
            return connection.execute(statement).scalar()

    def put(self, name: str, text: str) -> None:
        """Save a query, in place of one of the same name."""
        now = datetime.now(UTC).replace(tzinfo=None)
        with writing(self._engine) as connection:
            connection.execute(delete(SavedSearch).where(SavedSearch.name == name))
            connection.execute(insert(SavedSearch).values(name=name, text=text, saved_at=now))

    def remove(self, name: str) -> bool:
        """Forget a search; whether there was one."""
        with writing(self._engine) as connection:
            found = connection.execute(delete(SavedSearch).where(SavedSearch.name == name))
            return bool(found.rowcount)
