"""Every photograph of a library at once, for what looks at all of them: labels, clusters, maps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from encoder import Vectors
from errors import UsageError
from store import SpaceRecord, Store

BLOCK = 8192
"""Rows that are widened to float32 at a time."""

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Collection:
    """``ids`` int64 (n,) ascending, and unit ``vectors`` float16 (n, d), row by row."""

    ids: Ids
    vectors: npt.NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.ids)

    def blocks(self) -> Iterator[Vectors]:
        """The vectors in order, float32 (≤ BLOCK, d) at a time."""
        for start in range(0, len(self.ids), BLOCK):
            yield self.vectors[start : start + BLOCK].astype(np.float32)

    def map(self, function: Callable[[Vectors], npt.NDArray[np.float32]]) -> Vectors:
        """What a function of (m, d) rows gives for all of them."""
        return np.concatenate([function(block) for block in self.blocks()])

    def sample(self, most: int) -> Vectors:
        """At most ``most`` rows, evenly spread, float32."""
        chosen = np.linspace(0, len(self.ids) - 1, min(most, len(self.ids))).astype(np.int64)
        return self.vectors[chosen].astype(np.float32)

    def of(self, ids: Ids) -> "Collection":
        """Those of ascending ids, all of which are here."""
        rows = np.searchsorted(self.ids, ids)
        return Collection(ids, self.vectors[rows])

    def rows(self, ids: Ids) -> npt.NDArray[np.int64]:
        """The rows of ids that are here."""
        found: npt.NDArray[np.int64] = np.flatnonzero(np.isin(self.ids, ids))
        return found


def collect(store: Store, space: SpaceRecord) -> Collection:
    """All live vectors of a space. Raises UsageError if there are none."""
    collection = everything(store, space)
    if not len(collection):
        raise UsageError("the library holds no photographs yet; run: photoseek index FOLDER")
    return collection


def everything(store: Store, space: SpaceRecord) -> Collection:
    """All live vectors of a space, be there none."""
    pieces = [piece for piece in store.catalog.changes(space.id, 0) if len(piece.ids)]
    none = np.empty((0, space.dimension), dtype=np.float16)
    return Collection(
        np.concatenate([np.empty(0, dtype=np.int64), *(piece.ids for piece in pieces)]),
        np.concatenate([none, *(piece.vectors for piece in pieces)]),
    )
