"""Answers questions. Each step is a function of its own over values; this strings them together."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from encoder import Encoder
from errors import ModelError
from search.answer import Answer, Hit
from search.embedding import Embedder, OpenExample, Question, without
from search.fusion import FUSED, by_text, fused, judged_with_names, present
from search.grouping import Found, Rank, find_moments, in_order
from search.judging import judge
from search.nearest import Allowed, Ids, Ranking, nearest
from search.notes import notes_on
from search.query import Query
from search.relevance import verdict_of
from search.steps import Steps
from search.textual import TextMatch, text_matches, where_named
from store import FilteringIndex, SpaceRecord, Store, VectorIndex


class Searcher:
    """Searches one library with the encoder it was indexed with.

    ``open_example`` reads the pictures a query names; it raises PictureError or PathError.
    """

    def __init__(self, store: Store, encoder: Encoder, open_example: OpenExample) -> None:
        self._store = store
        self._encoder = encoder
        self._open_example = open_example

    def search(self, query: Query, space: SpaceRecord, as_of: int | None = None) -> Answer:
        """The photographs that meet the query's filters, nearest to its parts in ``space`` first.

        A query picture is left out of its own results. ``as_of`` a change number, photographs
        that came later are left out: pages of one answer fit together while a library grows.
        Raises ModelError if the encoder is not the space's own, NoTextTower for words and an
        image-only model.
        """
        begun, steps = time.monotonic(), Steps()
        self._require_same_space(space)
        with steps.step("open"):
            index = self._store.vectors(space)
            newer = self._newer(space, as_of)
        with steps.step("embed"):
            embedder = Embedder(self._store, self._encoder, space, self._open_example)
            question = without(embedder.question(query), newer)
        with steps.step("names"):
            texts = text_matches(self._store.catalog, query, index.count)
        with steps.step("filter"):
            allowed = self._allowed(query, question, index)
        with steps.step("nearest"):
            rank = self._ranks(query, question, allowed, texts, newer)
            found = find_moments(query, rank, self._store.catalog.photos, index)
        with steps.step("judge"):
            relevance = self._judged(query, question, found, allowed, space)
            judged = judged_with_names(relevance, found, texts)
        hits = _hits(query, found, judged, texts)
        context = self._encoder.info.context_length
        notes = notes_on(query, hits, self._store.catalog, index.count, context)
        return Answer(
            query=query,
            hits=hits,
            photos=index.count,
            model=space.model,
            notes=notes,
            seconds=time.monotonic() - begun,
            steps=steps.seconds,
            best=max((one for one in judged if one is not None), default=None),
        )

    def _judged(
        self,
        query: Query,
        question: Question | None,
        found: Sequence[Found],
        allowed: Allowed,
        space: SpaceRecord,
    ) -> list[float | None]:
        if question is None:
            return [None] * len(found)
        among, strictness = len(allowed), query.strictness
        vectors = allowed.index.vectors(np.array([one.photo.id for one in found], dtype=np.int64))
        return judge(self._store, space, question, vectors, among=among, strictness=strictness)

    def _newer(self, space: SpaceRecord, as_of: int | None) -> frozenset[int]:
        """Photographs that came to the space after a change."""
        if as_of is None or as_of >= self._store.catalog.last_change():
            return frozenset()
        return frozenset(self._store.catalog.put_since(space.id, as_of))

    def _ranks(
        self,
        query: Query,
        question: Question | None,
        allowed: Allowed,
        texts: Mapping[int, TextMatch],
        newer: frozenset[int],
    ) -> Rank:
        """The best so many, by meaning, by names, or by both; by time if nothing was asked."""
        index, only = allowed.index, allowed.ids
        if question is None:
            newest_first = self._store.catalog.newest_first(only)
            if newer:
                newest_first = newest_first[~np.isin(newest_first, list(newer))]
            listed = _listed(query, newest_first, index, texts)
            return lambda count: listed.page(0, count)
        among = present(texts, index, only, question.own)
        if not among:
            return lambda count: nearest(index, question, count, only)

        def both(count: int) -> Ranking:
            meaning = nearest(index, question, max(FUSED, count), only)
            return fused(meaning, among, question, index).page(0, count)

        return both

    def _allowed(self, query: Query, question: Question | None, index: VectorIndex) -> Allowed:
        """The photographs that the filters leave. An index that can, finds them as it searches;
        those that are not asked for by meaning are listed by the catalog, which has their dates."""
        if query.where is None:
            return Allowed(index)
        if question is not None and isinstance(index, FilteringIndex):
            return Allowed(index.matching(query.where))
        return Allowed(index, self._store.catalog.matching(query.where))

    def _require_same_space(self, space: SpaceRecord) -> None:
        info = self._encoder.info
        if info.fingerprint != space.fingerprint:
            raise ModelError(
                f"the library was indexed with {space.model} {space.fingerprint[:8]}, this is "
                f"{info.name} {info.fingerprint[:8]}; bring it up to date with: photoseek index"
            )


def _listed(
    query: Query, newest_first: Ids, index: VectorIndex, texts: Mapping[int, TextMatch]
) -> Ranking:
    """Photographs without a question of meaning; those that have no vector yet wait for it."""
    ids = newest_first[np.isin(newest_first, index.among(np.sort(newest_first)))]
    if query.parts:
        return by_text(texts, ids)
    return Ranking(ids, np.zeros(len(ids), dtype=np.float32))


def _hits(
    query: Query,
    found: Sequence[Found],
    judged: Sequence[float | None],
    texts: Mapping[int, TextMatch],
) -> tuple[Hit, ...]:
    """The hits of the query's page, ranked from after those before it."""
    matches = [one is None or verdict_of(one) != "rest" for one in judged]
    page = in_order(found, matches, query)
    return tuple(
        Hit(rank, one.score, one.photo, judged[place], one.others, where_named(texts, one.photo.id))
        for rank, (one, place) in enumerate(page, query.offset + 1)
    )
