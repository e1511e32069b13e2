"""When vectors are kept in lists, in how many, and how many a question opens.

The choice is by processor time, not by the clock: a scan of every vector takes 0.2 ms for each
million numbers, and a server that answers many at once has no second core to give to each.
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from errors import UsageError
from store.records import VectorChanges
from store.vector_index import Vectors

MOST_EXACT = 64_000_000
"""Numbers (vectors × dimension) of which all are compared: 13 ms of one core."""
FORCED = "PHOTOSEEK_LISTS"
"""The variable of the environment that has the choice: ``always`` or ``never``."""
FEWEST_IN_LISTS = 1000
"""Vectors; lists of fewer cannot be tuned, whatever was asked for."""
GROWN_BY = 1.5
"""Lists are made anew when there are so many times the vectors, or so many times fewer."""
ROWS_A_CENTROID = 30
RECALL = 0.99
"""Share of the true neighbours that the tuned effort finds."""
FEWEST_SEEN = 25_000
"""Vectors that a question looks at, or a quarter of all, while no texts were there to tune with:
these may be farther from all photographs than photographs are from each other."""
QUESTIONS = 128
BLENDED = 3
LENGTHS = (20, 64, 256, 1024, 4096)
"""Of answers; the effort is tuned for each."""

Lists = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Effort:
    """How many of ``total`` lists a question opens, by the most neighbours it asks for, ascending.

    ``trained`` is how many vectors there were when it was tuned, ``recall`` what it then reached
    for the shortest answer.
    """

    opened: Mapping[int, int]
    trained: int
    recall: float
    total: int = 0

    def __str__(self) -> str:
        length, opened = next(iter(self.opened.items()), (0, self.total))
        return (
            f"{self.total:,} lists, {opened:,} opened for {length} neighbours "
            f"(recall {self.recall:.3f} when tuned at {self.trained:,})"
        )

    def lists(self, k: int) -> int | None:
        """The lists to open for ``k`` neighbours; None for all, of an answer longer than tuned."""
        lengths = list(self.opened)
        place = bisect_left(lengths, k)
        return self.opened[lengths[place]] if place < len(lengths) else None


UNTUNED = Effort({}, 0, 1.0)


def lists_for(count: int, dimension: int) -> int:
    """Into how many lists so many vectors are sorted; 0 where all are compared.

    A power of two near four square roots, which balances finding lists with scanning them.
    Raises UsageError for a ``$PHOTOSEEK_LISTS`` that is neither ``always`` nor ``never``.
    """
    forced = os.environ.get(FORCED, "")
    if forced not in ("", "always", "never"):
        raise UsageError(f"{FORCED} is {forced!r}: either always, never, or not set")
    is_large = count * dimension > MOST_EXACT if not forced else forced == "always"
    if not is_large or count < FEWEST_IN_LISTS:
        return 0
    return int(2 ** round(np.log2(4 * np.sqrt(count))))


def outgrown(trained: int, count: int, dimension: int) -> bool:
    """Whether ``count`` vectors should be sorted anew that are in lists made when there were
    ``trained``; 0 for vectors without lists."""
    if not trained or not lists_for(count, dimension):
        return bool(trained) != bool(lists_for(count, dimension))
    return max(count / trained, trained / count) >= GROWN_BY


def centroid_sample(pieces: Iterable[VectorChanges], count: int, lists: int) -> Vectors:
    """Of ``count`` vectors, enough to find the centroids of so many lists, float32 (n, d)."""
    step = max(1, count // (ROWS_A_CENTROID * lists))
    rows = [piece.vectors[::step] for piece in pieces if len(piece.ids)]
    return np.concatenate(rows).astype(np.float32)


def questions(vectors: Vectors, texts: Vectors | None = None) -> Vectors:
    """Unit rows float32 (m, d) to tune with: some of ``texts``, or else blends of three photographs
    that do not belong together. Words lie apart from photographs; a blend of a library's own is
    found a little harder than a caption (docs/benchmarks.md)."""
    if texts is not None:
        return texts[:: -(-len(texts) // QUESTIONS)]
    count = min(QUESTIONS, len(vectors) // BLENDED)
    rows: Vectors = vectors[: BLENDED * count].reshape(BLENDED, count, -1).sum(axis=0)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def fewest_lists(count: int, lists: int, texts: Vectors | None) -> int:
    """How many of the lists of ``count`` vectors are opened at least."""
    return 0 if texts is not None else min(lists // 4, FEWEST_SEEN * lists // count)


def tuned(nearest: Callable[[int], Lists], count: int, lists: int, fewest: int = 0) -> Effort:
    """The least effort that reaches RECALL for each length of answer and opens ``fewest`` lists.

    ``nearest`` gives, for the k true neighbours of every question, the place of their list in the
    question's own order of lists (m, k): a neighbour is found if and only if its list is opened.
    """
    lengths = [length for length in LENGTHS if 10 * length <= count]
    places = nearest(max(lengths))
    opened = {
        length: max(fewest, int(np.quantile(places[:, :length], RECALL, method="higher")) + 1)
        for length in lengths
    }
    shortest = lengths[0]
    recall = float((places[:, :shortest] < opened[shortest]).mean())
    return Effort(opened, count, round(recall, 4), lists)
