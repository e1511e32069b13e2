"""SQLite: one file in WAL mode. Readers see one state, writers wait in line."""

import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.exc import DatabaseError

from errors import LibraryDamaged, NotALibrary, PhotoseekError, StorageError
from store.engines import Result, options

APPLICATION_ID = 0x50534B31  # "PSK1", in the file's header
_BUSY_TIMEOUT_S = 30
_WRITING = "photoseek_writing"


class SqliteRules:
    """The ways of SQLite with the file ``where``."""

    def __init__(self, path: Path) -> None:
        self.where = str(path)

    @contextmanager
    def read(self, engine: Engine) -> Iterator[Connection]:
        with engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, engine: Engine) -> Iterator[Connection]:
        with engine.connect() as plain:
            connection = plain.execution_options(**{_WRITING: True})
            with connection.begin():
                yield connection

    def state(self, connection: Connection) -> Hashable:
        """What others have committed (https://sqlite.org/pragma.html#pragma_data_version), and the
        rows that this connection has changed itself."""
        if connection.get_execution_options().get(_WRITING):
            return None
        others = connection.exec_driver_sql("PRAGMA data_version").scalar()
        return others, cast(
            sqlite3.Connection, connection.connection.dbapi_connection
        ).total_changes

    def patiently(self, work: Callable[[], Result]) -> Result:
        return work()  # a file is there or it is not

    def translated(self, error: BaseException | None) -> PhotoseekError:
        return _translated(self.where, error)

    def version(self, connection: Connection) -> str | None:
        application = connection.exec_driver_sql("PRAGMA application_id").scalar()
        if not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar():
            return None
        if application != APPLICATION_ID:
            raise NotALibrary(f"{self.where}: another program's database; give another --library")
        statement = "SELECT version_num FROM alembic_version"
        return str(connection.exec_driver_sql(statement).scalar())

    def prepare(self, engine: Engine) -> None:
        with engine.raw_connection() as raw:
            raw.execute("PRAGMA journal_mode = WAL")  # cannot be set inside a transaction

    def sign(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def open_engine(path: Path, *, read_only: bool) -> Engine:
    """An engine whose transactions are real ones: readers see one state, writers wait in line."""
    # An immutable connection never sees another's writes, so none is kept; of the others the one
    # that was used last is used again, for it knows most of the state (``store.facts``).
    pool = {"poolclass": NullPool} if read_only else {"poolclass": QueuePool, "pool_use_lifo": True}
    engine = create_engine(
        "sqlite://",
        creator=lambda: connect(path, read_only=read_only),
        **pool,
        execution_options=options(SqliteRules(path)),
    )
    event.listen(engine, "begin", _begin)
    return engine


def connect_untouched(path: Path) -> sqlite3.Connection:
    """A connection that leaves nothing beside somebody else's catalog that nobody has open."""
    in_use = path.with_name(f"{path.name}-wal").exists()
    return connect(path, read_only=True) if in_use else _connect_as(path, "?immutable=1")


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection of SQLite's own, in autocommit."""
    if not read_only:
        return _connect_as(path, "")
    try:
        connection = _connect_as(path, "?mode=ro")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        # In a folder we cannot write, a WAL database that nobody has open needs this.
        return _connect_as(path, "?mode=ro&immutable=1")
    return connection


def _connect_as(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        _uri(path) + mode,
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,  # transactions are begun by _begin, not guessed from the statement
        check_same_thread=False,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")  # safe in WAL mode, which migrate() sets
    return connection


def _uri(path: Path) -> str:
    """As SQLite reads them: three slashes before a drive letter, four before a network share."""
    posix = path.absolute().as_posix()
    return f"file://{'' if posix.startswith('/') else '/'}{quote(posix)}"


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def errors_at(path: str | Path) -> Iterator[None]:
    """SQLite's errors as ours, naming a file."""
    try:
        yield
    except DatabaseError as error:
        raise _translated(path, error.orig) from error
    except sqlite3.DatabaseError as error:
        raise _translated(path, error) from error


def _translated(path: str | Path, error: BaseException | None) -> PhotoseekError:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LibraryDamaged(f"{path}: damaged ({error}); run: photoseek repair")
    if primary == sqlite3.SQLITE_FULL:
        return StorageError(f"{path}: the disk is full; make room and run again: nothing is lost")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return StorageError(f"{path}: cannot be opened or written ({error}); give permission")
    return StorageError(f"{path}: could not be used ({error}); run again")
