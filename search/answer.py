"""What a question gets: hits, best first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload

from search.query import Query
from search.relevance import NOTHING, Verdict, verdict_of
from store import Photo


@dataclass(frozen=True, slots=True)
class Hit:
    """One distinct picture with every path it is at.

    ``score`` is the cosine, −1 to 1, less what the query's negatives take from it; ``relevance``,
    0 to 1, how likely it is what was asked for (``search.relevance``), None where the library's
    noise was never measured. ``named`` says where words of the query are: ``name``, ``folder``,
    ``tag``.
    """

    rank: int
    score: float
    photo: Photo
    relevance: float | None = None
    moment: tuple[Photo, ...] = ()
    """The others of the same moment, and other versions of the photograph, best first."""
    named: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        """How many photographs the hit stands for."""
        return 1 + len(self.moment)

    @property
    def verdict(self) -> Verdict | None:
        return None if self.relevance is None else verdict_of(self.relevance)

    @property
    def path(self) -> Path:
        return self.photo.paths[0]

    @property
    def paths(self) -> tuple[Path, ...]:
        return self.photo.paths


@dataclass(frozen=True, slots=True)
class Answer(Sequence[Hit]):
    """Hits, best first. ``notes`` are sentences a person should see; ``photos``, how many pictures
    were compared."""

    query: Query
    hits: tuple[Hit, ...]
    photos: int
    model: str
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    steps: Mapping[str, float] = field(default_factory=dict)
    """Seconds that each step took, by its name."""
    unsearchable: int = 0
    """Files of the library that are there and could not be considered."""
    best: float | None = None
    """The highest relevance, be it on this page or on another; None if nothing was judged."""

    @property
    def nothing(self) -> bool:
        """Whether nothing in the library matches: the hits are merely the nearest."""
        return self.best is not None and self.best < NOTHING

    @property
    def strong(self) -> tuple[Hit, ...]:
        """Hits beyond doubt."""
        return self._judged("strong")

    @property
    def possible(self) -> tuple[Hit, ...]:
        """Hits that may be meant; those that nobody judged, too."""
        return self._judged("possible")

    @property
    def rest(self) -> tuple[Hit, ...]:
        """Hits that are here because something must be nearest; all of them, if nothing matches."""
        return self._judged("rest")

    def _judged(self, verdict: Verdict) -> tuple[Hit, ...]:
        if self.nothing:
            return self.hits if verdict == "rest" else ()
        return tuple(hit for hit in self.hits if (hit.verdict or "possible") == verdict)

    @overload
    def __getitem__(self, index: int) -> Hit: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...

    def __getitem__(self, index: int | slice) -> Hit | Sequence[Hit]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)
