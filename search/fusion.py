"""Meaning and names in one order: weighted reciprocal rank fusion.

Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank
learning methods", SIGIR 2009: a list gives 1 / (60 + rank) to each of its own.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from search.embedding import Question
from search.grouping import Found
from search.nearest import Ids, Ranking, Scores, penalised
from search.relevance import STRONG
from search.textual import TextMatch
from store import VectorIndex

RANKS_BEFORE = 60
FUSED = 1000
"""So many of each list are put in one order; further ones follow as they are."""
NAME_WEIGHT = 2.0
"""A list of a few names that hold all words counts twice as much as meaning."""
FEW = 20
"""Of more names the list counts the less: what a word names five hundred times, it says little
of."""


def fused(
    meaning: Ranking, texts: Mapping[int, TextMatch], question: Question, index: VectorIndex
) -> Ranking:
    """One ranking of what is near in meaning and what is named so.

    Photographs with as many of the words are in the order of their meaning.
    """
    ids = np.array(sorted(texts), dtype=np.int64)
    scores = penalised(question, index.vectors(ids))
    coverage = np.array([texts[key].coverage for key in ids.tolist()])
    order = np.lexsort((ids, -scores, -coverage))[:FUSED]
    named = Ranking(ids[order], scores[order])
    weights = NAME_WEIGHT * coverage[order] ** 2 * min(1.0, (FEW / len(ids)) ** 0.5)
    return _merged(meaning, named, np.asarray(weights, dtype=np.float64))


def by_text(texts: Mapping[int, TextMatch], newest_first: Ids) -> Ranking:
    """By how many of the words a photograph has, newest first; there is no cosine to tell."""
    ids = newest_first[np.isin(newest_first, np.fromiter(texts, dtype=np.int64))]
    coverage = np.array([texts[key].coverage for key in ids.tolist()], dtype=np.float32)
    order = np.argsort(-coverage, kind="stable")
    return Ranking(ids[order], np.zeros(len(ids), dtype=np.float32))


def _merged(meaning: Ranking, named: Ranking, weights: Scores | np.ndarray) -> Ranking:
    ids = np.union1d(meaning.ids, named.ids)
    points, scores = np.zeros(len(ids)), np.zeros(len(ids), dtype=np.float32)
    for ranking, weight in ((named, weights), (meaning, np.ones(len(meaning.ids)))):
        rows = np.searchsorted(ids, ranking.ids)
        points[rows] += weight / (RANKS_BEFORE + 1 + np.arange(len(rows)))
        scores[rows] = ranking.scores
    order = np.lexsort((ids, -scores, -points))
    return Ranking(ids[order], scores[order])


def present(
    texts: Mapping[int, TextMatch], index: VectorIndex, only: Ids | None, own: Collection[int]
) -> dict[int, TextMatch]:
    """Those of the matches that have a vector, meet the filters and are not the question itself."""
    ids = np.fromiter(sorted(texts), dtype=np.int64)
    kept = ids if only is None else np.intersect1d(ids, only)
    there = index.among(kept, own) if len(kept) else kept
    return {key: texts[key] for key in there.tolist()}


def judged_with_names(
    relevance: Sequence[float | None], found: Sequence[Found], texts: Mapping[int, TextMatch]
) -> list[float | None]:
    """A photograph that is named by all the words is what was asked for, whatever it looks like."""
    named = [one.photo.id in texts and texts[one.photo.id].all for one in found]
    return [
        max(value, STRONG) if value is not None and is_named else value
        for value, is_named in zip(relevance, named, strict=True)
    ]
