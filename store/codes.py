"""Short codes of vectors in lists, by which a question finds candidates before it compares vectors.

Four bits for every two numbers of what a vector has beside its centroid, an eighth of the vector,
laid out so that a table of sixteen stays in registers (``IndexIVFPQFastScan``). Jégou, Douze,
Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33, 2011; André, Kermarrec,
Le Scouarnec, "Accelerated nearest neighbor search with Quick ADC", ICMR 2017.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import faiss
import numpy as np

from store.lists import Halves, put, quantizer_of
from store.vector_index import Ids, Vectors

TRAINED_ON = 4096
"""Vectors; from their pairs of numbers the sixteen values of each pair are learned. FAISS takes no
more of so few values."""
_NUMBERS, _BITS = 2, 4
_BATCH = 16_384

InLists = Iterable[tuple[int, Ids, Halves]]
"""The number of a list, and the ids and vectors (n, d) in it."""


class Codes:
    """An immutable index of the codes of vectors in lists."""

    def __init__(self, index: Any) -> None:
        self.index = index

    @classmethod
    def build(cls, centroids: Vectors, sample: Vectors, lists: InLists) -> "Codes | None":
        """Learn from ``sample`` float32 (m, d), and encode what is in the lists.

        None of a dimension that cannot be halved, or of too few to learn from.
        """
        count, dimension = centroids.shape
        if dimension % _NUMBERS or len(sample) < 2**_BITS:
            return None
        quantizer = quantizer_of(centroids)
        parts, metric = dimension // _NUMBERS, faiss.METRIC_INNER_PRODUCT
        slow = faiss.IndexIVFPQ(quantizer, dimension, count, parts, _BITS, metric)
        slow.by_residual = True
        slow.pq.cp.min_points_per_centroid = 1  # not to be told that more would be better
        slow.train(np.ascontiguousarray(sample))
        for some in _batches(lists):
            _encode(slow, some)
        fast = faiss.IndexIVFPQFastScan(slow)  # FAISS lays them out only when it has all
        # fast keeps it, for its quantizer
        slow.replace_invlists(None)  # type: ignore[arg-type]  # the stub knows no null
        return cls(fast)

    def with_changes(self, gone: Ids, ids: Ids, vectors: Vectors) -> "Codes":
        """Others, without ``gone`` and with ``ids`` and their vectors float32 (n, d)."""
        fresh = faiss.clone_index(self.index)
        if len(gone):
            fresh.remove_ids(faiss.IDSelectorBatch(gone))
        if len(ids):
            fresh.add_with_ids(np.ascontiguousarray(vectors), ids)
        return Codes(fresh)


class LazyCodes:
    """Codes that are read when they are worth it: a process that asks once reads none."""

    def __init__(self, read: Callable[[], Codes | None]) -> None:
        self._read = read
        self._reading = threading.Lock()
        self._asked = False
        self._codes: Codes | None = None
        self._is_read = False

    @classmethod
    def of(cls, codes: Codes | None) -> "LazyCodes":
        """Codes that are there."""
        lazy = cls(lambda: codes)
        lazy.now()
        return lazy

    def now(self) -> Codes | None:
        """The codes; None if there are none, or none that can be read."""
        with self._reading:
            if not self._is_read:
                self._codes, self._is_read = self._read(), True
        return self._codes

    def if_worth_it(self) -> Codes | None:
        """The same, but None for the first question to ones that are not read yet."""
        if not self._is_read and not self._asked:
            self._asked = True
            return None
        return self.now()


def _batches(lists: InLists) -> Iterator[list[tuple[int, Ids, Halves]]]:
    """Lists together, some thousands of vectors at a time, which FAISS encodes by all cores."""
    waiting: list[tuple[int, Ids, Halves]] = []
    for one in lists:
        waiting.append(one)
        if sum(len(ids) for _, ids, _ in waiting) >= _BATCH:
            yield waiting
            waiting = []
    yield waiting


def _encode(index: Any, lists: list[tuple[int, Ids, Halves]]) -> None:
    full = [one for one in lists if len(one[1])]
    if not full:
        return
    numbers, ids, vectors = zip(*full, strict=True)
    sizes = [len(some) for some in ids]
    rows = np.concatenate(vectors).astype(np.float32)
    codes = np.empty((len(rows), index.code_size), np.uint8)
    given = (rows, np.repeat(np.array(numbers, np.int64), sizes), codes)
    index.encode_vectors(len(rows), *(faiss.swig_ptr(array) for array in given))
    each = np.split(codes, np.cumsum(sizes[:-1]))
    for number, here, some in zip(numbers, ids, each, strict=True):
        put(index, number, here, some)
