"""A question, as a value."""

from dataclasses import dataclass
from pathlib import Path

from errors import QueryError
from search.relevance import DEFAULT_STRICTNESS, Kind

DEFAULT_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Query:
    """Words, example pictures, or both; the answer is nearest to all of them together.

    ``strictness``, 0 to 100, moves the line between what matches and what does not. Raises
    QueryError if there is nothing to look for or a number is out of range.
    """

    texts: tuple[str, ...] = ()
    images: tuple[Path, ...] = ()
    limit: int = DEFAULT_LIMIT
    strictness: float = DEFAULT_STRICTNESS

    def __post_init__(self) -> None:
        if not self.texts and not self.images:
            raise QueryError("nothing to look for; give some words or a picture")
        if any(not text.strip() for text in self.texts):
            raise QueryError("empty query; give some words")
        if any(_undecodable(text) for text in self.texts):
            raise QueryError("the query is not valid text; is the terminal's encoding UTF-8?")
        if self.limit < 1:
            raise QueryError(f"limit {self.limit}: the number of results must be at least 1")
        if not 0 <= self.strictness <= 100:
            raise QueryError(f"strictness {self.strictness:g}: give a number from 0 to 100")

    @property
    def kind(self) -> Kind:
        """What it is made of."""
        if self.texts and self.images:
            return "mixed"
        return "text" if self.texts else "image"


def _undecodable(text: str) -> bool:
    """Whether bytes of another encoding came through the command line."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)
