"""The database engines that a catalog can be kept in, and what each does in its own way.

All of the store speaks to one SQLAlchemy ``Engine``; what differs is here, and nowhere else: how a
transaction begins, what an error means, how words are looked up (``store.engines.words``), and the
few expressions that have no common spelling (``store.engines.spelling``).
"""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine

from errors import PhotoseekError

Result = TypeVar("Result")

_RULES = "photoseek_rules"


class EngineRules(Protocol):
    """One engine's own ways. ``where`` is what messages call the catalog."""

    where: str

    def read(self, engine: Engine) -> AbstractContextManager[Connection]:
        """A transaction in which every statement sees the same committed state."""

    def write(self, engine: Engine) -> AbstractContextManager[Connection]:
        """A transaction that is committed whole or not at all; those of a library are in line."""

    def state(self, connection: Connection) -> Hashable:
        """A value that is another whenever this connection sees another committed state.

        None where that cannot be told, and of a transaction that writes.
        """

    def patiently(self, work: Callable[[], Result]) -> Result:
        """Do what may be done twice again where an engine went away in the middle of it."""

    def translated(self, error: BaseException | None) -> PhotoseekError:
        """An error of the engine's driver as ours."""

    def version(self, connection: Connection) -> str | None:
        """The schema version; None where nothing is yet. Raises NotALibrary for others' tables."""

    def prepare(self, engine: Engine) -> None:
        """What has to be done before the first migration, outside a transaction."""

    def sign(self, connection: Connection) -> None:
        """What marks the catalog as ours, inside the migration's transaction."""


def options(rules: EngineRules) -> dict[str, object]:
    """Execution options that make an engine one of these rules."""
    return {_RULES: rules}


def rules_of(engine: Engine) -> EngineRules:
    return cast(EngineRules, engine.get_execution_options()[_RULES])
