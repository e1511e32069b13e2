"""What every index of vectors can do, whoever keeps it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from store.filters import Tree

Ids = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Best first: ``ids`` int64 (m,), inner products ``scores`` float32 (m,), m ≤ k."""

    ids: Ids
    scores: npt.NDArray[np.float32]


def distinct(ids: Ids) -> Ids:
    """Ids ascending, each once. ``np.unique`` would import masked arrays, 6 ms of a search."""
    ordered = np.sort(ids)
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


class VectorIndex(Protocol):
    """A cache of one space's live vectors that can catch up with the catalog."""

    @property
    def change(self) -> int: ...

    @property
    def count(self) -> int: ...

    def search(
        self, query: Vector, k: int, *, only: Ids | None = None, without: Collection[int] = ()
    ) -> Neighbours: ...

    def among(self, ids: Ids, without: Collection[int] = ()) -> Ids: ...

    def vectors(self, ids: Ids) -> Vectors: ...

    def sample(self, count: int) -> Vectors: ...


@runtime_checkable
class FilteringIndex(VectorIndex, Protocol):
    """An index that takes the filters themselves: nobody has to find the ids for it."""

    def matching(self, tree: Tree) -> VectorIndex:
        """The part of it that meets a filter; ``vectors`` and ``sample`` are of the whole."""
        ...
