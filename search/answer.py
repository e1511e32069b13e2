"""What a question gets: hits, best first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from search.query import Query
from store import Photo


@dataclass(frozen=True, slots=True)
class Hit:
    """One distinct picture with every path it is at. ``score`` is the cosine, −1 to 1,
    less what the query's negatives take from it."""

    rank: int
    score: float
    photo: Photo

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
