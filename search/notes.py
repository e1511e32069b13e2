"""Sentences that an answer brings with it: what was understood, left out, or taken for a date."""

from collections.abc import Iterable, Iterator, Sequence

from search.answer import Hit
from search.query import Query
from store import Catalog
from store.filters import InPlace, Taken


def notes_on(
    query: Query, hits: Iterable[Hit], catalog: Catalog, photos: int, context: int | None
) -> tuple[str, ...]:
    """For a person; ``photos`` were compared, ``context`` is the model's most tokens."""
    if not photos:
        return ("the library holds no photographs yet",)
    shown = tuple(hits)
    notes = (
        _understood(query),
        _too_long(query, context),
        _dated(query, shown),
        _none(query, shown),
    )
    return (*(note for some in notes for note in some), *_unknown_places(query, catalog))


def _understood(query: Query) -> Iterator[str]:
    if query.understood:
        shown = ", ".join(map(str, query.understood))
        yield f"understood as {shown}; --literal takes the words for words"


def _none(query: Query, hits: Sequence[Hit]) -> Iterator[str]:
    if not hits and query.offset:
        yield f"there are no more than {query.offset} results"
    elif not hits and query.filters:
        yield f"no photograph meets {' '.join(map(str, query.filters))}"


def _too_long(query: Query, context: int | None) -> Iterator[str]:
    longest = max((len(text.split()) for text in query.texts), default=0)
    if context is not None and longest > context:
        yield f"the query has {longest} words; the model read about the first {context}"


def _dated(query: Query, hits: Iterable[Hit]) -> Iterator[str]:
    """The camera's time is the photograph's; the file's is a guess."""
    if any(isinstance(one.condition, Taken) for one in query.filters):
        count = sum(hit.photo.taken_at is None for hit in hits)
        if count:
            yield f"{count} of these are dated by their files: their cameras did not say when"


def _unknown_places(query: Query, catalog: Catalog) -> Iterator[str]:
    for one in query.filters:
        if isinstance(one.condition, InPlace) and not catalog.knows_place(one.condition.name):
            near = catalog.places_like(one.condition.name)
            guess = f"; did you mean {near[0]}?" if near else ""
            yield f"no photograph was taken in {one.condition.name!r}{guess}"
