"""An inverted file: vectors in lists around centroids, of which a question scans the nearest few.

The lists hold the half-precision numbers of the catalog, so scores are exact; what a question may
miss is a neighbour in a list it does not open, or one that is not among the candidates that short
codes find there (``store.codes``). How many of both is tuned (``store.tuning``). Jégou, Douze,
Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33, 2011, section IV.
"""

from collections.abc import Collection, Iterable
from copy import copy
from functools import partial
from itertools import pairwise
from typing import Any

import faiss
import numpy as np

from store.codes import TRAINED_ON, Codes, LazyCodes
from store.lists import NOWHERE, Lists, Numbers, changed, sorted_into_lists
from store.records import VectorChanges
from store.scanning import (
    CODES_WORTH_A_THREAD,
    CORES,
    ROWS_WORTH_A_THREAD,
    Asked,
    Scan,
    Scores,
    all_of,
    best,
    highest,
    in_parallel,
    none_of,
    scan_of_lists,
    threads_for,
)
from store.tuning import SHARE, UNTUNED, Effort
from store.vector_index import Ids, Vector, Vectors, distinct

SAMPLED = 20_000
"""Of the ids that a filter leaves, so many tell in which lists they are."""
EVEN = 0.7
"""Of its share, what a filter has to leave of the nearest lists to be taken for one that has
nothing to do with what is in the photographs."""
HALVED = (0, 1, 2, 3)
"""How often the nearest lists are halved to look for that share."""
ALONE = 1
NUMBERS_WORTH_A_THREAD = 3_000_000
"""Of centroids that are compared with a question."""
FEW = 0.1
"""Of another filter that leaves less than this share, every photograph is compared."""
_products: Any = faiss.fvec_inner_products_ny  # type: ignore[attr-defined]  # no stub of it


