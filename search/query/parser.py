"""From a query's text to a Query, by rules. docs/query.md explains them to people."""

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from errors import QueryError
from search.query.forms import BY_KEY, FORMS, Filter, Form
from search.query.lexer import Token, tokens
from search.query.parts import Part, Picture, Url, Words, path_of, source_of
from search.query.query import Query
from search.query.settings import SETTING_BY_KEY, SETTINGS

PICTURE_KEYS = ("id", "image")
DATE_KEYS = ("after", "before", "date")
KEYS = (*PICTURE_KEYS, *(form.key for form in FORMS), *(setting.key for setting in SETTINGS))


def parse(text: str, *, today: date | None = None, **defaults: Any) -> Query:
    """Read a query. ``defaults`` are fields of Query for what the text does not say.

    Raises QueryError with the column of the mistake and what was expected there.
    """
    if not text.strip():
        raise QueryError("empty query; give some words")
    reading = _Reading(today or date.today())
    waiting = tokens(text)
    while waiting:
        taken = reading.take(waiting)
        del waiting[:taken]
    return reading.query(defaults)


@dataclass(slots=True)
class _Reading:
    """What was read so far. The bare words are one phrase, at the place of the first of them."""

    today: date
    parts: list[Part | None] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def take(self, waiting: list[Token]) -> int:
        """Read the first token, and those that belong to it; how many that were."""
        token = waiting[0]
        if token.key is None:
            self._part(token)
            return 1
        if token.weight is not None and token.key not in PICTURE_KEYS:
            raise QueryError(
                f"{token.key}: has no weight; expected words or a picture", token.column
            )
        if token.key in DATE_KEYS and not token.quoted:
            return self._date(waiting)
        self._keyed(token)
        return 1

    def query(self, defaults: Mapping[str, Any]) -> Query:
        phrase = [Words(" ".join(self.words))] if self.words else []
        parts = [part for some in self.parts for part in ([some] if some else phrase)]
        return Query(tuple(parts), tuple(self.filters), **{**defaults, **self.settings})

    def _part(self, token: Token) -> None:
        if token.plain and source_of(token.value) is None:
            if not self.words:
                self.parts.append(None)
            self.words.append(token.text)
            return
        if not token.value.strip():
            raise QueryError(f"expected words or a picture after {token.text!r}", token.end)
        source = None if token.quoted else source_of(token.value)
        with _at(token):
            self.parts.append(
                Words(token.value, _weight(token), token.quoted)
                if source is None
                else Picture(source, _weight(token))
            )

    def _keyed(self, token: Token) -> None:
        key, value = token.key or "", token.value
        if key not in KEYS:
            raise QueryError(_unknown(key), token.column)
        if not (value if key == "image" else value.strip()):  # a file may be named by a space
            raise QueryError(f"expected {_expected(key)} after {key}:", token.end)
        if key in PICTURE_KEYS:
            self._picture(token)
        elif key in SETTING_BY_KEY:
            self._setting(token)
        else:
            self._filter(BY_KEY[key], value, token)

    def _picture(self, token: Token) -> None:
        with _at(token):
            self.parts.append(Picture(_picture_source(token), _weight(token)))

    def _setting(self, token: Token) -> None:
        setting = SETTING_BY_KEY[token.key or ""]
        if token.negated:
            raise QueryError(f"{setting.key}: cannot be negated", token.column)
        try:
            self.settings[setting.field] = setting.read(token.value)
        except ValueError as error:
            raise _mistake(token, error) from error

    def _filter(self, form: Form, value: str, token: Token) -> None:
        try:
            condition = form.read(value, self.today)
        except ValueError as error:
            raise _mistake(token, error) from error
        self.filters.append(Filter(condition, token.negated))

    def _date(self, waiting: list[Token]) -> int:
        """A date may go on in the next words, ``date:july 2023``: the longest that is one."""
        token, form = waiting[0], BY_KEY[waiting[0].key or ""]
        for count in (3, 2):
            more = waiting[1:count]
            if len(more) == count - 1 and all(word.plain for word in more):
                value = " ".join([token.value, *(word.text for word in more)])
                try:
                    form.read(value, self.today)
                except ValueError:
                    continue
                self._filter(form, value, token)
                return count
        self._keyed(token)
        return 1


def _weight(token: Token) -> float:
    weight = 1.0 if token.weight is None else token.weight
    return -weight if token.negated else weight


def _picture_source(token: Token) -> Path | Url | int:
    if token.key == "id":
        if not (token.value.isascii() and token.value.isdigit()):
            raise QueryError(f"{token.value!r} is no number; expected {_expected('id')}")
        return int(token.value[:20])
    return path_of(token.value)


@contextmanager
def _at(token: Token) -> Iterator[None]:
    """Say where in the text a part is that cannot be looked for."""
    try:
        yield
    except QueryError as error:
        raise QueryError(str(error), token.column) from error


def _mistake(token: Token, error: ValueError) -> QueryError:
    key = token.key or ""
    return QueryError(f"{key}: {error}; expected {_expected(key)}", token.column)


def _expected(key: str) -> str:
    if key == "id":
        return "the number of a photograph in the library"
    if key == "image":
        return "the path of a picture"
    return BY_KEY[key].expected if key in BY_KEY else SETTING_BY_KEY[key].expected


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, KEYS, n=1)
    guess = f"did you mean {near[0]}:?" if near else f"expected one of {', '.join(KEYS)}"
    return f"unknown filter {key}: {guess} (in quotes it is words)"
