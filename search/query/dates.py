"""Days, months and years as people write them, in English and German; no library guesses.

``dateparser`` and its like take "may", "sun" and "1" for dates; a query must not.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

_ENGLISH = "january february march april may june july august september october november december"
_GERMAN = "januar februar märz april mai juni juli august september oktober november dezember"
_SHORT = {"sept": 9, "mär": 3, "okt": 10, "dez": 12, "jänner": 1, "maerz": 3}

MONTHS: dict[str, int] = {
    **{name: number for number, name in enumerate(_ENGLISH.split(), 1)},
    **{name[:3]: number for number, name in enumerate(_ENGLISH.split(), 1)},
    **{name: number for number, name in enumerate(_GERMAN.split(), 1)},
    **_SHORT,
}

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_MONTH = r"([^\W\d_]+)\.?"
_DAY = r"(\d{1,2})(?:\.|st|nd|rd|th)?"
_NAMED = re.compile(rf"(?:{_DAY} )?{_MONTH}(?: {_DAY})?,? (\d{{4}})")
_RELATIVE = re.compile(r"(this|last) (week|month|year)")


class Days(NamedTuple):
    """From the first day to the last, both included; None for an open end."""

    first: date | None
    last: date | None


def read(value: str, today: date) -> Days:
    """A period, or two with ``..`` between, either of which may be left out.

    Raises ValueError, saying why, for what is none.
    """
    first, dots, last = value.partition("..")
    if not dots:
        return period(value, today)
    if not first.strip() and not last.strip():
        raise ValueError(f"{value!r} has no date on either side")
    begin = period(first, today).first if first.strip() else None
    end = period(last, today).last if last.strip() else None
    if begin and end and begin > end:
        raise ValueError(f"{value!r} ends before it begins")
    return Days(begin, end)


def period(value: str, today: date) -> Days:
    """A day, month, year, or what is said from today: ``yesterday``, ``last week``."""
    text = " ".join(value.lower().split())
    for days in (*_numbered(text), *_named(text), *_relative(text, today)):
        return days
    raise ValueError(f"{value!r} is no date")


def written(first: date | None, last: date | None) -> tuple[str, str]:
    """The key and value that a period is printed as; the shortest that reads back."""
    if first is None or last is None:
        return ("before", str(last)) if first is None else ("after", str(first))
    if first == last:
        return "date", str(first)
    for shown in (f"{first.year:04}", f"{first:%Y-%m}"):
        if re.fullmatch(_ISO, shown) and period(shown, first) == (first, last):
            return "date", shown
    return "date", f"{first}..{last}"


def _numbered(text: str) -> Iterator[Days]:
    if found := _ISO.fullmatch(text):
        yield _period(*(int(part) if part else None for part in found.groups()))
    elif found := _DOTTED.fullmatch(text):
        day, month, year = map(int, found.groups())
        yield _period(year, month, day)


def _named(text: str) -> Iterator[Days]:
    found = _NAMED.fullmatch(text)
    if found and found[2] in MONTHS and not (found[1] and found[3]):
        day = found[1] or found[3]
        yield _period(int(found[4]), MONTHS[found[2]], int(day) if day else None)


def _relative(text: str, today: date) -> Iterator[Days]:
    if text in ("today", "yesterday"):
        day = today - timedelta(days=text == "yesterday")
        yield Days(day, day)
    elif found := _RELATIVE.fullmatch(text):
        yield _around(found[2], today, back=found[1] == "last")


def _around(unit: str, today: date, *, back: bool) -> Days:
    """The calendar's week (from Monday), month or year around today, or the one before it."""
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Days(monday, monday + timedelta(days=6))
    if unit == "year":
        return _period(today.year - back)
    some_day = today.replace(day=1) - timedelta(days=back)
    return _period(some_day.year, some_day.month)


def _period(year: int | None, month: int | None = None, day: int | None = None) -> Days:
    year = year or 0
    if year < 1:
        raise ValueError("there is no year 0")
    if month is None:
        return Days(date(year, 1, 1), date(year, 12, 31))
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    length = calendar.monthrange(year, month)[1]
    if day is None:
        return Days(date(year, month, 1), date(year, month, length))
    if not 1 <= day <= length:
        raise ValueError(f"there is no day {day} in {_ENGLISH.split()[month - 1].title()} {year}")
    return Days(date(year, month, day), date(year, month, day))
