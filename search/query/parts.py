"""What a query looks for: words and pictures, each with a weight."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from errors import QueryError
from search.query.lexer import headed, in_quotes, tokens
from search.query.numbers import plain

MOST_WEIGHT = 100.0


@dataclass(frozen=True, slots=True)
class Url:
    """Where a picture is on the web."""

    address: str

    def __str__(self) -> str:
        return self.address


Source: TypeAlias = Path | Url | int
"""Of a picture: a file, an address, or the id of a photograph in the library."""


@dataclass(frozen=True, slots=True)
class Words:
    """A phrase. A negative weight pushes away what it describes.

    A ``literal`` one stands in quotes: nothing in it is understood as a filter. Words that would
    not be read back without quotes are literal by themselves.
    """

    text: str
    weight: float = 1.0
    literal: bool = False

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise QueryError("empty query; give some words")
        if any("\ud800" <= letter <= "\udfff" for letter in self.text):
            raise QueryError("the query is not valid text; is the terminal's encoding UTF-8?")
        _check_weight(self.weight)
        if not self.literal and not self._reads_back():
            object.__setattr__(self, "literal", True)

    def __str__(self) -> str:
        head = _head(self.weight)
        return head + in_quotes(self.text) if self.literal else head + self.text

    def _reads_back(self) -> bool:
        if self.weight != 1:
            return headed(_head(self.weight), self.text) == _head(self.weight) + self.text and (
                source_of(self.text) is None
            )
        words = self.text.split()
        return " ".join(words) == self.text and all(map(_is_plain, words))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as an example. A negative weight pushes away what looks like it."""

    source: Source
    weight: float = 1.0

    def __post_init__(self) -> None:
        _check_weight(self.weight)
        if isinstance(self.source, int) and not 0 < self.source < 2**63:
            raise QueryError(f"id:{self.source}: expected the number of a photograph, from 1")

    def __str__(self) -> str:
        head = _head(self.weight)
        if isinstance(self.source, int):
            return f"{head}id:{self.source}"
        if isinstance(self.source, Url):
            return head + self.source.address
        path = self.source.as_posix()
        shown = path if path.startswith(("/", "../", "~")) else f"./{path}"
        if headed(head, shown) == head + shown and source_of(shown) == self.source:
            return head + shown
        return f"{head}image:{in_quotes(str(self.source))}"


Part: TypeAlias = Words | Picture


def source_of(value: str) -> Path | Url | None:
    """The picture that a token without a key plainly is; None for words.

    Nothing is looked for on the disk: what a text means does not depend on where it is read.
    """
    if re.match(r"https?://\S+$", value, re.IGNORECASE):
        return Url(value)
    if re.match(r"(\.{1,2}[/\\]|/|~[/\\]|[A-Za-z]:[/\\])[^/\\]", value):
        return path_of(value)
    return None


def path_of(value: str) -> Path:
    """A path as a person writes it; ``~`` is their home."""
    path = Path(value)
    return path.expanduser() if value.startswith("~") else path


@lru_cache(1024)
def _is_plain(word: str) -> bool:
    try:
        (token,) = tokens(word)
    except (QueryError, ValueError):
        return False
    return token.plain and source_of(word) is None


def _head(weight: float) -> str:
    if weight == 1:
        return ""
    sign = "-" if weight < 0 else ""
    return sign if weight == -1 else f"{sign}{plain(abs(weight))}:"


def _check_weight(weight: float) -> None:
    if not math.isfinite(weight) or weight == 0 or abs(weight) > MOST_WEIGHT:
        raise QueryError(
            f"weight {weight:g}: expected a number between 0 and {MOST_WEIGHT:g}, or its negative"
        )
