"""PostgreSQL: a schema of its own in a database that many machines can reach.

Readers see one state (REPEATABLE READ, read only). Writing transactions of a library stand in line,
as they do in SQLite, by an advisory lock that ends with the transaction: so change numbers can be
seen in their order, and what a transaction has read is still so when it writes. Who may write about
what is decided by advisory locks of a session, see ``store.engines.sessions``.
"""

import logging
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import psycopg
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from errors import (
    EngineUnreachable,
    LibraryDamaged,
    NoLibrary,
    NotALibrary,
    PhotoseekError,
    StorageError,
)
from store.addresses import Address
from store.engines import Result, options
from store.engines.sessions import IN_LINE, NAME, Session, session_of

log = logging.getLogger(__name__)

CONNECT_S = 5
PATIENCE_S = 60.0
"""How long what may be done again waits for a server that went away."""
PAUSE_S = 0.25

_READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_WRITING = {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}
_TABLES = text(
    "SELECT relname FROM pg_class JOIN pg_namespace space ON space.oid = relnamespace "
    "WHERE nspname = current_schema() AND relkind IN ('r', 'p', 'v', 'm')"
)
_IGNORING_CASE = (
    'CREATE COLLATION IF NOT EXISTS "NOCASE" '
    "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
)


class PostgresRules:
    """The ways of PostgreSQL with the catalog at an address."""

    def __init__(self, address: Address) -> None:
        self.where = str(address)
        self._database = address.url.database
        self._sessions: set[Session] = set()

    @contextmanager
    def as_writer(self, session: Session) -> Iterator[None]:
        """While it lasts, work that may be done again is: a run of hours outlives a restart."""
        self._sessions.add(session)
        try:
            with session.writing():
                yield
        finally:
            self._sessions.discard(session)

    @contextmanager
    def read(self, engine: Engine) -> Iterator[Connection]:
        with engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, engine: Engine) -> Iterator[Connection]:
        session = session_of(engine)
        with engine.connect() if session is None else nullcontext(session.connection) as plain:
            connection = plain.execution_options(**_WRITING)
            with connection.begin():
                connection.execute(IN_LINE)
                yield connection

    def state(self, connection: Connection) -> Hashable:
        """The transactions that are visible, by their numbers: one more, and it is another text."""
        if not connection.get_execution_options().get("postgresql_readonly"):
            return None
        return connection.exec_driver_sql("SELECT CAST(pg_current_snapshot() AS TEXT)").scalar()

    def patiently(self, work: Callable[[], Result]) -> Result:
        """Do it again, once the server is back; whoever only reads is told at once."""
        deadline = time.monotonic() + PATIENCE_S
        told = False
        while True:
            try:
                return work()
            except EngineUnreachable as error:
                gone = not self._sessions or not _may_come_back(error.__cause__)
                if gone or time.monotonic() > deadline:
                    raise
                if not told:
                    log.warning("%s; trying again for %.0f s", error, PATIENCE_S)
                    told = True
                time.sleep(PAUSE_S)

    def translated(self, error: BaseException | None) -> PhotoseekError:
        code = getattr(error, "sqlstate", None) or ""
        said = _first_line(error)
        for beginning, kind, way_out in _MEANINGS:
            if beginning and code.startswith(beginning):
                return kind(f"{self.where}: {way_out.format(said=said, name=self._database)}")
        if isinstance(error, psycopg.OperationalError) and not code:
            return self._unreachable(said)
        return StorageError(f"{self.where}: could not be used ({said}); run again")

    def _unreachable(self, said: str) -> PhotoseekError:
        """What libpq says of a connection has no code, but a sentence of the server's in it."""
        for sign, kind, way_out in _SIGNS:
            if sign in said:
                return kind(f"{self.where}: {way_out.format(said=said, name=self._database)}")
        return EngineUnreachable(f"{self.where}: {_NOT_REACHED.format(said=said)}")

    def version(self, connection: Connection) -> str | None:
        tables = set(connection.execute(_TABLES).scalars())
        if not tables:
            return None
        if {"alembic_version", "meta", "embeddings"} <= tables:
            statement = "SELECT version_num FROM alembic_version"
            return str(connection.execute(text(statement)).scalar())
        raise NotALibrary(
            f"{self.where}: holds other tables; give a database of its own, or a schema by "
            "?options=-csearch_path%3DNAME"
        )

    def prepare(self, engine: Engine) -> None:
        with self.read(engine) as connection:
            encoding = connection.execute(text("SHOW server_encoding")).scalar()
            schema = connection.execute(text("SELECT current_schema()")).scalar()
        if encoding != "UTF8":
            raise StorageError(
                f"{self.where}: its encoding is {encoding}; make the database with: "
                f"createdb --encoding UTF8 --template template0 {self._database}"
            )
        if schema is None:
            raise NoLibrary(f"{self.where}: there is no such schema; make it: CREATE SCHEMA NAME")

    def sign(self, connection: Connection) -> None:
        connection.exec_driver_sql(_IGNORING_CASE)  # what the tables' columns are compared by


