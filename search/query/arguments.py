"""A command line's arguments as one query text: the shell has taken its quotes away."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from errors import QueryError
from search.query.lexer import OPENING, Token, headed, in_quotes, tokens
from search.query.parts import Picture, source_of


def query_text(
    words: Sequence[str],
    *,
    texts: Iterable[str] = (),
    images: Iterable[Path] = (),
    unwanted: Iterable[str] = (),
) -> str:
    """The text of a query: arguments, then what the options of ``photoseek search`` stand for."""
    pieces = [text_of(words), *map(in_quotes, texts)]
    pieces += [str(Picture(path)) for path in images]
    pieces += map(as_negative, unwanted)
    return " ".join(piece for piece in pieces if piece)


def text_of(arguments: Sequence[str]) -> str:
    """One argument is a query's text. Of several, each is a piece of it.

    A piece that begins with a key, a weight or a minus, and holds spaces, was in quotes:
    ``camera:"Pixel 8"`` arrives as ``camera:Pixel 8``. One that holds quotes, or further keys, is
    itself a query's text.
    """
    if len(arguments) < 2:
        return "".join(arguments)
    return " ".join(map(_piece, arguments))


def as_negative(value: str) -> str:
    """What ``--not`` takes: words, or a picture's path."""
    return headed("-", value) if source_of(value) else "-" + in_quotes(value)


def _piece(argument: str) -> str:
    if not any(letter.isspace() for letter in argument) or set(argument) & set(OPENING):
        return argument
    try:
        first, *others = tokens(argument)
    except (QueryError, ValueError):
        return argument
    if first.plain or any(map(_is_special, others)):
        return argument
    head = first.text.removesuffix(first.value)
    return head + in_quotes(argument.strip().removeprefix(head))


def _is_special(token: Token) -> bool:
    return token.key is not None or token.negated
