"""Transactions of a catalog, its version, and its errors in our words, whatever the engine."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DBAPIError

from errors import LibraryTooNew
from store.engines import rules_of
from store.faults import reach
from store.schema import HEAD, Meta
from store.statements import meta

_held: ContextVar[tuple[Engine, Connection] | None] = ContextVar("held", default=None)


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
    with translated_errors(engine), rules_of(engine).read(engine) as connection:
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
    with translated_errors(engine):
        with rules_of(engine).write(engine) as connection:
            reach("transaction.begun")
            yield connection
            reach("transaction.filled")
        reach("transaction.committed")


class _OfEngine(Protocol):
    _engine: Engine


Self = TypeVar("Self", bound=_OfEngine)
Given = ParamSpec("Given")
Result = TypeVar("Result")
Method = Callable[Concatenate[Self, Given], Result]


def repeatable(method: Method[Self, Given, Result]) -> Method[Self, Given, Result]:
    """Marks a method that does the same when it is done twice: a writer waits for a server that
    went away in the middle of it, and does it again. Inside ``one_state`` nothing is."""

    @wraps(method)
    def patient(self: Self, /, *arguments: Given.args, **named: Given.kwargs) -> Result:
        if _held.get() is not None:
            return method(self, *arguments, **named)
        work = partial(method, self, *arguments, **named)
        return rules_of(self._engine).patiently(work)

    return patient


@contextmanager
def translated_errors(engine: Engine) -> Iterator[None]:
    """The engine's errors as ours."""
    try:
        yield
    except DBAPIError as error:
        raise rules_of(engine).translated(error.orig) from error
    except sqlite3.DatabaseError as error:  # what a fault point raises
        raise rules_of(engine).translated(error) from error


def check_version(engine: Engine) -> str | None:
    """The schema version of an open catalog; None for a new, empty database.

    Raises NotALibrary if it is another program's database, LibraryTooNew if a later Photoseek
    wrote it.
    """
    rules = rules_of(engine)
    with reading(engine) as connection:
        version = rules.version(connection)
    if version is not None and version > HEAD:
        raise LibraryTooNew(
            f"{rules.where}: has format {version}, this photoseek knows {HEAD}; upgrade photoseek"
        )
    return version


def migrate(engine: Engine) -> None:
    """Bring the schema to HEAD. The caller holds the writer's lock."""
    from alembic import command  # slow to import, and needed once in a library's life
    from alembic.config import Config

    rules = rules_of(engine)
    with translated_errors(engine):
        rules.prepare(engine)
    config = Config()
    config.set_main_option("script_location", "store:migrations")
    with writing(engine) as connection:
        rules.sign(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
        reach("migration")
        _name_library(connection)


def _name_library(connection: Connection) -> None:
    """Give a new catalog its name and its change counter, with its tables or not at all."""
    if connection.execute(select(Meta.key)).first() is None:
        rows = [{"key": "library_id", "value": uuid4().hex}, {"key": "change", "value": "0"}]
        connection.execute(insert(Meta), rows)
