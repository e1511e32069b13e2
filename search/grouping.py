"""Candidates become hits: as many groups as a page needs, then in the order that was asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from search.likeness import Scale
from search.moments import Shots, group_moments
from search.nearest import Ranking
from search.query import Query
from store import Photo, VectorIndex

MOST_SORTED = 1000
"""Sorted by date or name are the best so many: then every page is cut from one list."""
_OVERSAMPLED, _EXTRA = 2, 20
_FEWEST = 64

Rank = Callable[[int], Ranking]
Look = Callable[[Iterable[int]], Mapping[int, Photo]]


@dataclass(frozen=True, slots=True)
class Found:
    """The best photograph of a moment, its score, and the others of the moment, best first."""

    photo: Photo
    score: float
    others: tuple[Photo, ...] = ()


def find_moments(query: Query, rank: Rank, look: Look, index: VectorIndex) -> list[Found]:
    """Groups, best first: at least to the end of the query's page, if there are as many.

    Where moments swallow candidates, more are asked for until groups are enough. Counts are powers
    of two, so that pages near each other are cut from one ranking, equal scores and all.
    """
    wanted = query.depth if query.sort == "relevance" else MOST_SORTED
    count = (_OVERSAMPLED if query.group else 1) * wanted + _EXTRA
    count = max(_FEWEST, 1 << (count - 1).bit_length())
    while True:
        ranking = rank(count)
        found = list(_grouped(ranking, look(ranking.ids.tolist()), index, group=query.group))
        if len(found) >= wanted or len(ranking.ids) < count:
            return found if query.sort == "relevance" else found[:MOST_SORTED]
        count *= 2


def _grouped(
    ranking: Ranking, photos: Mapping[int, Photo], index: VectorIndex, *, group: bool
) -> Iterator[Found]:
    rows = [row for row, key in enumerate(ranking.ids.tolist()) if key in photos]
    known = [photos[int(ranking.ids[row])] for row in rows]
    scores = ranking.scores[rows].tolist()
    if not group:
        yield from map(Found, known, scores)
        return
    shots = Shots.of(known, scores, index.vectors(ranking.ids[rows]))
    for first, *others in group_moments(shots, Scale.of_index(index)):
        yield Found(known[first], scores[first], tuple(known[other] for other in others))


def in_order(
    found: Sequence[Found], matches: Sequence[bool], query: Query
) -> list[tuple[Found, int]]:
    """The page of a query: each hit with its place in ``found``.

    By date the newest come first; by date and by name, those that match before the rest.
    """
    places = list(range(len(found)))
    if query.sort == "date":
        places.sort(key=lambda place: _date(found[place].photo), reverse=True)
    elif query.sort == "name":
        places.sort(key=lambda place: _name(found[place].photo))
    if query.sort != "relevance":
        places.sort(key=lambda place: not matches[place])
    return [(found[place], place) for place in places[query.offset : query.depth]]


def _date(photo: Photo) -> datetime:
    return photo.taken_at or photo.file_time or datetime.min


def _name(photo: Photo) -> tuple[str, str]:
    path = photo.paths[0]
    return path.name.casefold(), str(path)
