"""Pieces of SQL that several modules of the store share."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Select, select

from store.facts import remembered
from store.schema import Meta
from store.vector_index import distinct

IDS_A_STATEMENT = 1000  # far below SQLite's bound of 32,766 variables

_META = select(Meta.key, Meta.value)

FLOOR_KEY = "replays_from"
"""In ``meta``: the change number before which a cache cannot be caught up any more."""


def meta(connection: Connection) -> Mapping[str, str]:
    """The few values that are of the library as a whole, by name."""
    return remembered(connection, "meta", _meta)


def _meta(connection: Connection) -> dict[str, str]:
    return {row.key: row.value for row in connection.execute(_META)}


def last_change(connection: Connection) -> int:
    """The number of the newest committed change."""
    return int(meta(connection)["change"])


def chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """Split ids into lists short enough for one statement."""
    everything = list(ids)
    for start in range(0, len(everything), IDS_A_STATEMENT):
        yield everything[start : start + IDS_A_STATEMENT]


def count(connection: Connection, statement: Select[int]) -> int:
    return int(connection.execute(statement).scalar_one())


def ids_in(concatenated: str | None) -> npt.NDArray[np.int64]:
    """What ``concatenated`` made one string of, ascending, each once, int64 (n,).

    It is read many times as fast as a hundred thousand rows.
    """
    return distinct(np.fromstring(concatenated or "", dtype=np.int64, sep=","))
