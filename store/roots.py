"""Writing about roots: added, looked at, offline, moved to another path, forgotten."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from store.database import repeatable, writing
from store.liveness import inserted, next_change, refresh_live
from store.locations import location
from store.schema import File, FileState, Root, RootState
from store.statements import chunks


class RootWriter:
    """What is known of roots and the state of their files; a part of ``CatalogWriter``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @repeatable
    def add_root(self, path: Path, rules: Mapping[str, Any]) -> int:
        """Remember a folder, or only its new rules if it is known; return its id."""
        with writing(self._engine) as connection:
            known = connection.execute(select(Root.id).where(Root.path == str(path))).scalar()
            if known is None:
                values = {"path": str(path), "rules": dict(rules), "state": RootState.ONLINE}
                return inserted(connection, insert(Root).values(**values))
            connection.execute(update(Root).where(Root.id == known).values(rules=dict(rules)))
            return known

    def finish_scan(
        self, root_id: int, *, identity: str | None, unreadable: Mapping[str, str]
    ) -> None:
        """Note that a root was looked at, which folder it was, and what could not be read there.

        ``unreadable`` maps relative paths to reasons.
        """
        values = {
            "state": RootState.ONLINE,
            "identity": identity,
            "scanned_at": datetime.now(UTC).replace(tzinfo=None),
            "unreadable": dict(unreadable),
            "offline_reason": None,
        }
        self._update_root(root_id, values)

    def set_offline(
        self, root_id: int, reason: str, unreadable: Mapping[str, str] | None = None
    ) -> None:
        """Note that a root is not what it was, and why; what is known below it stays as it is.

        ``unreadable`` as in ``finish_scan``; None for a root that could not be looked at.
        """
        values: dict[str, Any] = {"state": RootState.OFFLINE, "offline_reason": reason}
        if unreadable is not None:
            values["unreadable"] = dict(unreadable)
        self._update_root(root_id, values)

    def remove_root(self, root_id: int) -> int:
        """Forget a root and its paths, and say how many paths that were.

        Vectors of contents that are nowhere else are retired.
        """
        with writing(self._engine) as connection:
            change = next_change(connection)
            statement = select(File.content_id).where(File.root_id == root_id)
            held = connection.execute(statement).scalars().all()
            connection.execute(delete(File).where(File.root_id == root_id))
            connection.execute(delete(Root).where(Root.id == root_id))
            refresh_live(connection, {c for c in held if c is not None}, change)
        return len(held)

    @repeatable
    def _update_root(self, root_id: int, values: Mapping[str, Any]) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(Root).where(Root.id == root_id).values(**values))

    def set_state(self, file_ids: Iterable[int], state: FileState) -> None:
        """Mark known paths as present again or as missing; their vectors are kept."""
        if known := list(file_ids):
            self._set_state(known, state)

    @repeatable
    def _set_state(self, file_ids: list[int], state: FileState) -> None:
        with writing(self._engine) as connection:
            change = next_change(connection)
            for ids in chunks(file_ids):
                connection.execute(update(File).where(File.id.in_(ids)).values(state=state))
                statement = select(File.content_id).where(File.id.in_(ids))
                contents = connection.execute(statement).scalars()
                refresh_live(connection, {c for c in contents if c is not None}, change)

    def relocate_root(self, root_id: int, path: Path) -> None:
        """Look for a root at another path from now on; its files keep what is known of them.

        Each path stays one row: what another root already knows below ``path`` is taken over, and
        what a root within it looks after is left to that one.
        """
        with writing(self._engine) as connection:
            change = next_change(connection)
            others = connection.execute(select(Root.id, Root.path).where(Root.id != root_id)).all()
            touched: set[int] = set()
            for other_id, other in others:
                if path.is_relative_to(location(other)):
                    below = _prefix(path.relative_to(location(other)))
                    touched |= _take_over(connection, other_id, root_id, below)
                elif location(other).is_relative_to(path):
                    below = _prefix(location(other).relative_to(path))
                    touched |= _drop(connection, _rows_below(connection, root_id, below).values())
            replaced = Root.path == str(path)
            connection.execute(delete(Root).where(replaced, Root.id != root_id))
            values = {"path": str(path), "state": RootState.ONLINE, "offline_reason": None}
            connection.execute(update(Root).where(Root.id == root_id).values(**values))
            moved = select(File.content_id).where(File.root_id == root_id)
            touched.update(c for c in connection.execute(moved).scalars() if c is not None)
            refresh_live(connection, touched, change)


def _prefix(relative: Path) -> str:
    return "" if relative == Path() else f"{relative.as_posix()}/"


def _rows_below(connection: Connection, root_id: int, prefix: str) -> dict[str, int]:
    """File ids by path, of what a root knows below a folder of it; paths count from there."""
    rows = connection.execute(select(File.path, File.id).where(File.root_id == root_id))
    return {path[len(prefix) :]: key for path, key in rows if path.startswith(prefix)}


def _take_over(connection: Connection, giver: int, taker: int, prefix: str) -> set[int]:
    """Make what ``giver`` knows below a folder ``taker``'s; contents of what that replaces."""
    given = _rows_below(connection, giver, prefix)
    old = _rows_below(connection, taker, "")
    touched = _drop(connection, [old[path] for path in given if path in old])
    for path, key in given.items():
        values = {"root_id": taker, "path": path}
        connection.execute(update(File).where(File.id == key).values(**values))
    return touched


def _drop(connection: Connection, file_ids: Iterable[int]) -> set[int]:
    """Forget paths; the contents they had."""
    touched: set[int] = set()
    for ids in chunks(file_ids):
        held = connection.execute(select(File.content_id).where(File.id.in_(ids))).scalars()
        touched.update(content for content in held if content is not None)
        connection.execute(delete(File).where(File.id.in_(ids)))
    return touched
