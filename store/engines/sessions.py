"""Who may write on a server: advisory locks of a session, which end with it.

The session that holds the locks is the one that writes. When the server ends it, what was being
written is undone, and nobody else's locks are overrun: they are taken again before the next
transaction, or the writer is told who has them now.
"""

import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from errors import LibraryLocked
from store.homes import Choose
from store.records import RootRecord

LIBRARY, CHOOSING = "library", "choosing roots"
NAME = f"photoseek {os.getpid()} on {platform.node()}"[:63]
"""As which the server knows a connection of ours."""

_LOCK_NOT_AVAILABLE = "55P03"
_KEY = "hashtextextended(concat('photoseek ', current_schema(), ' ', CAST(:purpose AS TEXT)), 0)"
_writing: ContextVar["tuple[Engine, Session] | None"] = ContextVar("writing", default=None)

IN_LINE = text(f"SELECT pg_advisory_xact_lock({_KEY})").bindparams(purpose="transaction")
"""Waits for the transaction before; ends with this one, after what it wrote can be seen."""

_HOLDERS = text(
    f"""
    SELECT application_name, backend_start FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
    AND (CAST(classid AS BIGINT) << 32) | CAST(objid AS BIGINT) = {_KEY}
    """  # noqa: S608 - of constants
)


@dataclass(frozen=True, slots=True)
class Lock:
    """The right to something in a library, alone or ``shared``."""

    purpose: str
    shared: bool = False

    @property
    def suffix(self) -> str:
        return "_shared" if self.shared else ""


class Session:
    """One writer's connection and the locks it holds.

    ``engine`` is whose transactions are written so, ``writers`` gives connections of one's own.
    """

    def __init__(self, engine: Engine, writers: Engine, where: str, wait: float) -> None:
        self._engine = engine
        self._writers = writers
        self._where = where
        self._wait = wait
        self._held: list[Lock] = []
        self._connection = writers.connect()

    @property
    def connection(self) -> Connection:
        """The connection, with all locks; a new one in the place of one that was ended."""
        if self._connection.invalidated or self._connection.closed:
            with suppress(DBAPIError):
                self._connection.close()
            self._connection = self._writers.connect()
            for lock in self._held:
                self._acquire(self._connection, lock)
        return self._connection

    def take(self, lock: Lock) -> None:
        """Hold a lock until the end of the session. Raises LibraryLocked, naming the holder."""
        if lock not in self._held:
            self._acquire(self.connection, lock)
            self._held.append(lock)

    def claim(self, choose: Choose) -> Sequence[RootRecord]:
        """See ``store.homes.Claims``."""
        with self._alone(Lock(CHOOSING)):
            roots = choose()
            for root in roots:
                self.take(Lock(f"root {root.id}"))
        return roots

    @contextmanager
    def writing(self) -> Iterator["Session"]:
        """Let transactions that this thread writes be this session's."""
        token = _writing.set((self._engine, self))
        try:
            yield self
        finally:
            _writing.reset(token)

    def close(self) -> None:
        with suppress(DBAPIError):
            self._connection.close()

    @contextmanager
    def _alone(self, lock: Lock) -> Iterator[None]:
        self.take(lock)
        try:
            yield
        finally:
            self._held.remove(lock)
            if not self._connection.invalidated:  # one that was ended holds nothing
                with suppress(DBAPIError), self._connection.begin():
                    statement = f"SELECT pg_advisory_unlock({_KEY})"
                    self._connection.execute(text(statement), {"purpose": lock.purpose})

    def _acquire(self, connection: Connection, lock: Lock) -> None:
        milliseconds = max(1, round(1000 * self._wait))
        statement = f"SELECT pg_advisory_lock{lock.suffix}({_KEY})"
        try:
            with connection.begin():
                connection.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
                connection.execute(text(statement), {"purpose": lock.purpose})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise LibraryLocked(
                f"{self._where}: {_holder(connection, lock)}; wait for it to end"
            ) from None


def _holder(connection: Connection, lock: Lock) -> str:
    with connection.begin():
        held = connection.execute(_HOLDERS, {"purpose": lock.purpose})
        row = next((row for row in held if row.application_name), None)
    if row is None:
        return "another process is writing"
    name = row.application_name.removeprefix("photoseek ")
    since = row.backend_start.astimezone()
    return f"process {name} has been writing since {since:%Y-%m-%d %H:%M:%S}"


def session_of(engine: Engine) -> Session | None:
    """The session in which this thread writes, if it does."""
    held = _writing.get()
    return held[1] if held is not None and held[0] is engine else None
