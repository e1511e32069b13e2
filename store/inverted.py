"""An inverted file: vectors in lists around centroids, of which a question scans the nearest few.

The lists hold the half-precision numbers of the catalog, so scores are exact and nothing is ranked
again; what a question may miss is a neighbour in a list it does not open. How many it opens is
tuned (``store.tuning``). Jégou, Douze, Schmid, "Product quantization for nearest neighbor search",
IEEE TPAMI 33, 2011, section IV.
"""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from store.records import VectorChanges
from store.scanning import (
    CORES,
    Asked,
    Found,
    Scan,
    all_of,
    best,
    in_parallel,
    none_of,
    threads_for,
)
from store.tuning import UNTUNED, Effort
from store.vector_index import Ids, Vector, Vectors

Lists = npt.NDArray[np.int64]

SAMPLED = 20_000
"""Of the ids that a filter leaves, so many tell in which lists they are."""
EVEN = 0.7
"""Of its share, what a filter has to leave of the nearest lists to be taken for one that has
nothing to do with what is in the photographs."""
HALVED = (0, 1, 2, 3)
"""How often the nearest lists are halved to look for that share."""
FEW = 0.1
"""Of another filter that leaves less than this share, every photograph is compared."""
_products: Any = faiss.fvec_inner_products_ny  # type: ignore[attr-defined]  # no stub of it
_NOWHERE = -1
_IDS = False  # are what a scan answers, not places in lists
_WHOLE = False  # vectors are stored, not what they have beside their centroid


class InvertedBase:
    """An immutable ``IndexIVFScalarQuantizer`` whose ids are content ids, with its effort."""

    complete = False

    def __init__(self, index: Any, effort: Effort = UNTUNED) -> None:
        self.index = index
        self.effort = effort
        self._known: dict[int, tuple[Ids, npt.NDArray[np.float16]]] = {}

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

    def scans(self, asked: Asked, hidden: Collection[int], cores: int) -> list[Scan]:
        """Of the lists that a question opens, nearest first."""
        lists = self._ordered(asked.query)
        return self._scans(asked, lists[: self._opened(lists, asked)], hidden, cores)

    def all_scans(self, asked: Asked, hidden: Collection[int], cores: int) -> list[Scan]:
        """Of all lists."""
        return self._scans(asked, np.arange(self.index.nlist), hidden, cores)

    def places_of_nearest(self, query: Vector, k: int) -> Lists:
        """Where in the question's order of lists those of its ``k`` true neighbours are, int64."""
        lists = self._ordered(query)
        place = np.empty_like(lists)
        place[lists] = np.arange(len(lists))
        found = best(in_parallel(self.all_scans(Asked(query, k), (), CORES)), k)
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

    def _ordered(self, query: Vector) -> Lists:
        """All lists, nearest to a question first."""
        scores = np.empty(self.index.nlist, np.float32)
        row = np.ascontiguousarray(query, np.float32)
        pointers = [faiss.swig_ptr(array) for array in (scores, row, self.centroids)]
        # not by NumPy: the threads of its BLAS wait for more work on the cores that scan lists
        _products(*pointers, self.index.d, self.index.nlist)
        return np.argsort(-scores)

    def _opened(self, order: Lists, asked: Asked) -> int:
        """How many of the lists a question opens: as tuned, or all for an answer that is long."""
        if asked.only is not None:
            return self._opened_among(asked.only, order, asked.k)
        return self.effort.lists(asked.k) or len(order)

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

    def _scans(self, asked: Asked, lists: Lists, hidden: Collection[int], cores: int) -> list[Scan]:
        """The lists dealt out to the cores that no other search needs."""
        selector = all_of(asked.chosen, none_of(hidden))
        parts = threads_for(len(lists) * self.index.ntotal // self.index.nlist, cores)
        return [self._scan(asked, lists[part::parts], selector) for part in range(parts)]

    def _scan(self, asked: Asked, lists: Lists, selector: Any) -> Scan:
        parameters = faiss.SearchParametersIVF()
        parameters.nprobe, parameters.sel = len(lists), selector
        lists = np.ascontiguousarray(lists)
        coarse = np.zeros(len(lists), dtype=np.float32)  # not added to scores of whole vectors

        def run(_kept_alive: Any = selector) -> Found:
            ids, found = np.empty(asked.k, dtype=np.int64), np.empty(asked.k, dtype=np.float32)
            given = (asked.row, lists, coarse, found, ids)
            row_, lists_, coarse_, found_, ids_ = (faiss.swig_ptr(array) for array in given)
            self.index.search_preassigned_c(
                1, row_, asked.k, lists_, coarse_, found_, ids_, _IDS, parameters
            )
            return ids, found

        return run

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
