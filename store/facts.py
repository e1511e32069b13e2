"""Small facts of a committed state, read once for as long as it is the newest.

Beside photographs, a question needs what changes with a commit alone: the spaces, the noise, how
much cannot be searched. Each connection of the pool keeps these by itself, with the state that they
are of. One that finds another state begins anew, so nothing is ever told of a state that is past.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, RootTransaction

Fact = TypeVar("Fact")

_KEPT = "photoseek_facts"


@dataclass(slots=True)
class _Known:
    """Facts of the state that a connection saw last, in a transaction."""

    state: Hashable
    transaction: RootTransaction | None
    facts: dict[Hashable, Any] = field(default_factory=dict)


def remembered(connection: Connection, key: Hashable, read: Callable[[Connection], Fact]) -> Fact:
    """What ``read`` gives in the state that a transaction sees; ``key`` tells it from others.

    A transaction that writes sees its own changes, so nothing is kept of it.
    """
    if connection.get_execution_options().get("photoseek_writing"):
        return read(connection)
    facts = _facts(connection)
    if key not in facts:
        facts[key] = read(connection)
    found: Fact = facts[key]
    return found


def _facts(connection: Connection) -> dict[Hashable, Any]:
    known: _Known | None = connection.info.get(_KEPT)
    transaction = connection.get_transaction()
    if known is None or known.transaction is not transaction:
        state = state_of(connection)
        if known is None or known.state != state:
            known = connection.info[_KEPT] = _Known(state, transaction)
        known.transaction = transaction
    return known.facts


def state_of(connection: Connection) -> Hashable:
    """A value that is another whenever this connection sees another committed state.

    SQLite counts what others have committed (https://sqlite.org/pragma.html#pragma_data_version),
    and for each connection the rows that it has changed itself.
    """
    others = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    own = connection.connection.dbapi_connection
    return others, own.total_changes  # type: ignore[union-attr]
