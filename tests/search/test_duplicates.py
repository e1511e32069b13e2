"""Grouping, and what may go: pure decisions, checked as properties."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from encoder import unit_rows
from search.duplicates import STAND_INS, Tier, find_lookalikes, group_around
from search.likeness import Scale
from search.spares import DuplicateGroup, Picture, find_spares
from store import Copy, Looks, Photo

TELLING = 0x00FF_00FF_00FF_00FF


def looks(*rows: tuple[int, int, str, bool]) -> Looks:
    """Each of a hash, a size in pixels, a time or nothing, and whether it is RAW."""
    return Looks(
        ids=np.arange(1, len(rows) + 1),
        contents=tuple(bytes([n]) * 32 for n in range(len(rows))),
        hashes=np.array([bits for bits, *_ in rows], dtype=np.uint64),
        taken_at=np.array([time or "NaT" for _, _, time, _ in rows], dtype="datetime64[s]"),
        pixels=np.array([pixels for _, pixels, *_ in rows]),
        bytes=np.array([pixels for _, pixels, *_ in rows]),
        raw=np.array([raw for *_, raw in rows], dtype=bool),
    )


def apart(count: int) -> np.ndarray:
    return np.eye(count, dtype=np.float16)


def test_pictures_whose_hashes_are_near_and_pixels_agree_are_the_same_the_largest_first() -> None:
    seen = looks(
        (TELLING, 10, "", False), (TELLING ^ 3, 30, "", False), (~TELLING & 2**64 - 1, 9, "", False)
    )
    found = find_lookalikes(seen, apart(3), Scale(), lambda *_: True)
    assert found.same == ((2, 1),)
    assert found.similar == ()


def test_what_pixels_deny_is_not_the_same() -> None:
    seen = looks((TELLING, 10, "", False), (TELLING, 30, "", False))
    assert find_lookalikes(seen, apart(2), Scale(), lambda *_: False).same == ()


def test_shots_of_different_seconds_are_never_the_same_picture_but_similar() -> None:
    seen = looks(
        (TELLING, 9, "2023-07-01T12:00:00", False), (TELLING, 9, "2023-07-01T12:00:01", False)
    )
    vectors = unit_rows(np.ones((2, 8), dtype=np.float32))
    found = find_lookalikes(seen, vectors, Scale(), lambda *_: True)
    assert (found.same, found.similar) == ((), ((1, 2),))


def test_a_raw_file_and_its_jpeg_are_no_duplicates() -> None:
    seen = looks((TELLING, 10, "", True), (TELLING, 10, "", False))
    vectors = unit_rows(np.ones((2, 8), dtype=np.float32))
    found = find_lookalikes(seen, vectors, Scale(), lambda *_: True)
    assert (found.same, found.similar) == ((), ())


def test_an_empty_library_has_none() -> None:
    found = find_lookalikes(looks(), np.empty((0, 8), np.float16), Scale(), lambda *_: True)
    assert (found.same, found.similar) == ((), ())


pairs_of_rows = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] != pair[1])
)


@given(pairs=pairs_of_rows, truth=st.lists(st.integers(0, 3), min_size=13, max_size=13))
def test_every_member_was_verified_with_the_first(
    pairs: list[tuple[int, int]], truth: list[int]
) -> None:
    groups = group_around(pairs, range(13), lambda one, other: truth[one] == truth[other])
    members = [row for group in groups for row in group]
    assert len(members) == len(set(members))
    for group in groups:
        assert len(group) > 1
        assert len({truth[row] for row in group}) == 1


@given(pairs=pairs_of_rows, fits=st.sets(st.integers(0, 12)))
def test_few_stand_ins_are_asked(pairs: list[tuple[int, int]], fits: set[int]) -> None:
    """What the first refuses costs at most so many comparisons more in its group."""
    asked = Counter[int]()

    def verify(_: int, other: int) -> bool:
        asked[other] += 1
        return other in fits

    partners = [(0, other) for other in range(1, 13)]
    group_around([*partners, *pairs], [0], verify, lambda *_: True)
    assert all(count <= 1 + STAND_INS for count in asked.values())


@given(pairs=pairs_of_rows)
def test_without_a_check_a_group_is_its_firsts_own_partners(pairs: list[tuple[int, int]]) -> None:
    either = set(pairs) | {(other, one) for one, other in pairs}
    for first, *others in group_around(pairs, range(13)):
        assert all((first, other) in either for other in others)


def photo(content: int) -> Photo:
    return Photo(
        content, bytes([content]) * 32, (Path("/x"),), 1, 1, 1, "JPEG", datetime(2023, 1, 1),
        None, None, None, None, offline=False,
    )  # fmt: skip


def exact(content: int, *paths: str, offline: tuple[str, ...] = ()) -> Picture:
    copies = [Copy(hash(p) % 10**6, Path(p), 5, 0, offline=p in offline) for p in paths]
    return Picture(photo(content), tuple(copies))


def test_the_copy_that_looks_like_one_goes() -> None:
    group = DuplicateGroup(Tier.EXACT, (exact(1, "/p/a (1).jpg", "/p/a.jpg", "/p/x/y/a.jpg"),))
    spares = find_spares([group])
    assert {str(spare.copy.path) for spare in spares} == {"/p/a (1).jpg", "/p/x/y/a.jpg"}
    assert {str(spare.keep) for spare in spares} == {"/p/a.jpg"}
    preferred = find_spares([group], [Path("/nowhere"), Path("/p/x")])
    assert {str(spare.keep) for spare in preferred} == {"/p/x/y/a.jpg"}


def test_what_is_away_neither_goes_nor_counts_as_kept() -> None:
    one = DuplicateGroup(Tier.EXACT, (exact(1, "/a.jpg", "/b.jpg", offline=("/a.jpg",)),))
    assert find_spares([one]) == []
    all_away = DuplicateGroup(Tier.EXACT, (exact(1, "/a", "/b", offline=("/a", "/b")),))
    assert find_spares([all_away]) == []
    best_away = DuplicateGroup(
        Tier.SAME, (exact(1, "/a", offline=("/a",)), exact(2, "/b"), exact(3, "/c"))
    )
    assert find_spares([best_away]) == []


def test_similar_pictures_are_never_spare() -> None:
    assert find_spares([DuplicateGroup(Tier.SIMILAR, (exact(1, "/a"), exact(2, "/b")))]) == []


paths = st.sets(st.integers(0, 30), max_size=30)


@given(
    owners=st.lists(st.integers(0, 5), min_size=1, max_size=20),
    away=st.sets(st.integers(0, 20)),
    together=st.lists(st.integers(0, 5), unique=True, max_size=4),
)
def test_something_of_every_group_stays(
    owners: list[int], away: set[int], together: list[int]
) -> None:
    """Whatever groups overlap: no kept file goes, none goes twice, and of each picture that has
    a reachable file, one stands in for it."""
    by_content: dict[int, list[str]] = {}
    for number, content in enumerate(owners):
        by_content.setdefault(content, []).append(f"/{number}.jpg")
    gone = tuple(f"/{number}.jpg" for number in away)
    pictures = {c: exact(c, *names, offline=gone) for c, names in by_content.items()}
    groups = [
        DuplicateGroup(Tier.EXACT, (one,)) for one in pictures.values() if len(one.copies) > 1
    ]
    same = tuple(pictures[c] for c in together if c in pictures)
    groups += [DuplicateGroup(Tier.SAME, same)] if len(same) > 1 else []
    spares = find_spares(groups)
    going = [spare.copy.path for spare in spares]
    assert len(going) == len(set(going))
    assert not {spare.keep for spare in spares} & set(going)
    assert not any(spare.copy.offline for spare in spares)
    for group in groups:
        reachable = {c.path for p in group.pictures for c in p.copies if not c.offline}
        stays = {spare.keep for spare in spares if spare.copy.path in reachable}
        assert not reachable or (reachable | stays) - set(going)
