"""Making an index from the catalog: all compared, or sorted into lists and tuned."""

from collections.abc import Callable, Iterable

import numpy as np

from store import tuning
from store.inverted import InvertedBase
from store.kmeans import spherical_kmeans
from store.records import VectorChanges
from store.tuning import (
    RECALL_OF_LISTS,
    Effort,
    centroid_sample,
    fewest_lists,
    lengths_for,
    lists_for,
    outgrown,
    questions,
    tuned,
    with_candidates,
)
from store.vector_index import Vectors
from store.vectors import FaissIndex, Seen

Read = Callable[[], Iterable[VectorChanges]]
ROUNDS = 8
"""Of k-means; more move no figure."""


def build(dimension: int, read: Read, count: int, texts: Vectors | None = None) -> FaissIndex:
    """An index of the ``count`` vectors that each call of ``read`` gives, as suits their number.

    ``texts`` float32 (n, d) are questions as people ask them, if some are known, to tune it with.
    Two readings, of one committed state or not: what came between them is in the second.
    """
    lists = lists_for(count, dimension)
    if not lists:
        return FaissIndex.build(dimension, read())
    centroids = spherical_kmeans(centroid_sample(read(), count, lists), lists, rounds=ROUNDS)
    seen = Seen(read())
    base = _coded(InvertedBase.build(centroids, seen))
    return FaissIndex(dimension, base.with_effort(_tuned(base, texts)), seen.change)


def renewed(index: FaissIndex, read: Read, texts: Vectors | None = None) -> FaissIndex:
    """The index with its tail in the base; built anew where its number calls for other lists."""
    base = index.base
    if not isinstance(base, InvertedBase) or is_outgrown(index):
        return build(index.dimension, read, index.count, texts)
    tail = index.changes()
    gone = np.union1d(tail.ids, tail.removed)
    base = base.with_changes(gone, tail.ids, tail.vectors.astype(np.float32))
    return FaissIndex(index.dimension, _with_codes(base, texts), index.change)


def is_outgrown(index: FaissIndex) -> bool:
    """Whether its number of vectors calls for another kind of base, or other lists."""
    base = index.base
    trained = base.effort.trained if isinstance(base, InvertedBase) else 0
    return outgrown(trained, index.count, index.dimension)


def retuned(index: FaissIndex, texts: Vectors) -> FaissIndex:
    """The index opening as many lists as these questions need; itself where all are compared."""
    if not isinstance(index.base, InvertedBase):
        return index
    twin = index.copy()
    twin.base = index.base.with_effort(_tuned(index.base, texts))
    return twin


def _coded(base: InvertedBase) -> InvertedBase:
    return base.with_codes() if base.index.ntotal >= tuning.FEWEST_WITH_CODES else base


def _with_codes(base: InvertedBase, texts: Vectors | None) -> InvertedBase:
    """The base coded and tuned, if it had no codes: they were lost, or not yet invented."""
    coded = base if base.codes.now() else _coded(base)
    return base if coded is base else coded.with_effort(_tuned(coded, texts))


def _tuned(base: InvertedBase, texts: Vectors | None) -> Effort:
    ids, lists = base.ids, base.index.nlist
    asked = questions(base.vectors(ids[:: max(1, len(ids) // 1000)]), texts)
    true = [base.nearest(question, max(lengths_for(len(ids)))) for question in asked]
    pairs = list(zip(asked, true, strict=True))
    places = np.stack([base.places(*pair) for pair in pairs])
    fewest = fewest_lists(len(ids), lists, texts)

    def reached(effort: Effort, k: int) -> float:
        trial = base.with_effort(effort)
        return float(np.mean([trial.recall(*pair, k) for pair in pairs]))

    effort = tuned(places, len(ids), lists, fewest)
    if base.codes.now() is None:
        return effort
    wider = with_candidates(tuned(places, len(ids), lists, fewest, RECALL_OF_LISTS), reached)
    return wider if wider.ranked else effort
