"""Every vector compared: half-precision numbers as the catalog holds them (``SQfp16``)."""

from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from store.records import VectorChanges
from store.scanning import Asked, Scan, all_of, none_of, threads_for
from store.vector_index import Ids, Vectors


class ExactBase:
    """An immutable ``IndexIDMap`` of ``IndexScalarQuantizer``, its ids ascending."""

    complete = True

    def __init__(self, index: Any) -> None:
        self.index = index
        self.ids: Ids = faiss.vector_to_array(index.id_map)

    @classmethod
    def build(cls, dimension: int, pieces: Iterable[VectorChanges]) -> "ExactBase":
        """Put everything the pieces hold into one index."""
        index = new_exact(dimension)
        for piece in pieces:
            if len(piece.ids):
                index.add_with_ids(piece.vectors.astype(np.float32), piece.ids)
        return cls(index)

    def scans(self, asked: Asked, hidden: Collection[int], cores: int) -> list[Scan]:
        """Split the id range, so that one query uses the cores that no other needs."""
        count = len(self.ids)
        if not count:
            return []
        parts = threads_for(count, cores)
        selectors = [asked.chosen, none_of(hidden)]
        if parts == 1:  # without a range to look at, a scan is a third faster
            return [scan(self.index, asked, all_of(*selectors))]
        starts = [count * part // parts for part in range(parts)]
        edges = [*self.ids[starts].tolist(), int(self.ids[-1]) + 1]
        ranges = [faiss.IDSelectorRange(low, high) for low, high in pairwise(edges)]
        return [scan(self.index, asked, all_of(one, *selectors)) for one in ranges]

    all_scans = scans

    def holds(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Which of ``ids`` are here."""
        if not len(self.ids):
            return np.zeros(len(ids), dtype=bool)
        rows = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        found: npt.NDArray[np.bool_] = self.ids[rows] == ids
        return found

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of ids that are here, float32 (len(ids), d), in their order."""
        return rows_of(self.index, np.searchsorted(self.ids, ids))


def new_exact(dimension: int) -> Any:
    """An empty exact half-precision index that takes our ids."""
    quantizer = faiss.IndexScalarQuantizer(
        dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    return faiss.IndexIDMap(quantizer)


def rows_of(index: Any, rows: npt.ArrayLike) -> Vectors:
    """Stored vectors by their row in an index under an id map."""
    inner = faiss.downcast_index(index.index)
    found: Vectors = inner.reconstruct_batch(np.asarray(rows, dtype=np.int64))
    return found


def scan(index: Any, asked: Asked, selector: Any) -> Scan:
    """A scan of a whole index for the best that the selector lets through."""
    parameters = faiss.SearchParameters()
    parameters.sel = selector

    def run(_kept_alive: Any = selector) -> tuple[Ids, npt.NDArray[np.float32]]:
        scores, ids = index.search(asked.row, asked.k, params=parameters)
        return ids[0], scores[0]

    return run
