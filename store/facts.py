"""Small facts of a committed state, read once for as long as it is the newest.

Beside photographs, a question needs what changes with a commit alone: the spaces, the noise, how
much cannot be searched. Each connection of the pool keeps these by itself, with the state that they
are of. One that finds another state begins anew, so nothing is ever told of a state that is past.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, RootTransaction

from store.engines import rules_of

Fact = TypeVar("Fact")

_KEPT = "photoseek_facts"


@dataclass(slots=True)
class _Known:
    """Facts of the state that a connection saw last, in a transaction."""

    state: Hashable
    transaction: RootTransaction | None
    facts: dict[Hashable, Any] = field(default_factory=dict)


def remembered(connection: Connection, key: Hashable, read: Callable[[Connection], Fact]) -> Fact:
    """What ``read`` gives in the state that a transaction sees; ``key`` tells it from others."""
    facts = _facts(connection)
    if key not in facts:
        facts[key] = read(connection)
    found: Fact = facts[key]
    return found


def _facts(connection: Connection) -> dict[Hashable, Any]:
    """Looks at the state once for each transaction: it sees one from its first read to its end."""
    known: _Known | None = connection.info.get(_KEPT)
    transaction = connection.get_transaction()
    if known is not None and known.transaction is transaction:
        return known.facts
    state = rules_of(connection.engine).state(connection)
    if state is None:
        return {}
    if known is None or known.state != state:
        known = connection.info[_KEPT] = _Known(state, transaction)
    known.transaction = transaction
    return known.facts
