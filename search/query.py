"""A question, as a value."""

from dataclasses import dataclass
from pathlib import Path

from errors import QueryError

DEFAULT_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Query:
    """Words, example pictures, or both; the answer is nearest to all of them together.

    Raises QueryError if there is nothing to look for or ``limit`` is below one.
    """

    texts: tuple[str, ...] = ()
    images: tuple[Path, ...] = ()
    limit: int = DEFAULT_LIMIT

    def __post_init__(self) -> None:
        if not self.texts and not self.images:
            raise QueryError("nothing to look for; give some words or a picture")
        if any(not text.strip() for text in self.texts):
            raise QueryError("empty query; give some words")
        if any(_undecodable(text) for text in self.texts):
            raise QueryError("the query is not valid text; is the terminal's encoding UTF-8?")
        if self.limit < 1:
            raise QueryError(f"limit {self.limit}: the number of results must be at least 1")


def _undecodable(text: str) -> bool:
    """Whether bytes of another encoding came through the command line."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)
