"""Forgetting for good: paths that are gone, and pictures that no path remembers."""

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, Table, delete, exists, insert, select

from store.database import writing
from store.liveness import next_change, refresh_live
from store.schema import Base, Content, File, Meta
from store.statements import FLOOR_KEY, chunks


class Forgetting:
    """Rows are deleted here and nowhere else; a part of ``CatalogWriter``."""

    _engine: Engine

    def forget_files(self, file_ids: Iterable[int]) -> None:
        """Forget paths. Vectors are kept: a picture that comes back needs no encoding."""
        with writing(self._engine) as connection:
            change = next_change(connection)
            for ids in chunks(file_ids):
                statement = select(File.content_id).where(File.id.in_(ids))
                held = connection.execute(statement).scalars().all()
                connection.execute(delete(File).where(File.id.in_(ids)))
                refresh_live(connection, {c for c in held if c is not None}, change)

    def forget_unheld(self) -> list[bytes]:
        """Forget the pictures that no path remembers, with all their vectors; their hashes.

        A cache from before this cannot be caught up, for what it should drop is gone: it is
        rebuilt, see ``Catalog.replays_from``.
        """
        with writing(self._engine) as connection:
            held = exists().where(File.content_id == Content.id)
            rows = connection.execute(select(Content.id, Content.hash).where(~held)).all()
            if rows:
                _raise_floor(connection, next_change(connection))
                for ids in chunks(row.id for row in rows):
                    _delete_contents(connection, ids)
        return [row.hash for row in rows]


def _raise_floor(connection: Connection, change: int) -> None:
    connection.execute(delete(Meta).where(Meta.key == FLOOR_KEY))
    connection.execute(insert(Meta).values(key=FLOOR_KEY, value=str(change)))


def _delete_contents(connection: Connection, ids: list[int]) -> None:
    """Delete contents, first what refers to them in any table."""
    for table in Base.metadata.sorted_tables:
        for key in _references_to_contents(table):
            connection.execute(delete(table).where(table.c[key].in_(ids)))
    connection.execute(delete(Content).where(Content.id.in_(ids)))


def _references_to_contents(table: Table) -> list[str]:
    contents = Content.__tablename__
    return [key.parent.name for key in table.foreign_keys if key.column.table.name == contents]
