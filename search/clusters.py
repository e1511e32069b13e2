"""Groups of photographs that look alike, each with a name.

Spherical k-means on embeddings from which the library's mean was taken: what all photographs share
says nothing about groups. Without a number, it is the knee of the curve of how close photographs
are to their centroid against how many centroids there are (Satopää et al., "Finding a kneedle in a
haystack", 2011). A group is named by the word of the shipped vocabulary that its photographs have
more of than all others do.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from encoder import Encoder, Vectors, unit_rows
from errors import UsageError
from search.bank import embed_once, vocabulary
from search.collection import Collection, Ids
from store.kmeans import spherical_kmeans

MOST_CLUSTERS = 500
NAMES = 3
_LADDER = (4, 6, 8, 10, 12, 16, 20, 24, 32, 40)
_SAMPLE = 20_000
_TRIED = 6_000


@dataclass(frozen=True, slots=True)
class Cluster:
    """``ids`` of its photographs, the most typical first; ``names``, the most telling first."""

    names: tuple[str, ...]
    ids: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""


def embed_vocabulary(encoder: Encoder) -> Vectors:
    """Unit vectors float32 (m, d) of the vocabulary. Raises NoTextTower without words."""
    return embed_once(encoder, vocabulary())


def find_clusters(
    collection: Collection, count: int | None, words: Vectors | None
) -> list[Cluster]:
    """The largest first; ``count`` None chooses. ``words`` None leaves them without names.

    Raises UsageError for a number that makes no sense.
    """
    if count is not None and not 1 <= count <= MOST_CLUSTERS:
        raise UsageError(f"{count} clusters: give a number from 1 to {MOST_CLUSTERS}")
    mean = _mean(collection, np.arange(len(collection)))
    sample = unit_rows(collection.sample(_SAMPLE) - mean)
    chosen = min(count or choose_count(sample), len(collection))
    centroids = spherical_kmeans(sample, chosen, tries=8)
    scores = collection.map(lambda block: _nearest(unit_rows(block - mean), centroids))
    nearest, closeness = scores[:, 0].astype(np.int64), scores[:, 1]
    groups = _by_centroid(nearest, closeness, chosen)
    names = _names(collection, groups, words) if words is not None else [()] * len(groups)
    return [
        Cluster(name, tuple(collection.ids[rows].tolist()))
        for name, rows in zip(names, groups, strict=True)
    ]


def choose_count(rows: Vectors) -> int:
    """The knee among 4 to 40, fewer for fewer than 80 rows (n, d)."""
    tried = rows[:: max(1, len(rows) // _TRIED)]
    ladder = [count for count in _LADDER if count <= len(tried) // 5]
    if len(ladder) < 3:
        return max(1, min(len(rows) // 3, 4))
    closeness = [float((tried @ spherical_kmeans(tried, k).T).max(axis=1).mean()) for k in ladder]
    return ladder[_knee(ladder, closeness)]


def _knee(steps: list[int], values: list[float]) -> int:
    """Where a rising curve is farthest above the line between its ends."""
    across = np.interp(steps, (steps[0], steps[-1]), (0, 1))
    up = np.interp(values, (values[0], max(values[-1], values[0] + 1e-9)), (0, 1))
    return int(np.argmax(up - across))


def _nearest(rows: Vectors, centroids: Vectors) -> Vectors:
    """For each row the number of its centroid, and its cosine with it: float32 (n, 2)."""
    scores = rows @ centroids.T
    return np.column_stack([scores.argmax(axis=1), scores.max(axis=1)]).astype(np.float32)


def _by_centroid(
    nearest: Ids, closeness: npt.NDArray[np.float32], count: int
) -> list[npt.NDArray[np.intp]]:
    """Rows of each centroid, the closest first; the largest groups first, none empty."""
    order = np.lexsort((-closeness, nearest))
    edges = np.searchsorted(nearest[order], np.arange(count + 1))
    groups = [order[start:end] for start, end in pairwise(edges)]
    return sorted((rows for rows in groups if len(rows)), key=len, reverse=True)


def _names(
    collection: Collection, groups: list[npt.NDArray[np.intp]], words: Vectors
) -> list[tuple[str, ...]]:
    """The words that tell each group from the rest; a word comes first for one group only."""
    centred = unit_rows(words - words.mean(axis=0))
    means = np.stack([_mean(collection, rows) for rows in groups])
    sizes = np.array([len(rows) for rows in groups], dtype=np.float32)[:, None]
    total = (means * sizes).sum(axis=0)
    rest = (total - means * sizes) / np.maximum(sizes.sum() - sizes, 1)
    telling = (means - rest) @ centred.T
    firsts = _one_each(telling)
    return [_named(telling[row], first) for row, first in enumerate(firsts)]


def _mean(collection: Collection, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    total = np.zeros(collection.vectors.shape[1], dtype=np.float64)
    for start in range(0, len(rows), 8192):
        total += collection.vectors[rows[start : start + 8192]].sum(axis=0, dtype=np.float64)
    return np.asarray(total / len(rows), dtype=np.float32)


def _one_each(telling: Vectors) -> list[int]:
    """A different word for each row, the surest choices first."""
    chosen = [-1] * len(telling)
    taken: set[int] = set()
    for row in np.argsort(-telling.max(axis=1)).tolist():
        order = np.argsort(-telling[row]).tolist()
        chosen[row] = next((word for word in order if word not in taken), order[0])
        taken.add(chosen[row])
    return chosen


def _named(telling: npt.NDArray[np.float32], first: int) -> tuple[str, ...]:
    others = [word for word in np.argsort(-telling)[: NAMES + 1].tolist() if word != first]
    return tuple(vocabulary()[word] for word in [first, *others[: NAMES - 1]])
