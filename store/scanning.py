"""What FAISS scans share: selectors of ids, a thread for each, and the merge of their answers."""

import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeVar

import faiss
import numpy as np
import numpy.typing as npt

from store.vector_index import Ids, Neighbours, Vector

ROWS_WORTH_A_THREAD, CODES_WORTH_A_THREAD = 8192, 32_768
BITS_WORTH_AN_ID = 4096
_IDS = False  # are what a scan answers, not places in lists

Result = TypeVar("Result")
Scores = npt.NDArray[np.float32]
Found = tuple[Ids, Scores]
Scan = Callable[[], Found]


@dataclass(frozen=True)
class Asked:
    """One search: the ``k`` nearest to ``query``, float32 (d,), among ``only``; None for all."""

    query: Vector
    k: int
    only: Ids | None = None

    @cached_property
    def row(self) -> npt.NDArray[np.float32]:
        """The query as FAISS takes it, float32 (1, d)."""
        return np.ascontiguousarray(self.query, dtype=np.float32).reshape(1, -1)

    @cached_property
    def chosen(self) -> Any:
        """A selector of ``only``, made once for all that is scanned."""
        return only_these(self.only)


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


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


CORES = _cores()
_SEARCHES = _Searches()


@contextmanager
def free_cores() -> Iterator[int]:
    """Begin a search, and say how many cores no other search of this process needs."""
    with _SEARCHES.one_more() as searches:
        yield max(1, CORES // searches)


def threads_for(rows: int, cores: int, worth: int = ROWS_WORTH_A_THREAD) -> int:
    """Into how many parts a scan of so many rows is worth splitting, some of which are ``worth``
    waking a thread."""
    return max(1, min(cores, 1 + rows // worth))


def in_parallel(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Call FAISS at once; each uses one thread, since a team of its own would only wait for us."""
    if not calls:
        return []
    first, *others = map(_alone, calls)
    futures = [_pool().submit(call) for call in others]
    return [first(), *(future.result() for future in futures)]


def _alone(call: Callable[[], Result]) -> Callable[[], Result]:
    def run() -> Result:
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)  # of this thread
        try:
            return call()
        finally:
            faiss.omp_set_num_threads(threads)

    return run


def scan_of_lists(
    index: Any,
    asked: Asked,
    lists: npt.NDArray[np.int64],
    coarse: Scores,
    selector: Any,
) -> Scan:
    """A scan of some lists of an inverted file for the best that the selector lets through.

    ``coarse`` float32 (len(lists),) is added to what is stored beside a centroid.
    """
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe, parameters.sel = len(lists), selector
    lists, coarse = np.ascontiguousarray(lists), np.ascontiguousarray(coarse)

    def run(_kept_alive: Any = selector) -> Found:
        ids, found = np.empty(asked.k, dtype=np.int64), np.empty(asked.k, dtype=np.float32)
        given = (asked.row, lists, coarse, found, ids)
        row_, lists_, coarse_, found_, ids_ = (faiss.swig_ptr(array) for array in given)
        index.search_preassigned_c(
            1, row_, asked.k, lists_, coarse_, found_, ids_, _IDS, parameters
        )
        return ids, found

    return run


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=CORES, thread_name_prefix="neighbours")


def best(found: Sequence[Found], k: int) -> Neighbours:
    """Merge partial answers; equal scores go by id, so that an answer can be repeated."""
    ids = np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in found)])
    scores = np.concatenate([np.empty(0, np.float32), *(scores for _, scores in found)])
    real = ids >= 0
    ids, scores = ids[real], scores[real]
    order = np.lexsort((ids, -scores))[: max(k, 0)]
    return Neighbours(ids[order], scores[order])


def highest(scores: Scores, count: int) -> npt.NDArray[np.int64]:
    """The places of the ``count`` highest scores, best first."""
    if count >= len(scores):
        return np.argsort(-scores)
    places = np.argpartition(-scores, count)[:count]
    return places[np.argsort(-scores[places])]


def only_these(ids: Ids | None) -> Any:
    """A bit for each id: they are small numbers, and a bit is found faster than a set's member. A
    set where it would be megabytes of bits for a few."""
    if ids is None:
        return None
    last = int(ids.max(initial=0))
    if len(ids) * BITS_WORTH_AN_ID < last:
        return faiss.IDSelectorBatch(ids)
    chosen = np.zeros(last // 8 * 8 + 8, dtype=bool)
    chosen[ids] = True
    bits = np.packbits(chosen, bitorder="little")
    selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
    selector.bits = bits  # type: ignore[attr-defined]  # FAISS does not keep them alive
    return selector


def none_of(ids: Collection[int]) -> Any:
    if not ids:
        return None
    return faiss.IDSelectorNot(faiss.IDSelectorBatch(np.fromiter(ids, dtype=np.int64)))


def all_of(*selectors: Any) -> Any:
    chosen = [selector for selector in selectors if selector is not None]
    if not chosen:
        return None
    combined = chosen[0]
    for selector in chosen[1:]:
        combined = faiss.IDSelectorAnd(combined, selector)
    return combined
