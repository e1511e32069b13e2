"""Words that are taken for a filter without its prefix, because they can mean nothing else here.

Only in the bare phrase (quotes keep words words), and only:

- a month and a year, with or without a day: ``july 2023``, ``14 july 2023``;
- a day in numbers: ``2023-07-14``, ``14.7.2023``;
- a camera of the library, whose name must hold a digit: ``pixel 8``, ``eos 5d``; "canon" may well
  be a gun, and "2023" a number on a house.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from search.query import dates
from search.query.forms import Filter
from search.query.parts import Words
from search.query.query import Query
from store.filters import Camera, Condition, Taken

MOST_WORDS = 5

_WHOLE_DATE = re.compile(r".*[^\W\d_].*\d{4}|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4}")
_RANGE_WORDS = ("last", "this")


def understand(query: Query, cameras: Iterable[str] = (), today: date | None = None) -> Query:
    """The query with such words made filters. ``cameras`` are the library's.

    Words stay words if the query is literal, or if a filter of that key is there already.
    """
    place = _bare_phrase(query)
    if query.literal or place is None:
        return query
    words = str(query.parts[place]).split()
    known = {one.key for one in query.filters}
    names = [name.lower().split() for name in cameras]
    found: list[Filter] = []
    for filter_, start, end in _recognised(words, names, today or date.today()):
        if filter_.key not in known | {one.key for one in found}:
            words[start:end] = [""] * (end - start)
            found.append(filter_)
    rest = " ".join(word for word in words if word)
    parts = (*query.parts[:place], *([Words(rest)] if rest else []), *query.parts[place + 1 :])
    if not found:
        return query
    filters = (*query.filters, *found)
    return replace(query, parts=parts, filters=filters, understood=tuple(found))


def _bare_phrase(query: Query) -> int | None:
    for place, part in enumerate(query.parts):
        if isinstance(part, Words) and part.weight == 1 and not part.literal:
            return place
    return None


def _recognised(
    words: list[str], cameras: list[list[str]], today: date
) -> Iterator[tuple[Filter, int, int]]:
    """Filters and the words they stand for, longest first, none of them in two."""
    lower, start = [word.lower() for word in words], 0
    while start < len(words):
        for end in range(min(len(words), start + MOST_WORDS), start, -1):
            condition = _date(lower[start:end], today) or _camera(lower[start:end], cameras)
            if condition is not None:
                yield Filter(condition), start, end
                start = end - 1
                break
        start += 1


def _date(words: list[str], today: date) -> Condition | None:
    text = " ".join(words)
    if not _WHOLE_DATE.fullmatch(text) or words[0] in _RANGE_WORDS:
        return None
    try:
        return Taken(*dates.period(text, today))
    except ValueError:
        return None


def _camera(words: list[str], cameras: list[list[str]]) -> Condition | None:
    """Whole words in a row of a camera's name, one of them with a digit and a letter, or two."""
    text = " ".join(words)
    if len(words) < 2 and not re.search(r"[^\W\d_]\W?\d|\d[^\W\d_]", text):
        return None
    if not any(letter.isdigit() for letter in text) or len(text) < 3:
        return None
    for camera in cameras:
        starts = range(len(camera) - len(words) + 1)
        if any(camera[start : start + len(words)] == words for start in starts):
            return Camera(text)
    return None
