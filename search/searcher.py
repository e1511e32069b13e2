"""Answers questions. Each step is a function of its own over values; this strings them together."""

import time
from collections.abc import Mapping

import numpy as np

from encoder import Encoder
from errors import ModelError
from search.answer import Answer, Hit
from search.calibration import calibration_of
from search.embedding import Embedder, OpenExample, Question
from search.fusion import FUSED, by_text, fused, judged_with_names, present
from search.nearest import Ids, Ranking, nearest
from search.notes import notes_on
from search.query import Query
from search.textual import TextMatch, text_matches
from store import SpaceRecord, Store, VectorIndex

PAGES_TOGETHER = 200
"""Pages within so many hits are cut from one ranking: equal scores come in one order there."""


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
        question = Embedder(self._store, self._encoder, space, self._open_example).question(query)
        texts = text_matches(self._store.catalog, query, index.count)
        ranking = self._rank(query, question, index, texts)
        page = ranking.page(query.offset, query.limit)
        relevance = self._judge(page, question, query, space)
        hits = self._hits(page, judged_with_names(relevance, page, texts), texts, query.offset)
        context = self._encoder.info.context_length
        notes = notes_on(query, hits, self._store.catalog, index.count, context)
        seconds = time.monotonic() - begun
        return Answer(query, hits, index.count, space.model, notes, seconds)

    def _rank(
        self,
        query: Query,
        question: Question | None,
        index: VectorIndex,
        texts: Mapping[int, TextMatch],
    ) -> Ranking:
        only = self._allowed(query)
        if question is None:
            newest = self._store.catalog.newest_first(only)
            listed = Ranking(newest, np.zeros(len(newest), dtype=np.float32))
            return by_text(texts, newest) if query.parts else listed
        among = present(texts, index, only, question.own)
        depth = -(-query.depth // PAGES_TOGETHER) * PAGES_TOGETHER
        depth = max(FUSED, depth) if among else depth
        meaning = nearest(index, question, depth, only)
        return fused(meaning, among, question, index) if among else meaning

    def _allowed(self, query: Query) -> Ids | None:
        """Ids of the photographs that the filters leave; None for all."""
        return None if query.where is None else self._store.catalog.matching(query.where)

    def _judge(
        self, ranking: Ranking, question: Question | None, query: Query, space: SpaceRecord
    ) -> list[float | None]:
        """The relevance of hits; None for each if nothing was asked but filters, or the noise of
        the space was never measured."""
        calibration = calibration_of(self._store, space)
        if question is None or calibration is None or question.kind not in calibration.noises:
            return [None] * len(ranking.ids)
        index = self._store.vectors(space)
        relevance = calibration.relevance(
            question.toward,
            question.kind,
            index.vectors(ranking.ids),
            among=index.count,
            strictness=query.strictness,
        )
        return [float(value) for value in relevance]

    def _hits(
        self,
        ranking: Ranking,
        relevance: list[float | None],
        texts: Mapping[int, TextMatch],
        before: int,
    ) -> tuple[Hit, ...]:
        """The photographs of a page, ranked from after those ``before`` it."""
        photos = self._store.catalog.photos(ranking.ids.tolist())
        rows = zip(ranking.ids.tolist(), ranking.scores.tolist(), relevance, strict=True)
        there = [
            (score, photos[key], judged, texts[key].where if key in texts else frozenset())
            for key, score, judged in rows
            if key in photos
        ]
        return tuple(Hit(rank, *hit) for rank, hit in enumerate(there, before + 1))

    def _require_same_space(self, space: SpaceRecord) -> None:
        info = self._encoder.info
        if info.fingerprint != space.fingerprint:
            raise ModelError(
                f"the library was indexed with {space.model} {space.fingerprint[:8]}, this is "
                f"{info.name} {info.fingerprint[:8]}; bring it up to date with: photoseek index"
            )
