"""How each filter is written: its key, how its value is read and printed.

docs/query.md is checked against ``FORMS`` and ``SETTINGS``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from search.query import dates, numbers
from search.query.lexer import headed
from store.filetypes import FILE_TYPES
from store.filters import (
    AllOf,
    AnyOf,
    Camera,
    Condition,
    Fact,
    Has,
    InFolder,
    InPlace,
    Lens,
    Named,
    Near,
    Not,
    Offline,
    OfType,
    Oriented,
    Shape,
    Size,
    Tagged,
    Taken,
    Tree,
)


@dataclass(frozen=True, slots=True)
class Form:
    """``read`` takes the value and today's date, and raises ValueError saying what is wrong;
    ``expected`` completes that. Of ``several`` values of the key, one is enough (``any``) or all
    are needed (``all``)."""

    key: str
    meaning: str
    expected: str
    several: str
    read: Callable[[str, date], Condition]


def _one_of(names: Iterable[str], make: Callable[[Any], Condition]) -> Callable[..., Condition]:
    known = sorted(names)

    def read(value: str, _today: date) -> Condition:
        name = value.lower()
        if name not in known:
            raise ValueError(f"{value!r} is none of {', '.join(known)}")
        return make(name)

    return read


def _text(make: Callable[[str], Condition]) -> Callable[..., Condition]:
    def read(value: str, _today: date) -> Condition:
        return make(" ".join(value.split()))

    return read


def _file_type(value: str, _today: date) -> Condition:
    name = value.lower().removeprefix(".")
    for kind in FILE_TYPES:
        if name == kind.name or f".{name}" in kind.suffixes:
            return OfType(kind.name)
    raise ValueError(f"{value!r} is none of {', '.join(kind.name for kind in FILE_TYPES)}")


def _taken(value: str, today: date) -> Condition:
    return Taken(*dates.read(value, today))


def _after(value: str, today: date) -> Condition:
    return Taken(dates.period(value, today).first, None)


def _before(value: str, today: date) -> Condition:
    return Taken(None, dates.period(value, today).last)


_DATE = "a date such as 2023, 2023-07, 2023-07-14, july 2023 or yesterday"

FORMS: tuple[Form, ...] = (
    Form("after", "on that day or later", _DATE, "all", _after),
    Form("before", "on that day or earlier", _DATE, "all", _before),
    Form("date", "on that day, in that month or year", f"{_DATE}, or two with ..", "any", _taken),
    Form("in", "below that folder", "a folder's name, several with /, or a path", "any",
         lambda value, _today: InFolder(value)),
    Form("name", "with those words in the file name", "words", "all", _text(Named)),
    Form("type", "of that file type", "a type such as jpeg, heic or raw", "any", _file_type),
    Form("camera", "with that camera", "part of a make or model", "any", _text(Camera)),
    Form("lens", "with that lens", "part of a lens's name", "any", _text(Lens)),
    Form("size", "of that size", "a comparison such as >4mp or <500kb", "all",
         lambda value, _today: numbers.size(value)),
    Form("orientation", "of that shape", "landscape, portrait or square", "any",
         _one_of(get_args(Shape), Oriented)),
    Form("near", "within that many kilometres", "latitude,longitude,km such as 38.7,-9.1,5", "any",
         lambda value, _today: numbers.near(value)),
    Form("place", "in that town or country", "a town or country, such as Lisbon", "any",
         _text(InPlace)),
    Form("has", "with that known", "one of " + ", ".join(sorted(get_args(Fact))), "all",
         _one_of(get_args(Fact), Has)),
    Form("is", "on a drive that is away", "offline", "all",
         _one_of(["offline"], lambda _name: Offline())),
    Form("tag", "with that tag", "a tag", "all", _text(Tagged)),
)  # fmt: skip

BY_KEY = {form.key: form for form in FORMS}


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that photographs must meet, or, ``negated``, must not."""

    condition: Condition
    negated: bool = False

    @property
    def key(self) -> str:
        return written(self.condition)[0]

    def __str__(self) -> str:
        key, value = written(self.condition)
        return headed(f"{'-' if self.negated else ''}{key}:", value)


def written(condition: Condition) -> tuple[str, str]:
    """The key of a condition and its value, as they are read back."""
    match condition:
        case Taken(first, last):
            return dates.written(first, last)
        case Size(comparison, amount, unit):
            return "size", f"{comparison}{numbers.plain(amount)}{unit}"
        case Near(latitude, longitude, km):
            return "near", ",".join(map(numbers.plain, (latitude, longitude, km)))
        case Offline():
            return "is", "offline"
        case _:
            (value,) = (getattr(condition, name) for name in condition.__slots__)
            return _KEYS[type(condition)], str(value)


_KEYS: dict[type, str] = {
    InFolder: "in",
    Named: "name",
    OfType: "type",
    Camera: "camera",
    Lens: "lens",
    Oriented: "orientation",
    InPlace: "place",
    Has: "has",
    Tagged: "tag",
}


def tree_of(filters: Iterable[Filter]) -> Tree | None:
    """All filters together: each negated one keeps out; of a key's others, as its form says."""
    by_key: dict[str, list[Tree]] = {}
    trees: list[Tree] = []
    for one in filters:
        if one.negated:
            trees.append(Not(one.condition))
        elif BY_KEY[one.key].several == "all":
            trees.append(one.condition)
        else:
            by_key.setdefault(one.key, []).append(one.condition)
    trees += [some[0] if len(some) == 1 else AnyOf(tuple(some)) for some in by_key.values()]
    return AllOf(tuple(trees)) if trees else None
