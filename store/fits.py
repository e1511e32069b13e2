"""Whether a raw SQLite value is one that its column's type would have written."""

import json
from datetime import datetime

from sqlalchemy import JSON, Boolean, Column, DateTime, Float, Integer, LargeBinary, String
from sqlalchemy.types import TypeDecorator, TypeEngine

_KINDS: tuple[tuple[type[TypeEngine[object]] | type, type | tuple[type, ...]], ...] = (
    (Boolean, int),
    (Integer, int),
    (Float, (float, int)),
    (LargeBinary, bytes),
    (JSON, str),
    (DateTime, str),
    (String, str),
)
"""The first that a column is of."""


def fits(column: "Column[object]", value: object) -> bool:
    """Whether ``value``, as SQLite gives it, can stand in ``column``."""
    if value is None:
        return bool(column.nullable)
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    wanted = next((wanted for known, wanted in _KINDS if isinstance(kind, known)), object)
    return isinstance(value, wanted) and _makes_sense(kind, value)


def _makes_sense(kind: object, value: object) -> bool:
    if not isinstance(value, str):
        return not isinstance(kind, Boolean) or value in (0, 1)
    if "\ufffd" in value:  # bytes that were no UTF-8
        return False
    try:
        if isinstance(kind, JSON):
            json.loads(value)
        elif isinstance(kind, DateTime):
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
