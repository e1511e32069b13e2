"""Opening ``catalog.db``: the engine, its pragmas, its version, and its errors in our words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event, insert, select
from sqlalchemy.exc import DatabaseError

from errors import LibraryDamaged, LibraryTooNew, NotALibrary, StorageError
from store.faults import reach
from store.schema import HEAD, Meta
from store.statements import meta

APPLICATION_ID = 0x50534B31  # "PSK1", in the file's header
_BUSY_TIMEOUT_S = 30
_held: ContextVar[tuple[Engine, Connection] | None] = ContextVar("held", default=None)


def open_engine(path: Path, *, read_only: bool) -> Engine:
    """An engine whose transactions are real ones: readers see one state, writers wait in line."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: connect(path, read_only=read_only),
        # An immutable connection never sees another's writes, so none is kept.
        poolclass=NullPool if read_only else QueuePool,
        execution_options={"photoseek_path": str(path)},
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
    writing = connection.get_execution_options().get("photoseek_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction in which every statement sees the same committed state.

    Inside ``one_state``, that state.
    """
    held = _held.get()
    if held is not None and held[0] is engine:
        with translated_errors(engine):
            yield held[1]
        return
    with translated_errors(engine), engine.begin() as connection:
        yield connection


@contextmanager
def one_state(engine: Engine) -> Iterator[None]:
    """Let all that this thread reads come from the state that is committed now."""
    held = _held.get()
    if held is not None and held[0] is engine:
        yield
        return
    with reading(engine) as connection:
        meta(connection)  # the first read fixes the state
        token = _held.set((engine, connection))
        try:
            yield
        finally:
            _held.reset(token)


@contextmanager
def newest_state() -> Iterator[None]:
    """Look past ``one_state`` for a moment, at what has been committed since."""
    token = _held.set(None)
    try:
        yield
    finally:
        _held.reset(token)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that is committed whole or not at all."""
    with translated_errors(engine), engine.connect() as plain:
        connection = plain.execution_options(photoseek_writing=True)
        with connection.begin():
            reach("transaction.begun")
            yield connection
            reach("transaction.filled")
        reach("transaction.committed")


@contextmanager
def translated_errors(engine: Engine) -> Iterator[None]:
    """SQLite's errors as ours."""
    with errors_at(engine.get_execution_options().get("photoseek_path", "catalog.db")):
        yield


@contextmanager
def errors_at(path: str | Path) -> Iterator[None]:
    """SQLite's errors as ours, naming a file."""
    try:
        yield
    except DatabaseError as error:
        raise _translated(path, error.orig) from error
    except sqlite3.DatabaseError as error:
        raise _translated(path, error) from error


def _translated(path: str | Path, error: BaseException | None) -> Exception:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LibraryDamaged(f"{path}: damaged ({error}); run: photoseek repair")
    if primary == sqlite3.SQLITE_FULL:
        return StorageError(f"{path}: the disk is full; make room and run again: nothing is lost")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return StorageError(f"{path}: cannot be opened or written ({error}); give permission")
    return StorageError(f"{path}: could not be used ({error}); run again")


def check_version(engine: Engine) -> str | None:
    """The schema version of an open catalog; None for a new, empty database.

    Raises NotALibrary if it is another program's database, LibraryTooNew if a later Photoseek
    wrote it.
    """
    with reading(engine) as connection:
        application = _scalar(connection, "PRAGMA application_id")
        tables = _scalar(connection, "SELECT count(*) FROM sqlite_master")
        if not tables:
            return None
        if application != APPLICATION_ID:
            path = engine.get_execution_options()["photoseek_path"]
            raise NotALibrary(f"{path}: another program's database; give another --library")
        version = str(_scalar(connection, "SELECT version_num FROM alembic_version"))
    if version > HEAD:
        raise LibraryTooNew(
            f"{engine.get_execution_options()['photoseek_path']}: has format {version}, this "
            f"photoseek knows {HEAD}; upgrade photoseek"
        )
    return version


def migrate(engine: Engine) -> None:
    """Bring the schema to HEAD. The caller holds the writer's lock."""
    from alembic import command  # slow to import, and needed once in a library's life
    from alembic.config import Config

    with translated_errors(engine), engine.raw_connection() as raw:
        raw.execute("PRAGMA journal_mode = WAL")  # cannot be set inside a transaction
    config = Config()
    config.set_main_option("script_location", "store:migrations")
    with writing(engine) as connection:
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
        reach("migration")
        _name_library(connection)


def _name_library(connection: Connection) -> None:
    """Give a new catalog its name and its change counter, with its tables or not at all."""
    if connection.execute(select(Meta.key)).first() is None:
        rows = [{"key": "library_id", "value": uuid4().hex}, {"key": "change", "value": "0"}]
        connection.execute(insert(Meta), rows)


def _scalar(connection: Connection, statement: str) -> Any:
    return connection.exec_driver_sql(statement).scalar()