_NOT_REACHED = "the server cannot be reached ({said}); start it, or mend the address"
_MEANINGS: tuple[tuple[str, type[PhotoseekError], str], ...] = (
    ("28", EngineUnreachable, "the server refuses this user or password ({said}); mend them"),
    ("3D", NoLibrary, "there is no such database; make it with: createdb {name}"),
    ("08", EngineUnreachable, _NOT_REACHED),
    ("57P", EngineUnreachable, _NOT_REACHED),
    ("53100", StorageError, "the server's disk is full; make room and run again: nothing is lost"),
    ("53", EngineUnreachable, "the server has no room for another connection ({said}); run again"),
    ("42501", StorageError, "may not be read or written ({said}); grant the user its rights"),
    ("25006", StorageError, "can only be read here ({said}); write on the primary server"),
    ("XX00", LibraryDamaged, "damaged ({said}); restore it with: pg_restore"),
)
"""By the beginning of an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_SIGNS: tuple[tuple[str, type[PhotoseekError], str], ...] = (
    ("password", _MEANINGS[0][1], _MEANINGS[0][2]),
    ("authentication", _MEANINGS[0][1], _MEANINGS[0][2]),
    ("pg_hba.conf", _MEANINGS[0][1], _MEANINGS[0][2]),
    ('role "', _MEANINGS[0][1], _MEANINGS[0][2]),
    ('database "', _MEANINGS[1][1], _MEANINGS[1][2]),
)


def open_engine(address: Address, rules: PostgresRules, *, keep: bool = True) -> Engine:
    """An engine that reads unless it is told to write; ``keep`` connections for the next time."""
    engine = create_engine(
        address.url,
        poolclass=QueuePool if keep else NullPool,
        pool_pre_ping=keep,
        connect_args={"connect_timeout": CONNECT_S, "application_name": NAME} | _given(address),
        execution_options={**options(rules), **_READING},
    )
    event.listen(engine, "connect", _without_nul)
    return engine


def _given(address: Address) -> dict[str, Any]:
    """What the address itself says of these; of options the last one holds, which is its own."""
    given = {key: value for key, value in address.url.query.items() if key in _OURS}
    return given | {"options": f"{_PLANS} {address.url.query.get('options', '')}".strip()}


_OURS = ("connect_timeout", "application_name")
_PLANS = "-crandom_page_cost=1.1 -cplan_cache_mode=force_custom_plan"
"""Disks without arms, and a plan for the very words: a rare word is looked up in an index, where
else every file is read (46 ms of 100,000); one that all have is counted as far as it is asked."""


def _may_come_back(error: BaseException | None) -> bool:
    """Whether a server was there and is only being started again."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None) or ""
    if code:
        return code.startswith(("08", "57P"))
    return not any(sign in str(error.orig) for sign, _, _ in _SIGNS)


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines() or ["no reason given"]
    return lines[0].removeprefix("connection failed: ").strip()


class _Text(StrDumperUnknown):
    """Cameras write NUL into their names; PostgreSQL's text has no place for it."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", ""))


def _without_nul(connection: psycopg.Connection[Any], _: object) -> None:
    connection.adapters.register_dumper(str, _Text)
