"""Nearest neighbours by inner product: FAISS, wrapped once.

Exact: vectors are kept as the half-precision numbers the catalog holds (``SQfp16``), and every one
is compared. Ids are content ids. A large, immutable base (usually memory-mapped from a snapshot) is
followed by a small tail of later changes; ids the tail supersedes or removes are masked in the base
by a selector inside the search, so ``k`` results come back whenever ``k`` exist.
"""

import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from store.records import VectorChanges
from store.vector_index import Ids, Neighbours, Vector, Vectors

ROWS_WORTH_A_THREAD = 8192


class _Searches:
    """How many searches go on in this process."""

    def __init__(self) -> None:
        self._count = 0
        self._counting = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[int]:
        """Inside it, one more does; how many that makes."""
        with self._counting:
            self._count += 1
            count = self._count
        try:
            yield count
        finally:
            with self._counting:
                self._count -= 1


_CORES = os.cpu_count() or 1
_SEARCHES = _Searches()


class FaissIndex:
    """The in-process VectorIndex. ``base`` must hold its ids in ascending order."""

    def __init__(self, dimension: int, base: Any = None, change: int = 0) -> None:
        self.dimension = dimension
        self.change = change
        self._base = base if base is not None else new_base(dimension)
        self._base_ids: Ids = faiss.vector_to_array(self._base.id_map)
        self._masked: set[int] = set()
        self._tail = new_base(dimension)

    @classmethod
    def build(cls, dimension: int, pieces: Iterable[VectorChanges]) -> "FaissIndex":
        """Put everything the pieces hold into the base."""
        base, change = new_base(dimension), 0
        for piece in pieces:
            change = piece.change
            if len(piece.ids):
                base.add_with_ids(piece.vectors.astype(np.float32), piece.ids)
        return cls(dimension, base, change)

    def copy(self) -> "FaissIndex":
        """Another index on the same base, to be changed while searches go on in this one."""
        twin = FaissIndex.__new__(FaissIndex)
        twin.dimension, twin.change = self.dimension, self.change
        twin._base, twin._base_ids = self._base, self._base_ids
        twin._masked = set(self._masked)
        twin._tail = faiss.clone_index(self._tail)
        return twin

    @property
    def base(self) -> Any:
        """The FAISS index under the tail: ``IndexIDMap`` of ``IndexScalarQuantizer``."""
        return self._base

    @property
    def base_count(self) -> int:
        return len(self._base_ids)

    @property
    def tail_count(self) -> int:
        """How many ids differ between the base and the truth."""
        return len(self._masked | set(self._tail_ids().tolist()))

    @property
    def count(self) -> int:
        return self.base_count - len(self._masked) + int(self._tail.ntotal)

    def apply(self, changes: VectorChanges) -> None:
        """Put and remove what the changes say; doing it twice is the same as once."""
        touched = np.concatenate([changes.ids, changes.removed])
        if len(touched):
            self._tail.remove_ids(touched)
            self._masked.update(np.intersect1d(touched, self._base_ids).tolist())
        if len(changes.ids):
            self._tail.add_with_ids(changes.vectors.astype(np.float32), changes.ids)
        self.change = changes.change

    def search(
        self, query: Vector, k: int, *, only: Ids | None = None, without: Collection[int] = ()
    ) -> Neighbours:
        """The ``k`` nearest to ``query``, float32 (d,), among ``only`` and not ``without``."""
        k = min(k, self.count)
        if k < 1:
            return _best([], k)
        with _SEARCHES.one_more() as searches:
            parts = self._base_parts(only, {*self._masked, *without}, _CORES // searches)
            if self._tail.ntotal:
                parts.append((self._tail, _all_of(_only(only), _none_of(without))))
            row = np.ascontiguousarray(query, dtype=np.float32).reshape(1, -1)
            return _best(_in_parallel([_scan(index, row, k, sel) for index, sel in parts]), k)

    def among(self, ids: Ids, without: Collection[int] = ()) -> Ids:
        """Those of ``ids`` that have a vector and are not ``without``, ascending."""
        rows = np.minimum(np.searchsorted(self._base_ids, ids), max(self.base_count - 1, 0))
        here = self._base_ids[rows] == ids if self.base_count else np.zeros(len(ids), dtype=bool)
        here &= ~np.isin(ids, list(self._masked))
        here |= np.isin(ids, self._tail_ids())
        return np.unique(ids[here & ~np.isin(ids, list(without))])

    def ids(self) -> Ids:
        """Every live id, int64 (count,): those of the base ascending, then the tail's."""
        live = self._base_ids[~np.isin(self._base_ids, list(self._masked))]
        return np.concatenate([live, self._tail_ids()])

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of live ids, float32 (len(ids), d), in their order."""
        rows = np.searchsorted(self._base_ids, ids)
        found = np.empty((len(ids), self.dimension), dtype=np.float32)
        tail = {key: row for row, key in enumerate(self._tail_ids().tolist())}
        later = np.array([key in tail for key in ids.tolist()], dtype=bool)
        found[later] = _rows(self._tail, [tail[key] for key in ids[later].tolist()])
        found[~later] = _rows(self._base, rows[~later])
        return found

    def sample(self, count: int) -> Vectors:
        """Vectors of at most ``count`` ids, evenly spread, float32 (m, d)."""
        ids = self.ids()
        return self.vectors(ids[:: max(1, -(-len(ids) // count))])

    def _base_parts(
        self, only: Ids | None, hidden: Collection[int], cores: int
    ) -> list[tuple[Any, Any]]:
        """Split the base's id range, so that one query uses the cores that no other needs."""
        if not self.base_count:
            return []
        count = min(cores, 1 + self.base_count // ROWS_WORTH_A_THREAD)
        if count <= 1:  # without a range to look at, a scan is a third faster
            return [(self._base, _all_of(_only(only), _none_of(hidden)))]
        starts = [self.base_count * part // count for part in range(count)]
        edges = [*self._base_ids[starts].tolist(), int(self._base_ids[-1]) + 1]
        shared = [_only(only), _none_of(hidden)]
        return [
            (self._base, _all_of(faiss.IDSelectorRange(low, high), *shared))
            for low, high in pairwise(edges)
        ]

    def _tail_ids(self) -> Ids:
        ids: Ids = faiss.vector_to_array(self._tail.id_map)
        return ids


def new_base(dimension: int) -> Any:
    """An empty exact half-precision index that takes our ids."""
    quantizer = faiss.IndexScalarQuantizer(
        dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    return faiss.IndexIDMap(quantizer)


def _rows(index: Any, rows: npt.ArrayLike) -> Vectors:
    """Stored vectors by their row in an index under an id map."""
    inner = faiss.downcast_index(index.index)
    found: Vectors = inner.reconstruct_batch(np.asarray(rows, dtype=np.int64))
    return found


Scan = Callable[[], tuple[Ids, npt.NDArray[np.float32]]]


def _scan(index: Any, row: npt.NDArray[np.float32], k: int, selector: Any) -> Scan:
    parameters = faiss.SearchParameters()
    parameters.sel = selector

    def run(_kept_alive: Any = selector) -> tuple[Ids, npt.NDArray[np.float32]]:
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)  # of this thread; a team of its own would only wait for us
        try:
            scores, ids = index.search(row, k, params=parameters)
        finally:
            faiss.omp_set_num_threads(threads)
        return ids[0], scores[0]

    return run


def _in_parallel(scans: list[Scan]) -> list[tuple[Ids, npt.NDArray[np.float32]]]:
    first, *others = scans
    futures = [_pool().submit(scan) for scan in others]
    return [first(), *(future.result() for future in futures)]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="neighbours")


def _best(found: list[tuple[Ids, npt.NDArray[np.float32]]], k: int) -> Neighbours:
    """Merge partial answers; equal scores go by id, so that an answer can be repeated."""
    ids = np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in found)])
    scores = np.concatenate([np.empty(0, np.float32), *(scores for _, scores in found)])
    real = ids >= 0
    ids, scores = ids[real], scores[real]
    order = np.lexsort((ids, -scores))[: max(k, 0)]
    return Neighbours(ids[order], scores[order])


def _only(ids: Ids | None) -> Any:
    """A bit for each id: they are small numbers, and a bit is found faster than a set's member."""
    if ids is None:
        return None
    chosen = np.zeros(int(ids.max(initial=0)) // 8 * 8 + 8, dtype=bool)
    chosen[ids] = True
    bits = np.packbits(chosen, bitorder="little")
    selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
    selector.bits = bits  # type: ignore[attr-defined]  # FAISS does not keep them alive
    return selector


def _none_of(ids: Collection[int]) -> Any:
    if not ids:
        return None
    return faiss.IDSelectorNot(faiss.IDSelectorBatch(np.fromiter(ids, dtype=np.int64)))


def _all_of(*selectors: Any) -> Any:
    chosen = [selector for selector in selectors if selector is not None]
    if not chosen:
        return None
    combined = chosen[0]
    for selector in chosen[1:]:
        combined = faiss.IDSelectorAnd(combined, selector)
    return combined
