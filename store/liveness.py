"""Change numbers, and what they are stamped on: what every writing transaction must keep right."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, update

from store.schema import Content, Embedding, File, FileState, Meta
from store.statements import FLOOR_KEY, chunks, last_change


def inserted(connection: Connection, statement: Any) -> int:
    """Insert one row and return its id."""
    key = connection.execute(statement).inserted_primary_key
    return int(key[0]) if key else 0


def next_change(connection: Connection) -> int:
    """Take the next change number."""
    change = last_change(connection) + 1
    connection.execute(update(Meta).where(Meta.key == "change").values(value=str(change)))
    return change


def refresh_live(connection: Connection, content_ids: Iterable[int], change: int) -> None:
    """Stamp contents whose paths or facts were touched, and set ``live`` to whether a present file
    holds the content, where that has changed."""
    held = exists().where(File.content_id == Embedding.content_id, File.state == FileState.PRESENT)
    for ids in chunks(content_ids):
        connection.execute(update(Content).where(Content.id.in_(ids)).values(change=change))
        affected = Embedding.content_id.in_(ids)
        for live in (True, False):
            flipped = affected & (Embedding.live != live) & (held if live else ~held)
            statement = update(Embedding).where(flipped).values(live=live, change=change)
            connection.execute(statement)


def begin_new_history(connection: Connection, *, newer_than: int = 0) -> int:
    """Take a change number that no cache from before can be caught up to; return it."""
    change = max(last_change(connection), newer_than) + 1
    connection.execute(update(Meta).where(Meta.key == "change").values(value=str(change)))
    connection.execute(delete(Meta).where(Meta.key == FLOOR_KEY))
    connection.execute(insert(Meta).values(key=FLOOR_KEY, value=str(change)))
    return change
