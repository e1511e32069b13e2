"""More of what is liked, and less of what is not.

The two strategies are those of Qdrant's recommendation API
(https://qdrant.tech/documentation/concepts/explore/#recommendation-api):

- ``average_vector``: one nearest-neighbour search with ``2 · mean(liked) − mean(unliked)``;
- ``best_score``: every photograph is compared with every example; its score is that of the nearest
  liked one or, if an unliked one is nearer, minus the square of that one's score. It keeps several
  different tastes apart, where the average lies between them, and needs nothing liked.
"""

import time
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from encoder import Encoder, Vectors, unit_rows
from errors import QueryError, UsageError
from search.answer import Answer, Hit
from search.collection import Collection, collect
from search.embedding import Embedder, OpenExample
from search.query import Part, Query
from store import SpaceRecord, Store
from store.vector_index import Vector

Strategy = Literal["average_vector", "best_score"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


def average_vector(liked: Vectors, unliked: Vectors) -> Vector:
    """The unit vector to search with, from unit rows (n, d) and (m, d).

    Raises QueryError if nothing is liked.
    """
    if not len(liked):
        raise QueryError(
            "average_vector needs something that is liked; give --like, or --strategy best_score"
        )
    mean = liked.mean(axis=0, keepdims=True)
    away = unliked.mean(axis=0, keepdims=True) if len(unliked) else mean
    found: Vector = unit_rows(2 * mean - away)[0]
    return found


def best_score(vectors: Vectors, liked: Vectors, unliked: Vectors) -> Scores:
    """Scores float32 (k,) of photographs (k, d): −1 to 1."""
    nothing = np.full(len(vectors), -np.inf, dtype=np.float32)
    good = (vectors @ liked.T).max(axis=1) if len(liked) else nothing
    bad = (vectors @ unliked.T).max(axis=1) if len(unliked) else nothing
    return np.where(good > bad, good, -(bad**2)).astype(np.float32)


def recommend(
    store: Store,
    encoder: Encoder,
    space: SpaceRecord,
    open_example: OpenExample,
    query: Query,
    strategy: Strategy,
) -> Answer:
    """Photographs like the query's parts of positive weight and unlike those of negative.

    The examples themselves are left out. Raises QueryError for examples or a strategy that cannot
    be used, PathError or PictureError for a picture.
    """
    if strategy not in STRATEGIES:
        raise UsageError(f"strategy {strategy!r}: one of {', '.join(STRATEGIES)}")
    begun = time.monotonic()
    rows, own = Embedder(store, encoder, space, open_example).embed(query.parts)
    wanted = np.array([part.weight > 0 for part in query.parts])
    liked, unliked = rows[wanted], rows[~wanted]
    if strategy == "average_vector":
        index = store.vectors(space)
        toward = average_vector(liked, unliked)
        found = index.search(toward, query.limit, without=own)
        ids, scores, count = found.ids, found.scores, index.count
    else:
        collection = collect(store, space)
        ids, scores = _best(collection, liked, unliked, own, query.limit)
        count = len(collection)
    hits = _hits(store, ids, scores)
    notes = () if count else ("the library holds no photographs yet",)
    return Answer(query, hits, count, space.model, notes, time.monotonic() - begun)


def as_query(liked: Sequence[Part], unliked: Sequence[Part], limit: int) -> Query:
    """Examples as a query. Raises QueryError for none at all."""
    if not liked and not unliked:
        raise QueryError("nothing to go by; give --like, --unlike or both")
    return Query((*liked, *unliked), limit=limit)


def _best(
    collection: Collection, liked: Vectors, unliked: Vectors, own: set[int], limit: int
) -> tuple[Ids, Scores]:
    scores = collection.map(lambda block: best_score(block, liked, unliked))
    scores[collection.rows(np.fromiter(own, np.int64))] = -np.inf
    best = np.lexsort((collection.ids, -scores))[:limit]
    best = best[np.isfinite(scores[best])]
    return collection.ids[best], scores[best]


def _hits(store: Store, ids: Ids, scores: Scores) -> tuple[Hit, ...]:
    photos = store.catalog.photos(ids.tolist())
    there = [
        (score, photos[key])
        for key, score in zip(ids.tolist(), scores.tolist(), strict=True)
        if key in photos
    ]
    return tuple(Hit(rank, *hit) for rank, hit in enumerate(there, 1))
