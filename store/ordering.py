"""Photographs by their time, which is local: the camera's, or else that of the oldest file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, cast, extract, func, select

from store.schema import Content, File

Ids = npt.NDArray[np.int64]

_QUARTER = 900
"""Seconds; clocks are put forward and back at quarters of an hour."""


def newest_first(connection: Connection, chosen: Sequence[ColumnElement[bool]]) -> Ids:
    """The contents that are chosen, newest first."""
    if connection.dialect.name == "sqlite":
        return np.fromiter(connection.execute(_in_order(chosen)).scalars(), dtype=np.int64)
    taken_at = cast(func.floor(extract("epoch", Content.taken_at)), BigInteger)
    times = (taken_at, func.min(File.mtime_ns))
    rows = connection.execute(_of_each(Content.id, *times, chosen=chosen)).all()
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    ids, taken, changed = (np.array(column, dtype=np.float64) for column in columns)
    seconds = np.where(np.isnan(taken), _local(changed / 1e9), taken)
    return ids[np.lexsort((ids, -seconds))].astype(np.int64)


def _in_order(chosen: Sequence[ColumnElement[bool]]) -> Select[int]:
    file_time = func.datetime(func.min(File.mtime_ns) // 10**9, "unixepoch", "localtime")
    moment = func.coalesce(func.datetime(Content.taken_at), file_time)
    return _of_each(Content.id, chosen=chosen).order_by(moment.desc(), Content.id)


def _of_each(*columns: Any, chosen: Sequence[ColumnElement[bool]]) -> Select[Any]:
    joined = select(*columns).join(File, File.content_id == Content.id)
    return joined.where(*chosen).group_by(Content.id)


def _local(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Seconds since 1970 on this machine's clock, for a server has another; -inf for nonsense."""
    quarters, places = np.unique(np.floor_divide(seconds, _QUARTER), return_inverse=True)
    offsets = np.array([_offset(quarter * _QUARTER) for quarter in quarters.tolist()])
    local: npt.NDArray[np.float64] = np.floor(seconds) + offsets[places]
    return local


def _offset(moment: float) -> float:
    try:
        offset = datetime.fromtimestamp(moment).astimezone().utcoffset()
    except (OSError, OverflowError, ValueError):  # file systems hold any number
        return -np.inf
    return offset.total_seconds() if offset is not None else 0.0
