"""What else can be said in a query's text: how many, from which on, by what. One line each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from search.query.numbers import plain
from search.relevance import DEFAULT_STRICTNESS

DEFAULT_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Setting:
    """``key:value`` in the text, ``field`` of the Query; at its ``default`` it is not printed.

    ``read`` raises ValueError saying what is wrong.
    """

    key: str
    field: str
    meaning: str
    expected: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def _count(value: str) -> int:
    if not value.isascii() or not value.lstrip("-").isdigit() or len(value) > 18:
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def _number(value: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _choice(*names: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.lower() not in names:
            raise ValueError(f"{value!r} is none of {', '.join(names)}")
        return value.lower()

    return read


def _switch(value: str) -> bool:
    return _choice("no", "yes")(value) == "yes"


def _yes_or_no(value: bool) -> str:  # noqa: FBT001 - it is the value itself
    return "yes" if value else "no"


SETTINGS: tuple[Setting, ...] = (
    Setting("limit", "limit", "how many to find", "a number from 1", DEFAULT_LIMIT, _count),
    Setting("offset", "offset", "how many of the best to pass by", "a number from 0", 0, _count),
    Setting("only", "only", "by meaning alone, or by names, folders and tags alone",
            "meaning or text", None, _choice("meaning", "text")),
    Setting("sort", "sort", "by what to order them; by date, the newest first",
            "relevance, date or name", "relevance", _choice("relevance", "date", "name")),
    Setting("group", "group", "show shots of one moment as one", "yes or no", default=True,
            read=_switch, write=_yes_or_no),
    Setting("literal", "literal", "take no word for a filter", "yes or no", default=False,
            read=_switch, write=_yes_or_no),
    Setting("strictness", "strictness", "how sure a match must be", "a number from 0 to 100",
            DEFAULT_STRICTNESS, _number, plain),
)  # fmt: skip

SETTING_BY_KEY = {setting.key: setting for setting in SETTINGS}
