"""Answers questions. Each step is a function of its own over values; this strings them together."""

import time
from collections.abc import Sequence

import numpy as np

from encoder import Encoder
from errors import ModelError, QueryError
from search.answer import Answer, Hit
from search.calibration import calibration_of
from search.embedding import Embedder, OpenExample, Question
from search.grouping import Found, find_moments, in_order
from search.nearest import Ids, nearest
from search.query import Query
from search.relevance import verdict_of
from store import SpaceRecord, Store


class Searcher:
    """Searches one library with the encoder it was indexed with.

    ``open_example`` reads the pictures a query names; it raises PictureError or PathError.
    """

    def __init__(self, store: Store, encoder: Encoder, open_example: OpenExample) -> None:
        self._store = store
        self._encoder = encoder
        self._open_example = open_example

    def search(self, query: Query, space: SpaceRecord) -> Answer:
        """The photographs that meet the query's filters, nearest to its parts in ``space`` first.

        A query picture is left out of its own results. Raises ModelError if the encoder is not
        the space's own, NoTextTower for words and an image-only model.
        """
        begun = time.monotonic()
        self._require_same_space(space)
        index = self._store.vectors(space)
        question = self._question(query, space)
        allowed = self._allowed(query)
        found = find_moments(
            query,
            lambda count: nearest(index, question, count, allowed),
            self._store.catalog.photos,
            index,
        )
        judged = self._judge(found, question, query, space)
        hits = _hits(query, found, judged)
        seconds = time.monotonic() - begun
        notes = self._notes(query, index.count)
        best = max((one for one in judged if one is not None), default=None)
        return Answer(query, hits, index.count, space.model, notes, seconds, best)

    def _question(self, query: Query, space: SpaceRecord) -> Question:
        question = Embedder(self._store, self._encoder, space, self._open_example).question(query)
        if question is None:
            raise QueryError("nothing to look for; give some words or a picture")
        return question

    def _allowed(self, query: Query) -> Ids | None:
        """Ids of the photographs that the filters leave; None for all."""
        if query.where is not None:
            raise QueryError(f"{query.filters[0]}: filters come with the next change")
        return None

    def _judge(
        self, found: Sequence[Found], question: Question, query: Query, space: SpaceRecord
    ) -> list[float | None]:
        """The relevance of hits; None for each if the noise of the space was never measured."""
        calibration = calibration_of(self._store, space)
        if calibration is None or question.kind not in calibration.noises:
            return [None] * len(found)
        index = self._store.vectors(space)
        relevance = calibration.relevance(
            question.toward,
            question.kind,
            index.vectors(np.array([one.photo.id for one in found], dtype=np.int64)),
            among=index.count,
            strictness=query.strictness,
        )
        return [float(value) for value in relevance]

    def _require_same_space(self, space: SpaceRecord) -> None:
        info = self._encoder.info
        if info.fingerprint != space.fingerprint:
            raise ModelError(
                f"the library was indexed with {space.model} {space.fingerprint[:8]}, this is "
                f"{info.name} {info.fingerprint[:8]}; bring it up to date with: photoseek index"
            )

    def _notes(self, query: Query, photos: int) -> tuple[str, ...]:
        if not photos:
            return ("the library holds no photographs yet",)
        length = self._encoder.info.context_length
        longest = max((len(text.split()) for text in query.texts), default=0)
        if length is None or longest <= length:
            return ()
        return (f"the query has {longest} words; the model read about the first {length}",)


def _hits(query: Query, found: Sequence[Found], judged: Sequence[float | None]) -> tuple[Hit, ...]:
    """The hits of the query's page, ranked from after those before it."""
    matches = [one is None or verdict_of(one) != "rest" for one in judged]
    page = in_order(found, matches, query)
    return tuple(
        Hit(rank, one.score, one.photo, judged[place], one.others)
        for rank, (one, place) in enumerate(page, query.offset + 1)
    )