class InvertedBase(Lists):
    """Lists with the effort by which they are searched, and codes if that says to use them."""

    complete = False

    def __init__(
        self, index: Any, effort: Effort = UNTUNED, codes: LazyCodes | None = None
    ) -> None:
        super().__init__(index)
        self.effort = effort
        self.codes = codes or LazyCodes.of(None)

    def with_effort(self, effort: Effort) -> "InvertedBase":
        """The same vectors, searched with another effort."""
        twin = copy(self)  # with all that it has found out about its lists
        twin.effort = effort
        return twin

    def with_codes(self) -> "InvertedBase":
        """The same vectors with codes, if that can be, which an effort may say to use."""
        step = max(1, self.index.ntotal // TRAINED_ON)
        sample = self.vectors(self.ids[::step])
        codes = Codes.build(self.centroids, sample, self.each())
        if codes is None:
            return self
        twin = copy(self)
        twin.codes = LazyCodes.of(codes)
        return twin

    @classmethod
    def build(cls, centroids: Vectors, pieces: Iterable[VectorChanges]) -> "InvertedBase":
        """Put what the pieces hold into the lists of ``centroids`` float32 (n, d); all are opened
        until it is tuned."""
        return cls(sorted_into_lists(centroids, pieces))

    def with_changes(self, gone: Ids, ids: Ids, vectors: Vectors) -> "InvertedBase":
        """Another one in the same lists, without ``gone`` and with ``ids`` and their vectors."""
        codes = self.codes.now()
        change = (gone, ids, vectors)
        index, short = in_parallel(
            [
                lambda: changed(self, *change),
                lambda: codes.with_changes(*change) if codes else None,
            ]
        )
        return InvertedBase(index, self.effort, LazyCodes.of(short))

    def scans(self, asked: Asked, hidden: Collection[int], cores: int) -> list[Scan]:
        """Of the lists that a question opens, nearest first; where codes pay, of those vectors that
        they find in them."""
        scores = self._centroid_scores(asked.row, cores)
        lists, kept = self._opened(scores, asked)
        coded = kept >= 1 / SHARE
        candidates = self._candidates(asked, lists, scores, hidden, cores) if coded else None
        if candidates is None:
            return self._scans(self.index, asked, lists, scores, hidden, cores)
        few = Asked(asked.query, asked.k, candidates)
        lists = distinct(self.lists_of(candidates))
        return self._scans(self.index, few, lists, scores, (), ALONE)

    def all_scans(self, asked: Asked, hidden: Collection[int], cores: int) -> list[Scan]:
        """Of all lists."""
        lists = np.arange(self.index.nlist)
        scores = np.zeros(len(lists), np.float32)
        return self._scans(self.index, asked, lists, scores, hidden, cores)

    def nearest(self, query: Vector, k: int) -> Ids:
        """The true ``k`` nearest, best first."""
        return best(in_parallel(self.all_scans(Asked(query, k), (), CORES)), k).ids

    def recall(self, query: Vector, true: Ids, k: int) -> float:
        """Which share of the first ``k`` true neighbours a search finds."""
        found = best(in_parallel(self.scans(Asked(query, k), (), CORES)), k).ids
        return float(np.isin(true[:k], found).mean())

    def places(self, query: Vector, ids: Ids) -> Numbers:
        """Where in the question's order of lists, nearest first, those that hold ``ids`` are."""
        order = np.argsort(-self._centroid_scores(query, ALONE))
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return place[self.lists_of(ids)]

    def _centroid_scores(self, query: Vector, cores: int) -> Scores:
        """Inner products of a question with all centroids."""
        count, dimension = self.index.nlist, self.index.d
        scores, row = np.empty(count, np.float32), np.ascontiguousarray(query, np.float32)
        parts = cores if count * dimension >= NUMBERS_WORTH_A_THREAD else 1

        def scored(part: slice) -> None:
            some = scores[part], row, self.centroids[part]
            pointers = (faiss.swig_ptr(array) for array in some)
            # not by NumPy: the threads of its BLAS wait for more work on the cores that scan lists
            _products(*pointers, dimension, len(some[0]))

        edges = [count * part // parts for part in range(parts + 1)]
        in_parallel([partial(scored, slice(*pair)) for pair in pairwise(edges)])
        return scores

    def _opened(self, scores: Scores, asked: Asked) -> tuple[Numbers, float]:
        """The lists a question opens, and the share of what is in them that its filter leaves: as
        many as tuned, or all for an answer that is long."""
        if asked.only is None:
            return highest(scores, self.effort.lists(asked.k) or len(scores)), 1.0
        return self._opened_among(asked.only, np.argsort(-scores), asked.k)

    def _candidates(
        self, asked: Asked, lists: Numbers, scores: Scores, hidden: Collection[int], cores: int
    ) -> Ids | None:
        """The best of the lists by their codes, or None where all vectors are compared: for a long
        answer, and while no codes are read."""
        count = self.effort.candidates(asked.k)
        codes = self.codes.if_worth_it() if count else None
        if codes is None or not count:
            return None
        wanted = Asked(asked.query, count, asked.only)
        found = in_parallel(self._scans(codes.index, wanted, lists, scores, hidden, cores))
        return best(found, count).ids

    def _opened_among(self, only: Ids, order: Numbers, k: int) -> tuple[Numbers, float]:
        """The same for a filter; a sample of what it leaves tells in which lists that is."""
        step = max(1, len(only) // SAMPLED)
        lists = self.lists_of(only[::step])
        lists = lists[lists != NOWHERE]
        reached = np.cumsum(np.bincount(lists, minlength=len(order))[order])
        share = step * len(lists) / self.index.ntotal
        number = self._number_among(reached, share, k)
        kept = step * reached[number - 1] / (self.index.ntotal * number / len(order))
        return order[:number], float(kept)

    def _number_among(self, reached: Numbers, share: float, k: int) -> int:
        """How many lists are opened of which the nearest hold ``reached`` of what a filter leaves,
        a ``share`` of all.

        One that leaves a tenth of each list has its best ``k`` among the best 10 ``k`` of all, so
        as many lists are opened as for those. Of one that leaves less of the nearest lists than of
        others, all if it leaves few, or else until as many of its vectors are seen as are without
        a filter.
        """
        total, left = len(reached), reached[-1]
        tuned = self.effort.lists(int(np.ceil(k / share))) if share else None
        if tuned is None:
            return total
        nearest = np.array([max(1, tuned >> halved) for halved in HALVED])
        if (reached[nearest - 1] >= EVEN * nearest / total * left).all():
            return tuned
        if share < FEW:
            return total
        wanted = (self.effort.lists(k) or total) / total * left / share
        return min(total, max(tuned, int(np.searchsorted(reached, wanted)) + 1))

    def _scans(
        self,
        index: Any,
        asked: Asked,
        lists: Numbers,
        scores: Scores,
        hidden: Collection[int],
        cores: int,
    ) -> list[Scan]:
        """The lists of vectors or of codes, dealt out to the cores that no other search needs."""
        selector = all_of(asked.chosen, none_of(hidden))
        worth = ROWS_WORTH_A_THREAD if index is self.index else CODES_WORTH_A_THREAD
        rows = len(lists) * index.ntotal // index.nlist
        parts = min(len(lists), threads_for(rows, cores, worth))
        dealt = (lists[part::parts] for part in range(parts))
        return [scan_of_lists(index, asked, some, scores[some], selector) for some in dealt]
