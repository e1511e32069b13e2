"""Splits a query's text into tokens, each with the column it begins at.

A token is a plain word, or it has a *head*: a minus, a weight (``2:``), a key (``camera:``), or
several of these in this order. Quotes after the head, or at the beginning, keep spaces together and
take everything between them as it stands; ``\\"`` and ``\\\\`` are a quote and a backslash.
"""

import re
from dataclasses import dataclass

from errors import QueryError

OPENING, CLOSING = '"“„”', '"”“'

_HEAD = re.compile(
    r"(?P<minus>-?)"
    r"(?:(?P<weight>\d+(?:\.\d+)?|\.\d+):(?!\d))?"
    r"(?:(?P<key>[A-Za-z]{2,}):(?!//))?"
)
_BLANK = re.compile(r"\s*")
_REST = re.compile(r"\S*")


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is everything from ``column`` to before ``end``, both from 1; without a head, the
    value is the whole token."""

    column: int
    text: str
    value: str
    negated: bool = False
    weight: float | None = None
    key: str | None = None
    quoted: bool = False

    @property
    def end(self) -> int:
        return self.column + len(self.text)

    @property
    def plain(self) -> bool:
        """Whether it is a word among words."""
        return not (self.negated or self.quoted or self.key or self.weight is not None)


def tokens(text: str) -> list[Token]:
    """Raises QueryError for quotes that do not close, or that something sticks to."""
    found, at = [], _skip(text, 0)
    while at < len(text):
        token = _token(text, at)
        found.append(token)
        at = _skip(text, at + len(token.text))
    return found


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _token(text: str, start: int) -> Token:
    head = _HEAD.match(text, start)
    after = head.end() if head else start
    quoted = after < len(text) and text[after] in OPENING
    if quoted:
        value, end = _quoted(text, after)
    else:
        rest = _REST.match(text, after)
        end = rest.end() if rest else after
        value = text[after:end]
    whole = text[start:end]
    if head is None or (not quoted and _is_a_word(whole)):
        return Token(start + 1, whole, whole, quoted=False)
    weight = head["weight"]
    return Token(
        start + 1,
        whole,
        value,
        negated=bool(head["minus"]),
        weight=float(weight) if weight else None,
        key=head["key"].lower() if head["key"] else None,
        quoted=quoted,
    )


def _is_a_word(whole: str) -> bool:
    """A dash alone, or several, negate nothing."""
    return set(whole) == {"-"} or whole.startswith("--")


def _quoted(text: str, start: int) -> tuple[str, int]:
    """What is between quotes, and where they end."""
    letters, at = [], start + 1
    while at < len(text) and text[at] not in CLOSING:
        escaped = text[at] == "\\" and text[at + 1 : at + 2] in (*CLOSING, "\\")
        at += escaped
        letters.append(text[at])
        at += 1
    if at >= len(text):
        raise QueryError("the quotes that begin here do not end; expected a closing one", start + 1)
    if at + 1 < len(text) and not text[at + 1].isspace():
        raise QueryError(f"expected a space after the quotes, got {text[at + 1]!r}", at + 2)
    return "".join(letters), at + 1


def in_quotes(value: str) -> str:
    """A value between quotes, as ``tokens`` reads it back."""
    escaped = re.sub(r'["“”\\]', lambda found: "\\" + found[0], value)
    return f'"{escaped}"'


def headed(head: str, value: str) -> str:
    """A token of a head and a value, with quotes where the value would not come back without."""
    bare = head + value
    try:
        (token,) = tokens(bare)
    except (QueryError, ValueError):
        return head + in_quotes(value)
    kept = token.text == bare and token.value == value and not token.quoted
    return (
        bare if kept and value and len(bare) - len(value) == len(head) else head + in_quotes(value)
    )
