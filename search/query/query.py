"""A question, as a value."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from errors import QueryError
from search.query.chips import Chip, chips, piece_text, pieces, without
from search.query.forms import Filter, tree_of
from search.query.parts import Part, Picture, Words
from search.query.settings import DEFAULT_LIMIT
from search.relevance import DEFAULT_STRICTNESS
from store.filters import Tree


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, among which photographs, and how to show it.

    ``str(query)`` is its text form, and ``parse(str(query)) == query``. Raises QueryError if there
    is nothing to look for, or a number makes no sense.
    """

    parts: tuple[Part, ...] = ()
    filters: tuple[Filter, ...] = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    literal: bool = False
    only: Literal["meaning", "text"] | None = None
    sort: Literal["relevance", "date", "name"] = "relevance"
    group: bool = True
    """Whether shots of one moment are one hit."""
    strictness: float = DEFAULT_STRICTNESS
    """How sure a match must be, 0 to 100."""
    everything: bool = False
    """Whether a query without parts and filters is meant so: the whole library, newest first."""
    understood: tuple[Filter, ...] = field(default=(), compare=False)
    """Those of the filters that were words in the text."""

    def __post_init__(self) -> None:
        if not self.parts and not self.filters and not self.everything:
            raise QueryError("nothing to look for; give some words or a picture")
        if self.limit < 1:
            raise QueryError(f"limit {self.limit}: the number of results must be at least 1")
        if self.offset < 0:
            raise QueryError(f"offset {self.offset}: must be at least 0")
        if not 0 <= self.strictness <= 100:
            raise QueryError(f"strictness {self.strictness:g}: give a number from 0 to 100")
        if self.only == "text" and not any(isinstance(part, Words) for part in self.parts):
            raise QueryError("only:text needs words to look for in names, folders and tags")
        object.__setattr__(self, "parts", _one_bare_phrase(self.parts))

    @classmethod
    def of(
        cls, *texts: str, images: Iterable[Path] = (), limit: int = DEFAULT_LIMIT, offset: int = 0
    ) -> "Query":
        """Look for phrases, as they stand, and pictures; all of weight one."""
        words = [Words(text, literal=True) for text in texts]
        pictures = [Picture(path) for path in images]
        return cls((*words, *pictures), limit=limit, offset=offset)

    @property
    def texts(self) -> tuple[str, ...]:
        """The phrases that are looked for."""
        return tuple(p.text for p in self.parts if isinstance(p, Words) and p.weight > 0)

    @property
    def images(self) -> tuple[Path, ...]:
        """The picture files that are looked for."""
        pictures = (p for p in self.parts if isinstance(p, Picture) and p.weight > 0)
        return tuple(p.source for p in pictures if isinstance(p.source, Path))

    @property
    def where(self) -> Tree | None:
        """The filters as one condition; None for every photograph."""
        return tree_of(self.filters)

    @property
    def depth(self) -> int:
        """How many hits, best first, reach to the end of the page."""
        return self.offset + self.limit

    @property
    def chips(self) -> tuple[Chip, ...]:
        """The pieces of the text form, for a page to show and to take away."""
        return chips(self)

    def without(self, chip: Chip) -> "Query":
        """The query less one chip. Raises QueryError if nothing remains to look for."""
        return without(self, chip)

    def __str__(self) -> str:
        return " ".join(piece_text(self, item) for item in pieces(self))


def _one_bare_phrase(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Words without quotes or weight are one phrase, so of several the later ones get quotes."""
    found = False
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, Words) and part.weight == 1 and not part.literal:
            part, found = replace(part, literal=found), True
        kept.append(part)
    return tuple(kept)
