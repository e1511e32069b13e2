"""A query in pieces that a page shows, each to be taken away by itself."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from search.query.forms import Filter
from search.query.parts import Part, Words
from search.query.settings import SETTINGS, Setting

if TYPE_CHECKING:
    from search.query.query import Query

ChipKind = Literal["words", "picture", "filter", "setting"]


@dataclass(frozen=True, slots=True)
class Chip:
    """``text`` is the piece in the query's text form, from ``start`` to before ``end``, from 0.

    ``negated`` ones keep away; ``understood`` ones were words before.
    """

    kind: ChipKind
    text: str
    start: int
    end: int
    negated: bool = False
    understood: bool = False


def chips(query: "Query") -> tuple[Chip, ...]:
    """The pieces of ``str(query)``, in its order."""
    found: list[Chip] = []
    start = 0
    for item in pieces(query):
        text = piece_text(query, item)
        found.append(_chip(query, item, text, start))
        start += len(text) + 1
    return tuple(found)


def without(query: "Query", chip: Chip) -> "Query":
    """The query less one of its chips. Raises QueryError if nothing remains to look for."""
    place = chips(query).index(chip)
    items = pieces(query)
    item = items[place]
    if isinstance(item, Setting):
        return replace(query, **{item.field: item.default})
    parts, filters = list(query.parts), list(query.filters)
    if isinstance(item, Filter):
        del filters[place - len(parts)]
    else:
        del parts[place]
    return replace(query, parts=tuple(parts), filters=tuple(filters))


def pieces(query: "Query") -> list[Part | Filter | Setting]:
    """Parts, filters, and the settings that are not at their default."""
    settings = [s for s in SETTINGS if getattr(query, s.field) != s.default]
    return [*query.parts, *query.filters, *settings]


def piece_text(query: "Query", item: Part | Filter | Setting) -> str:
    if isinstance(item, Setting):
        return f"{item.key}:{item.write(getattr(query, item.field))}"
    return str(item)


def _chip(query: "Query", item: Part | Filter | Setting, text: str, start: int) -> Chip:
    span = (start, start + len(text))
    if isinstance(item, Setting):
        return Chip("setting", text, *span)
    if isinstance(item, Filter):
        understood = item in query.understood
        return Chip("filter", text, *span, negated=item.negated, understood=understood)
    kind: ChipKind = "words" if isinstance(item, Words) else "picture"
    return Chip(kind, text, *span, negated=item.weight < 0)
