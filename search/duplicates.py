"""Duplicates in three tiers: exact copies, the same picture, merely similar ones.

Hashes and vectors propose pairs, pixels decide what is the same. A group is told from its best
picture: every member was verified with that one, or with a near twin of it that was, and no
further, so groups do not grow by hearsay.
"""

import enum
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from encoder import Vectors
from search.likeness import Scale, distances, telling
from store import Looks
from store.pairs import Pairs, near_hashes, near_vectors

TWIN_BITS = 4
"""Bits within which a picture stands in for another when a third is compared with it."""
STAND_INS = 2
"""How many of them are asked after the first has refused: of those that fit any, 99.8 % fit these,
and frames between which a subject has moved are refused by all, at the full price of each."""
BITS = 10
"""pHash bits in which a picture and its re-encoded, resized or slightly edited self may differ."""
CROPPED_BITS = 24
"""Bits in which a crop or a turn of a picture may differ; of strangers, one pair in 30 does."""
SIMILAR = 0.80
"""Likeness (see ``search.likeness``) above which pictures are similar, and crops are looked for."""

Verify = Callable[[int, int], bool]
Stored = npt.NDArray[np.float16] | Vectors


class Tier(enum.StrEnum):
    """How sure it is that nothing is lost without the others."""

    EXACT = "exact"
    """One content, byte by byte, at several paths."""
    SAME = "same"
    """One picture: encoded again, resized, cropped or slightly edited."""
    SIMILAR = "similar"
    """Other pictures that look much alike."""


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """Groups of content ids, each with its best first: most pixels, then most bytes."""

    same: tuple[tuple[int, ...], ...]
    similar: tuple[tuple[int, ...], ...]


def find_lookalikes(
    looks: Looks,
    vectors: Stored,
    scale: Scale,
    verify: Verify,
    expect: Callable[[Sequence[int]], None] = lambda _: None,
) -> Lookalikes:
    """Compare everything with everything; ``vectors`` (n, d) belong to the rows of ``looks``.

    ``verify`` says of two content ids whether their pixels are one picture; ``expect`` is told
    before which ids it will be asked about, about in their order. A RAW file and its
    JPEG are no duplicates, and two shots of different seconds never the same picture.
    """
    alike = _without_raw_pairs(near_vectors(vectors, scale.cosine(SIMILAR)), looks)
    hashed = np.flatnonzero(telling(looks.hashes))
    twins = _without_raw_pairs(hashed[near_hashes(looks.hashes[hashed], BITS)], looks)
    candidates = np.concatenate([twins, alike[_bits(alike, looks) <= CROPPED_BITS]])
    order = np.lexsort((looks.ids, -looks.bytes, -looks.pixels)).tolist()

    def same_rows(one: int, other: int) -> bool:
        return verify(int(looks.ids[one]), int(looks.ids[other]))

    def twins_rows(one: int, other: int) -> bool:
        return int(_bits(np.array([[one, other]]), looks)[0]) <= TWIN_BITS

    proposed = candidates[_of_one_time(candidates, looks)]
    among = set(np.unique(proposed).tolist())
    expect([int(looks.ids[row]) for row in order if row in among])
    same = group_around(proposed, order, same_rows, twins_rows)
    leader = {row: group[0] for group in same for row in group}
    among_leaders = [(leader.get(i, i), leader.get(j, j)) for i, j in alike.tolist()]
    similar = group_around([pair for pair in among_leaders if pair[0] != pair[1]], order)
    return Lookalikes(_as_ids(same, looks), _as_ids(similar, looks))


def group_around(
    pairs: Pairs | Sequence[tuple[int, int]],
    order: Iterable[int],
    verify: Verify | None = None,
    stands_in: Verify = lambda *_: False,
) -> list[list[int]]:
    """Groups of two or more rows, each around the first in ``order`` that is still free.

    With ``verify``, rows that are paired with a member join if they are verified with the first, or
    with a member that was and ``stands_in`` for it: a crop and a sharpened version each fit the
    original better than each other. Without it, the first's own partners join.
    """
    partners: dict[int, list[int]] = defaultdict(list)
    for one, other in np.asarray(pairs, dtype=np.int64).reshape(-1, 2).tolist():
        partners[one].append(other)
        partners[other].append(one)
    grouped: set[int] = set()
    groups = []
    for first in order:
        if first in partners and first not in grouped:
            members = _around(first, partners, grouped, verify, stands_in)
            if len(members) > 1:
                groups.append(members)
                grouped.update(members)
    return groups


def _around(
    first: int,
    partners: dict[int, list[int]],
    taken: set[int],
    verify: Verify | None,
    stands_in: Verify,
) -> list[int]:
    if verify is None:
        return [first, *(other for other in dict.fromkeys(partners[first]) if other not in taken)]
    members, stand_ins, tried = [first], set[int](), Counter[int]()
    for member in members:  # grows while it is walked
        for other in dict.fromkeys(partners[member]):
            if other in taken or other in members:
                continue
            references = [] if tried[other] else [first]
            if member in stand_ins and tried[other] <= STAND_INS:
                references.append(member)
            tried[other] += len(references)
            fits = next((one for one in references if verify(one, other)), None)
            if fits is not None:
                members.append(other)
            if fits == first and stands_in(first, other):
                stand_ins.add(other)
    return members


def _without_raw_pairs(pairs: Pairs, looks: Looks) -> Pairs:
    raw = looks.raw[pairs]
    kept: Pairs = pairs[raw[:, 0] == raw[:, 1]]
    return kept


def _bits(pairs: Pairs, looks: Looks) -> npt.NDArray[np.uint8]:
    return distances(looks.hashes[pairs[:, 0]], looks.hashes[pairs[:, 1]])


def _of_one_time(pairs: Pairs, looks: Looks) -> npt.NDArray[np.bool_]:
    """Whether two pictures may be of the same second: one whose time is lost may."""
    one, other = looks.taken_at[pairs[:, 0]], looks.taken_at[pairs[:, 1]]
    return np.asarray(np.isnat(one) | np.isnat(other) | (one == other))


def _as_ids(groups: Iterable[Sequence[int]], looks: Looks) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(looks.ids[list(group)].tolist()) for group in groups)
