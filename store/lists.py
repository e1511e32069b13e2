"""Half-precision vectors in lists around centroids, and in which list each is.

What finds neighbours in them is ``store.inverted``.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from store.records import VectorChanges
from store.vector_index import Ids, Vectors

Numbers = npt.NDArray[np.int64]
Halves = npt.NDArray[np.float16]

NOWHERE = -1
_WHOLE = False  # vectors are stored, not what they have beside their centroid


class Lists:
    """An immutable ``IndexIVFScalarQuantizer`` whose ids are content ids."""

    def __init__(self, index: Any) -> None:
        self.index = index
        self._known: dict[int, tuple[Ids, Halves]] = {}

    @cached_property
    def centroids(self) -> Vectors:
        """Float32 (lists, d), unit rows."""
        quantizer = faiss.downcast_index(self.index.quantizer)
        found: Vectors = quantizer.reconstruct_n(0, self.index.nlist)
        return found

    @cached_property
    def ids(self) -> Ids:
        """The ids that are here, int64, ascending."""
        found: Ids = np.flatnonzero(self._places[0] != NOWHERE)
        return found

    def each(self) -> Iterator[tuple[int, Ids, Halves]]:
        """The number of every list, and the ids and vectors (n, d) in it, as they lie in memory."""
        for number in range(self.index.nlist):
            yield (number, *self._list(number))

    def holds(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Which of ``ids`` are here."""
        found: npt.NDArray[np.bool_] = self.lists_of(ids) != NOWHERE
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

    def lists_of(self, ids: Ids) -> Numbers:
        """The list that holds each id, or -1."""
        lists, _ = self._places
        inside = (ids >= 0) & (ids < len(lists))
        return np.where(inside, lists[np.where(inside, ids, 0)], NOWHERE).astype(np.int64)

    def _list(self, number: int) -> tuple[Ids, Halves]:
        """The ids and vectors of one list, as they lie in memory."""
        if number not in self._known:  # SWIG takes 10 µs for it, and a question looks at dozens
            self._known[number] = self._mapped(number)
        return self._known[number]

    def _mapped(self, number: int) -> tuple[Ids, Halves]:
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
        lists = np.full(int(ids.max(initial=-1)) + 1, NOWHERE, dtype=np.int32)
        offsets = np.zeros_like(lists)
        lists[ids] = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        starts = np.cumsum([0, *sizes[:-1]])
        offsets[ids] = np.arange(len(ids)) - np.repeat(starts, sizes)
        return lists, offsets


def sorted_into_lists(centroids: Vectors, pieces: Iterable[VectorChanges]) -> Any:
    """An index of what the pieces hold in the lists of ``centroids`` float32 (n, d)."""
    index = _empty(centroids)
    for piece in pieces:
        if len(piece.ids):
            index.add_with_ids(piece.vectors.astype(np.float32), piece.ids)
    return index


def changed(lists: Lists, gone: Ids, ids: Ids, vectors: Vectors) -> Any:
    """Another index in the same lists, without ``gone`` and with ``ids`` and their vectors."""
    fresh = _empty(lists.centroids)
    gone = gone[lists.holds(gone)]
    touched = set(lists.lists_of(gone).tolist())
    for number, here, codes in lists.each():
        if number in touched:
            kept = ~np.isin(here, gone)
            here, codes = here[kept], np.ascontiguousarray(codes[kept])
        put(fresh, number, here, codes.view(np.uint8))
    if len(ids):
        fresh.add_with_ids(np.ascontiguousarray(vectors), ids)
    return fresh


def put(index: Any, number: int, ids: Ids, stored: npt.NDArray[np.uint8]) -> None:
    """Add to one list of an index what it stores of ``ids``, as it stores it."""
    index.invlists.add_entries(number, len(ids), faiss.swig_ptr(ids), faiss.swig_ptr(stored))
    index.ntotal += len(ids)


def quantizer_of(centroids: Vectors) -> Any:
    """What finds the list of a vector."""
    quantizer = faiss.IndexFlatIP(centroids.shape[1])
    quantizer.add(np.ascontiguousarray(centroids))
    return quantizer


def _empty(centroids: Vectors) -> Any:
    count, dimension = centroids.shape
    index = faiss.IndexIVFScalarQuantizer(
        quantizer_of(centroids),
        dimension,
        count,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
        _WHOLE,
    )
    index.is_trained = True
    return index
