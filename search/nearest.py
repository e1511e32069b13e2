"""The photographs nearest to a question, with what it keeps away pushed down."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from encoder import Vectors
from search.embedding import Question
from store import VectorIndex

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]

PENALTY = 0.5
"""Halves what is not wanted among the first twenty, for less than one in a hundred of what is."""
OVERSAMPLED = 20
FEWEST_RERANKED = 1000
"""Of a question with negatives so many are found first, then ranked again."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Best first: ``ids`` int64 (n,) and ``scores`` float32 (n,), cosines less penalties."""

    ids: Ids
    scores: Scores

    def page(self, offset: int, limit: int) -> "Ranking":
        """At most ``limit`` after the first ``offset``."""
        some = slice(offset, offset + limit)
        return Ranking(self.ids[some], self.scores[some])


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a query's filters leave of an index: ``ids`` int64 (n,) of it, or all."""

    index: VectorIndex
    ids: Ids | None = None

    def __len__(self) -> int:
        return self.index.count if self.ids is None else len(self.ids)


def nearest(index: VectorIndex, question: Question, count: int, only: Ids | None) -> Ranking:
    """The best ``count`` among ``only``, or among all. Without negatives, exactly."""
    if not len(question.away):
        found = index.search(question.toward, count, only=only, without=question.own)
        return Ranking(found.ids, found.scores)
    depth = max(FEWEST_RERANKED, OVERSAMPLED * count)
    found = index.search(question.toward, depth, only=only, without=question.own)
    return _best(found.ids, penalised(question, index.vectors(found.ids)), count)


def penalised(question: Question, vectors: Vectors) -> Scores:
    """Scores of photographs (n, d): cosine with what is wanted, less a penalty for the rest.

    The penalty is what a photograph has of a negative beyond an ordinary one of the library, and
    never below zero. Raw subtraction turns the question away from what is wanted wherever that
    resembles what is not, and rewards the opposite of a negative; ``python -m training.negatives``
    measures both.
    """
    scores = vectors @ question.toward
    if len(question.away):
        excess = np.maximum(vectors @ question.away.T - question.ordinary, 0.0)
        scores = scores - PENALTY * (excess @ question.weights)
    return np.asarray(scores, dtype=np.float32)


def _best(ids: Ids, scores: Scores, count: int) -> Ranking:
    order = np.lexsort((ids, -scores))[:count]
    return Ranking(ids[order], scores[order])
