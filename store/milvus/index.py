"""The VectorIndex on a collection of Milvus, and the part of it that a filter leaves."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TypeVar

import numpy as np
from sqlalchemy import Engine

from store.filters import Tree
from store.milvus.client import WINDOW
from store.milvus.collection import CollectionGone, SpaceCollection, State
from store.milvus.expressions import both, expression_of, ids_in, not_in
from store.milvus.stored import Stamps, StoredVectors
from store.vector_index import Ids, Neighbours, Vector, Vectors

PIECE = 8192
"""Vectors that are compared at a time where Milvus's window is too small."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, eq=False)
class MilvusIndex:
    """What a collection held of the catalog when it was caught up to ``state.change``.

    ``crowded`` of its rows have more folders than fit into one. ``make_again`` fills the collection
    anew if somebody drops it. It is ``ahead`` of the state that its reader looks at if another
    process has brought it further. ``where`` is an expression that every answer meets.
    """

    collection: SpaceCollection
    engine: Engine
    state: State
    total: int
    crowded: int
    make_again: Callable[[], None]
    ahead: bool = False
    where: str = ""
    samples: dict[int, Vectors] = field(default_factory=dict, repr=False)

    @property
    def change(self) -> int:
        return self.state.change

    @property
    def count(self) -> int:
        """How many vectors there are to search among, int."""
        return self._count() if self.where else self.total

    def matching(self, tree: Tree) -> "MilvusIndex":
        """The part that meets a filter; Milvus evaluates it while it searches."""
        expression = expression_of(self.engine, tree, crowded=bool(self.crowded))
        return replace(self, where=both(self.where, expression))

    def search(
        self, query: Vector, k: int, *, only: Ids | None = None, without: Collection[int] = ()
    ) -> Neighbours:
        """The ``k`` nearest to ``query``, float32 (d,), among ``only`` and not ``without``.

        Raises EngineError if Milvus does not answer.
        """
        k = min(k, self.total)
        if k < 1 or (only is not None and not len(only)):
            return _nothing()
        where = both(
            self.where,
            "" if only is None else ids_in(only.tolist()),
            not_in(without) if without else "",
        )
        depth = self.state.plan.depth(k)
        if depth > WINDOW:
            return self._compared(query, k, where)
        found = self._searched(query, depth, where)
        if len(found.ids) < min(k, self.total) and self._fell_short(len(found.ids), where):
            return self._compared(query, k, where)
        return self._scored(query, found, k)

    def among(self, ids: Ids, without: Collection[int] = ()) -> Ids:
        """Those of ``ids`` that have a vector, are not ``without`` and meet the filter; ascending.

        int64 (m,).
        """
        live = self._stored.among(ids)
        live = live[~np.isin(live, list(without))]
        if not self.where or not len(live):
            return live
        where = both(ids_in(live.tolist()), self.where)
        return np.unique(self._ids(where))

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of live ids, float32 (len(ids), d), in their order: the catalog's own."""
        return self._stored.vectors(ids)

    def sample(self, count: int) -> Vectors:
        """Vectors of at most ``count`` ids of the whole space, evenly spread, float32 (m, d)."""
        found = self.samples.get(count)
        if found is None:
            found = self.samples[count] = self._stored.sample(count)
        return found

    def stamps(self, ids: list[int]) -> Stamps:
        """What tells the rows of ids from others, of those that are there."""
        client, name = self.collection.client, self.collection.name
        rows = client.rows(name, ids_in(ids), ["id", "change", "digest"])
        return {row["id"]: (row["change"], row["digest"]) for row in rows}

    @property
    def _stored(self) -> StoredVectors:
        space = self.collection.space
        return StoredVectors(self.engine, space.id, space.dimension)

    def _searched(self, query: Vector, limit: int, where: str) -> Neighbours:
        name, effort = self.collection.name, self.state.plan.search(limit)
        hits = self._asked(lambda: self.collection.client.search(name, query, limit, where, effort))
        ids = np.array([key for key, _ in hits], dtype=np.int64)
        scores = np.array([score for _, score in hits], dtype=np.float32)
        known = np.isin(ids, self._stored.among(ids)) if self.ahead else np.ones(len(ids), bool)
        return Neighbours(ids[known], scores[known])

    def _scored(self, query: Vector, found: Neighbours, k: int) -> Neighbours:
        """In order, equal scores by id; scored by the exact vectors where Milvus has others."""
        if self.state.plan.scores_exactly:
            return _best(found.ids, found.scores, k)
        return _best(found.ids, self.vectors(found.ids) @ query, k)

    def _fell_short(self, found: int, where: str) -> bool:
        """A graph may be left too early where a filter keeps little of it."""
        return bool(where) and self._asked(lambda: self._counted(where)) > found

    def _compared(self, query: Vector, k: int, where: str) -> Neighbours:
        """All that meets an expression, compared here: for more than Milvus gives at a time."""
        ids = self._ids(where)
        scores = [
            self.vectors(ids[start : start + PIECE]) @ query for start in range(0, len(ids), PIECE)
        ]
        return _best(ids, np.concatenate([_nothing().scores, *scores]), k)

    def _ids(self, where: str) -> Ids:
        client, name = self.collection.client, self.collection.name
        pieces = self._asked(lambda: list(client.every(name, where, ["id"], PIECE)))
        return np.array([row["id"] for piece in pieces for row in piece], dtype=np.int64)

    def _count(self) -> int:
        return self._asked(lambda: self._counted(self.where))

    def _counted(self, where: str) -> int:
        return self.collection.client.count(self.collection.name, where)

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        """The answer to a question; of a collection that was dropped, once it is filled again."""
        try:
            return question()
        except CollectionGone:
            self.make_again()
            return question()


@cache
def _nothing() -> Neighbours:
    return Neighbours(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


def _best(ids: Ids, scores: Vector, k: int) -> Neighbours:
    order = np.lexsort((ids, -scores))[:k]
    return Neighbours(ids[order], np.asarray(scores[order], dtype=np.float32))
