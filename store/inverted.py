"""An inverted file: vectors in lists around centroids, of which a question scans the nearest few.

The lists hold the half-precision numbers of the catalog, so scores are exact and nothing is ranked
again; what a question may miss is a neighbour in a list it does not open. How many it opens is
tuned (``store.tuning``). Jégou, Douze, Schmid, "Product quantization for nearest neighbor search",
IEEE TPAMI 33, 2011, section IV.
"""

import os
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from store.records import VectorChanges
from store.scanning import (
    Found,
    Scan,
    all_of,
    best,
    in_parallel,
    none_of,
    only_these,
    threads_for,
)
from store.tuning import UNTUNED, Effort
from store.vector_index import Ids, Vector, Vectors

Lists = npt.NDArray[np.int64]

FEW = 0.15
"""Of a filter that leaves less than this share, every photograph is compared."""
_NOWHERE = -1
_IDS = False  # are what a scan answers, not places in lists
_WHOLE = False  # vectors are stored, not what they have beside their centroid


class InvertedBase:
    """An immutable ``IndexIVFScalarQuantizer`` whose ids are content ids, with its effort."""

    complete = False

    def __init__(self, index: Any, effort: Effort = UNTUNED) -> None:
        self.index = index
        self.effort = effort

    def with_effort(self, effort: Effort) -> "InvertedBase":
        """The same vectors, searched with another effort."""
        return InvertedBase(self.index, effort)

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
        for number in range(self.index.nlist):
            here, codes = self._list(number)
            kept = ~np.isin(here, gone)
            here, codes = here[kept], np.ascontiguousarray(codes[kept])
            fresh.invlists.add_entries(
                number, len(here), faiss.swig_ptr(here), faiss.swig_ptr(codes.view(np.uint8))
            )
            fresh.ntotal += len(here)
        if len(ids):
            fresh.add_with_ids(np.ascontiguousarray(vectors), ids)
        return InvertedBase(fresh, self.effort)

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

    def scans(
        self, query: Vector, k: int, only: Ids | None, hidden: Collection[int], cores: int
    ) -> list[Scan]:
        """Of the lists that a question opens, nearest first."""
        lists, scores = self._ordered(query)
        opened = lists[: self._opened(lists, k, only)]
        return self._scans(
            query, k, opened, scores, all_of(only_these(only), none_of(hidden)), cores
        )

    def all_scans(
        self, query: Vector, k: int, only: Ids | None, hidden: Collection[int], cores: int
    ) -> list[Scan]:
        """Of all lists."""
        scores = self.centroids @ query
        lists = np.arange(len(scores))
        return self._scans(
            query, k, lists, scores, all_of(only_these(only), none_of(hidden)), cores
        )

    def places_of_nearest(self, query: Vector, k: int) -> Lists:
        """Where in the question's order of lists those of its ``k`` true neighbours are, int64."""
        lists, _ = self._ordered(query)
        place = np.empty_like(lists)
        place[lists] = np.arange(len(lists))
        found = best(in_parallel(self.all_scans(query, k, None, (), os.cpu_count() or 1)), k)
        return place[self.lists_of(found.ids)]

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

    def _ordered(self, query: Vector) -> tuple[Lists, Vector]:
        """All lists, nearest to a question first, and the score of each by its number."""
        scores: Vector = self.centroids @ query
        return np.argsort(-scores), scores

    def _opened(self, order: Lists, k: int, only: Ids | None) -> int:
        """How many of the lists a question opens: as many as hold so many candidates as the effort
        says, where a filter leaves some; all of them, where it leaves few or the answer is long."""
        tuned = self.effort.lists(k)
        if tuned is None:
            return len(order)
        if only is None:
            return tuned
        allowed = self.lists_of(only)
        allowed = allowed[allowed != _NOWHERE]
        if len(allowed) < FEW * self.index.ntotal:
            return len(order)
        reached = np.cumsum(np.bincount(allowed, minlength=len(order))[order])
        wanted = tuned * self.index.ntotal / self.index.nlist
        return max(tuned, int(np.searchsorted(reached, wanted)) + 1)

    def _scans(
        self, query: Vector, k: int, lists: Lists, scores: Vector, selector: Any, cores: int
    ) -> list[Scan]:
        """The lists dealt out to the cores that no other search needs."""
        parts = threads_for(len(lists) * self.index.ntotal // self.index.nlist, cores)
        return [self._scan(query, k, lists[part::parts], scores, selector) for part in range(parts)]

    def _scan(self, query: Vector, k: int, lists: Lists, scores: Vector, selector: Any) -> Scan:
        parameters = faiss.SearchParametersIVF()
        parameters.nprobe, parameters.sel = len(lists), selector
        row, lists = np.ascontiguousarray(query, dtype=np.float32), np.ascontiguousarray(lists)
        coarse = np.ascontiguousarray(scores[lists])

        def run(_kept_alive: Any = selector) -> Found:
            ids, found = np.empty(k, dtype=np.int64), np.empty(k, dtype=np.float32)
            asked, given = (row, lists, coarse), (found, ids)
            pointers = [faiss.swig_ptr(array) for array in (*asked, *given)]
            row_, lists_, coarse_, found_, ids_ = pointers
            self.index.search_preassigned_c(
                1, row_, k, lists_, coarse_, found_, ids_, _IDS, parameters
            )
            return ids, found

        return run

    def _list(self, number: int) -> tuple[Ids, npt.NDArray[np.float16]]:
        """The ids and vectors of one list, as they lie in memory."""
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
