"""Nearest neighbours by inner product: FAISS, wrapped once.

A large, immutable base (usually memory-mapped from a snapshot) is followed by a small tail of later
changes. The base compares every vector (``store.exact``) up to a size, and is an inverted file
(``store.inverted``) beyond it; the tail compares every vector. Ids are content ids; those that the
tail supersedes or removes are masked in the base by a selector inside the search, so ``k`` results
come back whenever ``k`` exist.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from store.exact import ExactBase, new_exact, rows_of, scan
from store.records import VectorChanges
from store.scanning import Asked, Scan, all_of, best, free_cores, in_parallel, none_of
from store.vector_index import Ids, Neighbours, Vector, Vectors


class Base(Protocol):
    """Vectors that stay as they are."""

    @property
    def index(self) -> Any: ...

    @property
    def complete(self) -> bool:
        """Whether every scan compares all vectors that it may."""

    @property
    def ids(self) -> Ids: ...

    def scans(self, asked: Asked, hidden: Collection[int], cores: int) -> list[Scan]:
        """What finds the best that are not ``hidden``, for a core each."""

    def all_scans(self, asked: Asked, hidden: Collection[int], cores: int) -> list[Scan]:
        """The same, comparing all."""

    def holds(self, ids: Ids) -> npt.NDArray[np.bool_]: ...

    def vectors(self, ids: Ids) -> Vectors: ...


class FaissIndex:
    """The in-process VectorIndex: a base and a tail."""

    def __init__(self, dimension: int, base: Base | None = None, change: int = 0) -> None:
        self.dimension = dimension
        self.change = change
        self.base: Base = base if base is not None else ExactBase(new_exact(dimension))
        self._masked: set[int] = set()
        self._tail = new_exact(dimension)
        self._samples: dict[int, Vectors] = {}

    @classmethod
    def build(cls, dimension: int, pieces: Iterable[VectorChanges]) -> "FaissIndex":
        """Put everything the pieces hold into a base that compares all."""
        seen = Seen(pieces)
        base = ExactBase.build(dimension, seen)
        return cls(dimension, base, seen.change)

    def copy(self) -> "FaissIndex":
        """Another index on the same base, to be changed while searches go on in this one."""
        twin = FaissIndex(self.dimension, self.base, self.change)
        twin._masked = set(self._masked)
        twin._tail = faiss.clone_index(self._tail)
        return twin

    @property
    def base_count(self) -> int:
        return int(self.base.index.ntotal)

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
            self._masked.update(touched[self.base.holds(touched)].tolist())
        if len(changes.ids):
            self._tail.add_with_ids(changes.vectors.astype(np.float32), changes.ids)
        self.change = changes.change
        self._samples = {}

    def changes(self) -> VectorChanges:
        """What the tail says beside the base."""
        ids, gone = self._tail_ids(), np.fromiter(self._masked, dtype=np.int64)
        vectors = rows_of(self._tail, np.arange(len(ids))).astype(np.float16)
        return VectorChanges(self.change, ids, vectors, gone)

    def search(
        self, query: Vector, k: int, *, only: Ids | None = None, without: Collection[int] = ()
    ) -> Neighbours:
        """The ``k`` nearest to ``query``, float32 (d,), among ``only`` and not ``without``.

        As many come back as there are, up to ``k``; which, is exact or as good as the base's.
        """
        k = min(k, self.count if only is None else len(only))
        if k < 1:
            return best([], k)
        hidden = {*self._masked, *without} if without else self._masked
        asked = Asked(query, k, only)
        with free_cores() as cores:
            later = self._tail_scans(asked, without)
            found = best(in_parallel([*self.base.scans(asked, hidden, cores), *later]), k)
            if len(found.ids) < k and not self.base.complete:
                found = best(in_parallel([*self.base.all_scans(asked, hidden, cores), *later]), k)
        return found

    def among(self, ids: Ids, without: Collection[int] = ()) -> Ids:
        """Those of ``ids`` that have a vector and are not ``without``, ascending."""
        here = self.base.holds(ids)
        here &= ~np.isin(ids, list(self._masked))
        here |= np.isin(ids, self._tail_ids())
        return np.unique(ids[here & ~np.isin(ids, list(without))])

    def ids(self) -> Ids:
        """Every live id, int64 (count,): those of the base ascending, then the tail's."""
        live = self.base.ids
        if self._masked:
            live = live[~np.isin(live, list(self._masked))]
        return np.concatenate([live, self._tail_ids()])

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of live ids, float32 (len(ids), d), in their order."""
        if not self._tail.ntotal:
            return self.base.vectors(ids)
        found = np.empty((len(ids), self.dimension), dtype=np.float32)
        tail = {key: row for row, key in enumerate(self._tail_ids().tolist())}
        later = np.array([key in tail for key in ids.tolist()], dtype=bool)
        found[later] = rows_of(self._tail, [tail[key] for key in ids[later].tolist()])
        found[~later] = self.base.vectors(ids[~later])
        return found

    def sample(self, count: int) -> Vectors:
        """Vectors of at most ``count`` ids, evenly spread, float32 (m, d), not to be written to."""
        kept = self._samples.get(count)
        if kept is None:
            ids = self.ids()
            kept = self._samples[count] = self.vectors(ids[:: max(1, -(-len(ids) // count))])
            kept.flags.writeable = False
        return kept

    def _tail_scans(self, asked: Asked, without: Collection[int]) -> list[Scan]:
        if not self._tail.ntotal:
            return []
        return [scan(self._tail, asked, all_of(asked.chosen, none_of(without)))]

    def _tail_ids(self) -> Ids:
        ids: Ids = faiss.vector_to_array(self._tail.id_map)
        return ids


class Seen:
    """Pieces that pass by, and the change they bring a cache to."""

    def __init__(self, pieces: Iterable[VectorChanges]) -> None:
        self._pieces = pieces
        self.change = 0

    def __iter__(self) -> Iterator[VectorChanges]:
        for piece in self._pieces:
            self.change = piece.change
            yield piece
