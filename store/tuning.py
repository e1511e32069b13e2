"""When vectors are kept in lists, in how many, and how many a question opens.

The choice is by processor time, not by the clock: a scan of every vector takes 0.2 ms for each
million numbers, and a server that answers many at once has no second core to give to each.
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from errors import UsageError
from store.lists import Numbers
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
RECALL_OF_LISTS = 0.9925
"""Share that is in the lists opened where codes may miss some of it."""
FEWEST_WITH_CODES = 20_000
"""Vectors; of fewer, those in the lists are compared as quickly."""
CANDIDATES = (5, 10, 20, 40)
"""Times as many neighbours as are asked for, found by codes to be compared."""
MOST_CANDIDATES = 4096
SHARE = 8
"""Of the vectors in the lists that are opened, one in so many may be a candidate."""
FEWEST_SEEN = 25_000
"""Vectors that a question looks at, or a quarter of all, while no texts were there to tune with:
these may be farther from all photographs than photographs are from each other."""
QUESTIONS = 128
BLENDED = 3
LENGTHS = (20, 64, 256, 1024, 4096)
"""Of answers; the effort is tuned for each."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many of ``total`` lists a question opens, by the most neighbours it asks for, ascending.

    ``trained`` is how many vectors there were when it was tuned, ``recall`` what it then reached
    for the shortest answer. ``ranked`` is how many vectors codes find to be compared, by the same;
    without a number, or where there are no codes, all that are in the lists are compared.
    """

    opened: Mapping[int, int]
    trained: int
    recall: float
    total: int = 0
    ranked: Mapping[int, int] = field(default_factory=dict)

    def __str__(self) -> str:
        length, opened = next(iter(self.opened.items()), (0, self.total))
        ranked = self.candidates(length)
        compared = f", {ranked:,} compared of what codes find" if ranked else ""
        return (
            f"{self.total:,} lists, {opened:,} opened for {length} neighbours{compared} "
            f"(recall {self.recall:.3f} when tuned at {self.trained:,})"
        )

    def lists(self, k: int) -> int | None:
        """The lists to open for ``k`` neighbours; None for all, of an answer longer than tuned."""
        return _for(self.opened, k)

    def candidates(self, k: int) -> int | None:
        """The vectors to compare of ``k`` neighbours' candidates; None for all of the lists."""
        return _for(self.ranked, k)


def _for(tuned_for: Mapping[int, int], k: int) -> int | None:
    lengths = list(tuned_for)
    place = bisect_left(lengths, k)
    return tuned_for[lengths[place]] if place < len(lengths) else None


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


def lengths_for(count: int) -> list[int]:
    """The lengths of answers for which the search among so many vectors is tuned."""
    return [length for length in LENGTHS if 10 * length <= count]


def tuned(
    places: Numbers, count: int, lists: int, fewest: int = 0, recall: float = RECALL
) -> Effort:
    """The least effort that reaches a recall for each length of answer and opens ``fewest`` lists.

    ``places`` int64 (m, k) has, for the true neighbours of every question, best first, the place
    of their list in the question's own order of lists: a neighbour is found if and only if its list
    is opened.
    """
    lengths = lengths_for(count)
    opened = {
        length: max(fewest, int(np.quantile(places[:, :length], recall, method="higher")) + 1)
        for length in lengths
    }
    shortest = lengths[0]
    reached = float((places[:, :shortest] < opened[shortest]).mean())
    return Effort(opened, count, round(reached, 4), lists)


def with_candidates(effort: Effort, reached: Callable[[Effort, int], float]) -> Effort:
    """The effort with the fewest candidates that keep the recall, where these are few enough to
    save time; itself where there are none such.

    ``reached`` measures the recall of an effort for answers of a length.
    """
    ranked: dict[int, int] = {}
    for length, opened in effort.opened.items():
        most = min(MOST_CANDIDATES, opened * effort.trained // effort.total // SHARE)
        tried = [times * length for times in CANDIDATES if times * length <= most]
        efforts = (replace(effort, ranked={length: count}) for count in tried)
        enough = next((one for one in efforts if reached(one, length) >= RECALL), None)
        if enough is None:
            break
        ranked |= enough.ranked
    if not ranked:
        return effort
    found = replace(effort, ranked=ranked)
    return replace(found, recall=round(reached(found, min(ranked)), 4))
