"""An inverted file: vectors in lists around centroids, of which a question scans the nearest few.

The lists hold the half-precision numbers of the catalog, so scores are exact; what a question may
miss is a neighbour in a list it does not open, or one that is not among the candidates that short
codes find there (``store.codes``). How many of both is tuned (``store.tuning``). Jégou, Douze,
Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33, 2011, section IV.
"""

from collections.abc import Collection, Iterable
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from store.codes import TRAINED_ON, Codes, LazyCodes
from store.records import VectorChanges
from store.scanning import (
    CORES,
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

Lists = npt.NDArray[np.int64]

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
_NOWHERE = -1
_WHOLE = False  # vectors are stored, not what they have beside their centroid


class InvertedBase:
    """An immutable ``IndexIVFScalarQuantizer`` whose ids are content ids, with its effort."""

    complete = False

    def __init__(
        self, index: Any, effort: Effort = UNTUNED, codes: LazyCodes | None = None
    ) -> None:
        self.index = index
        self.effort = effort
        self.codes = codes or LazyCodes.of(None)
        self._known: dict[int, tuple[Ids, npt.NDArray[np.float16]]] = {}

    def with_effort(self, effort: Effort) -> "InvertedBase":
        """The same vectors, searched with another effort."""
        return InvertedBase(self.index, effort, self.codes)

    def with_codes(self) -> "InvertedBase":
        """The same vectors with codes, which an effort may say to use."""
        step = max(1, self.index.ntotal // TRAINED_ON)
        sample = self.vectors(self.ids[::step])
        lists = ((number, *self._list(number)) for number in range(self.index.nlist))
        codes = Codes.build(self.centroids, sample, lists)
        return InvertedBase(self.index, self.effort, LazyCodes.of(codes))

    @classmethod
    def build(cls, centroids: Vectors, pieces: Iterable[VectorChanges]) -> "InvertedBase":
        """Put what the pieces hold into the lists of ``centroids`` float32 (n, d); all are opened
        until it is tuned."""
        index = _empty(centroids)
        for piece in pieces:
            if len(piece.ids):
                index.add_with_ids(piece.vectors.astype(np.float32), piece.ids)
        return cls(index)

    def with_changes(self, gone: Ids, ids: Ids, vectors: Vectors) -> "InvertedBase":
        """Another one in the same lists, without ``gone`` and with ``ids`` and their vectors."""
        fresh = _empty(self.centroids)
        stays = np.ones(len(self._places[0]), dtype=bool)
        stays[gone[self.holds(gone)]] = False
        for number in range(self.index.nlist):
            here, codes = self._list(number)
            kept = stays[here]
            here, codes = here[kept], np.ascontiguousarray(codes[kept])
            fresh.invlists.add_entries(
                number, len(here), faiss.swig_ptr(here), faiss.swig_ptr(codes.view(np.uint8))
            )
            fresh.ntotal += len(here)
        if len(ids):
            fresh.add_with_ids(np.ascontiguousarray(vectors), ids)
        short = self.codes.now()
        changed = short.with_changes(gone, ids, vectors) if short else None
        return InvertedBase(fresh, self.effort, LazyCodes.of(changed))

    @cached_property
    def centroids(self) -> Vectors:
        """Float32 (lists, d), unit rows."""
        quantizer = faiss.downcast_index(self.index.quantizer)
        found: Vectors = quantizer.reconstruct_n(0, self.index.nlist)
        return found

    @cached_property
    def ids(self) -> Ids:
        """The ids that are here, int64, ascending."""
        found: Ids = np.flatnonzero(self._places[0] != _NOWHERE)
        return found

    def scans(self, asked: Asked, hidden: Collection[int], cores: int) -> list[Scan]:
        """Of the lists that a question opens, nearest first; where codes pay, of those vectors that
        they find in them."""
        scores = self._centroid_scores(asked.row, cores)
        lists = self._opened(scores, asked)
        candidates = self._candidates(asked, lists, scores, hidden, cores)
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

    def places(self, query: Vector, ids: Ids) -> Lists:
        """Where in the question's order of lists, nearest first, those that hold ``ids`` are."""
        order = np.argsort(-self._centroid_scores(query, ALONE))
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return place[self.lists_of(ids)]

    def holds(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Which of ``ids`` are here."""
        found: npt.NDArray[np.bool_] = self.lists_of(ids) != _NOWHERE
        return found

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of ids that are here, float32 (len(ids), d), in their order."""
        found = np.empty((len(ids), self.index.d), dtype=np.float32)
        if not len(ids):
            return found
        lists, offsets = (place[ids] for place in self._places)
        order = np.argsort(lists, kind="stable")
        numbers, starts = np.unique(lists[order], return_index=True)
        for number, rows in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
            found[rows] = self._list(number)[1][offsets[rows]]
        return found

    def lists_of(self, ids: Ids) -> Lists:
        """The list that holds each id, or -1."""
        lists, _ = self._places
        inside = (ids >= 0) & (ids < len(lists))
        return np.where(inside, lists[np.where(inside, ids, 0)], _NOWHERE).astype(np.int64)

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

    def _opened(self, scores: Scores, asked: Asked) -> Lists:
        """The lists a question opens: as many as tuned, or all for an answer that is long."""
        if asked.only is None:
            return highest(scores, self.effort.lists(asked.k) or len(scores))
        order = np.argsort(-scores)
        return order[: self._opened_among(asked.only, order, asked.k)]

    def _candidates(
        self, asked: Asked, lists: Lists, scores: Scores, hidden: Collection[int], cores: int
    ) -> Ids | None:
        """The best of the lists by their codes, or None where all vectors are compared: for a long
        answer, and of a filter that leaves too few for their codes to be read for less."""
        count = self.effort.candidates(asked.k)
        few = asked.only is not None and len(asked.only) < self.index.ntotal / SHARE
        codes = None if few or not count else self.codes.if_worth_it()
        if codes is None or not count:
            return None
        wanted = Asked(asked.query, count, asked.only)
        found = in_parallel(self._scans(codes.index, wanted, lists, scores, hidden, cores))
        return best(found, count).ids

    def _opened_among(self, only: Ids, order: Lists, k: int) -> int:
        """The same for a filter.

        One that leaves a tenth of each list has its best ``k`` among the best 10 ``k`` of all, so
        as many lists are opened as for those. Of one that leaves less of the nearest lists than of
        others, all if it leaves few, or else until as many of its vectors are seen as are without
        a filter.
        """
        step = max(1, len(only) // SAMPLED)
        lists = self.lists_of(only[::step])
        lists = lists[lists != _NOWHERE]
        share = step * len(lists) / self.index.ntotal
        tuned = self.effort.lists(int(np.ceil(k / share))) if share else None
        if tuned is None:
            return len(order)
        reached = np.cumsum(np.bincount(lists, minlength=len(order))[order])
        nearest = np.array([max(1, tuned >> halved) for halved in HALVED])
        if (reached[nearest - 1] >= EVEN * nearest / len(order) * len(lists)).all():
            return tuned
        if share < FEW:
            return len(order)
        wanted = (self.effort.lists(k) or len(order)) / len(order) * len(lists) / share
        return max(tuned, int(np.searchsorted(reached, wanted)) + 1)

    def _scans(
        self,
        index: Any,
        asked: Asked,
        lists: Lists,
        scores: Scores,
        hidden: Collection[int],
        cores: int,
    ) -> list[Scan]:
        """The lists of vectors or of codes, dealt out to the cores that no other search needs."""
        selector = all_of(asked.chosen, none_of(hidden))
        parts = min(len(lists), threads_for(len(lists) * index.ntotal // index.nlist, cores))
        dealt = (lists[part::parts] for part in range(parts))
        return [scan_of_lists(index, asked, some, scores[some], selector) for some in dealt]

    def _list(self, number: int) -> tuple[Ids, npt.NDArray[np.float16]]:
        """The ids and vectors of one list, as they lie in memory."""
        if number not in self._known:  # SWIG takes 10 µs for it, and a question looks at dozens
            self._known[number] = self._mapped(number)
        return self._known[number]

    def _mapped(self, number: int) -> tuple[Ids, npt.NDArray[np.float16]]:
        inverted, dimension = self.index.invlists, self.index.d
        size = inverted.list_size(number)
        if not size:
            return np.empty(0, np.int64), np.empty((0, dimension), np.float16)
        ids = faiss.rev_swig_ptr(inverted.get_ids(number), size)
        codes = faiss.rev_swig_ptr(inverted.get_codes(number), size * self.index.code_size)
        return ids, codes.view("<f2").reshape(size, dimension)

    @cached_property
    def _places(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """By id: its list, and where it is there. Ids are small numbers without many gaps."""
        inverted = self.index.invlists
        sizes = [inverted.list_size(number) for number in range(self.index.nlist)]
        ids = np.concatenate([self._list(number)[0] for number in range(len(sizes))])
        lists = np.full(int(ids.max(initial=-1)) + 1, _NOWHERE, dtype=np.int32)
        offsets = np.zeros_like(lists)
        lists[ids] = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        starts = np.cumsum([0, *sizes[:-1]])
        offsets[ids] = np.arange(len(ids)) - np.repeat(starts, sizes)
        return lists, offsets


def _empty(centroids: Vectors) -> Any:
    count, dimension = centroids.shape
    quantizer = faiss.IndexFlatIP(dimension)
    quantizer.add(np.ascontiguousarray(centroids))
    index = faiss.IndexIVFScalarQuantizer(
        quantizer,
        dimension,
        count,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
        _WHOLE,
    )
    index.is_trained = True
    return index
