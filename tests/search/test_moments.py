"""Moments: what belongs together, and that grouping is a stable partition."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoder import unit_rows
from search.likeness import Scale, as_hashes, distances
from search.moments import Alike, Shots, as_times, group_moments, stem_of

NOON = datetime(2023, 7, 1, 12)
DIMENSION = 8
TELLING = 0x00FF_00FF_00FF_00FF


def shots(*rows: tuple[str, datetime | None, int, int]) -> Shots:
    """Each of a path, a time, an axis its vector lies near, and a perceptual hash."""
    count = len(rows)
    vectors = np.eye(DIMENSION, dtype=np.float32)[[axis for _, _, axis, _ in rows]]
    wobble = np.random.default_rng(0).normal(0, 0.05, vectors.shape).astype(np.float32)
    return Shots(
        ids=np.arange(count),
        scores=np.linspace(1, 0, count, dtype=np.float32),
        taken_at=as_times([time for _, time, _, _ in rows]),
        vectors=unit_rows(vectors + wobble),
        hashes=as_hashes([bits for *_, bits in rows]),
        paths=[Path(path) for path, *_ in rows],
    )


def groups(*rows: tuple[str, datetime | None, int, int]) -> list[list[int]]:
    return group_moments(shots(*rows), Scale())


def later(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_shots_of_one_scene_within_minutes_are_one() -> None:
    assert groups(
        ("/a.jpg", NOON, 0, 0), ("/b.jpg", later(1), 0, 0), ("/c.jpg", later(4), 0, 0)
    ) == [[0, 1, 2]]


def test_what_looks_different_or_is_hours_away_is_not() -> None:
    assert groups(
        ("/a.jpg", NOON, 0, 0), ("/b.jpg", later(1), 1, 0), ("/c.jpg", later(90), 0, 0)
    ) == [
        [0],
        [1],
        [2],
    ]


def test_without_a_time_likeness_alone_is_not_enough() -> None:
    assert groups(("/a.jpg", None, 0, 0), ("/b.jpg", None, 0, 0)) == [[0], [1]]


def test_a_moment_is_counted_from_its_best_shot_and_does_not_creep() -> None:
    """A burst of an hour is not one moment, though each shot is near the next."""
    burst = [(f"/{n}.jpg", later(3 * n), 0, 0) for n in range(6)]
    assert groups(*burst) == [[0, 1], [2, 3], [4, 5]]


def test_raw_and_jpeg_are_one() -> None:
    assert groups(("/d/IMG_1.JPG", NOON, 0, 0), ("/d/IMG_1.CR2", NOON, 0, 0)) == [[0, 1]]
    assert groups(("/jpg/IMG_1.JPG", NOON, 0, 0), ("/raw/IMG_1.CR2", NOON, 0, 0)) == [[0, 1]]
    assert groups(("/d/IMG_1.JPG", None, 0, 0), ("/d/IMG_1.CR2", None, 0, 0)) == [[0, 1]]


def test_names_alone_do_not_make_one_photograph() -> None:
    """Cameras count from one again, and every screenshot tool begins with 1.png."""
    assert groups(("/d/1.jpg", None, 0, 0), ("/d/1.png", None, 1, 0)) == [[0], [1]]
    assert groups(("/a/IMG_1.jpg", None, 0, 0), ("/b/IMG_1.jpg", None, 0, 0)) == [[0], [1]]


def test_the_same_picture_encoded_again_is_one_though_its_name_and_time_are_lost() -> None:
    assert groups(("/d/IMG_1.JPG", NOON, 0, TELLING), ("/w/WA0001.jpg", None, 0, TELLING ^ 3)) == [
        [0, 1]
    ]


def test_a_hash_of_a_picture_without_structure_tells_nothing() -> None:
    assert groups(("/a.jpg", None, 0, 1), ("/b.jpg", None, 0, 1)) == [[0], [1]]
    assert distances(as_hashes([1]), as_hashes([1])).tolist() == [64]
    assert distances(as_hashes([TELLING]), as_hashes([TELLING ^ 7])).tolist() == [3]
    assert distances(as_hashes([-1]), as_hashes([TELLING])).tolist() == [64]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IMG_2041.CR2", "IMG_2041.JPG"),
        ("IMG_2041.jpg", "IMG_E2041.HEIC"),
        ("IMG_2041.jpg", "IMG_2041-edited (1).jpg"),
        ("IMG_2041.jpg", "IMG_2041 - Kopie.jpg"),
        ("DSC01.ARW", "DSC01.ARW.jpg"),
        ("PXL_20230701_1.RAW-01.COVER.jpg", "PXL_20230701_1.RAW-02.ORIGINAL.dng"),
        ("20230701_1.jpg", "20230701_1~2.jpg"),
    ],
)
def test_stems_of_versions_are_one(one: str, other: str) -> None:
    assert stem_of(one) == stem_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("IMG_1.jpg", "IMG_2.jpg"), ("lamp.jpg", "la.jpg"), ("(1).jpg", "(2).jpg")]
)
def test_stems_of_others_are_not(one: str, other: str) -> None:
    assert stem_of(one) != stem_of(other)


def test_the_scale_is_the_mean_over_all_pairs() -> None:
    rng = np.random.default_rng(1)
    sample = unit_rows(rng.normal(0.5, 1, (40, 16)).astype(np.float32))
    cosines = sample @ sample.T
    assert Scale.of(sample).unrelated == pytest.approx(
        cosines[~np.eye(40, dtype=bool)].mean(), 1e-4
    )
    assert Scale.of(sample[:1]).unrelated == 0
    assert Scale(0.6).cosine(0.5) == pytest.approx(0.8)


rows_of_shots = st.lists(
    st.tuples(
        st.sampled_from(["/a/1.jpg", "/a/1.cr2", "/b/2.jpg", "/b/2 (1).jpg", "/c/3.heic"]),
        st.one_of(st.none(), st.integers(0, 20).map(later)),
        st.integers(0, 2),
        st.sampled_from([0, TELLING, TELLING ^ 3, ~TELLING]),
    ),
    max_size=24,
)


@given(rows=rows_of_shots)
def test_groups_are_a_partition_in_the_order_of_their_best(
    rows: list[tuple[str, datetime | None, int, int]],
) -> None:
    found = groups(*rows)
    assert sorted(row for group in found for row in group) == list(range(len(rows)))
    leaders = [group[0] for group in found]
    assert leaders == sorted(leaders)
    assert all(group == sorted(group) for group in found)


@given(rows=rows_of_shots, count=st.integers(0, 24))
def test_more_candidates_never_change_what_leads(
    rows: list[tuple[str, datetime | None, int, int]], count: int
) -> None:
    """Pages stay as they were when the search goes on behind them."""
    some, all_of_them = groups(*rows[:count]), groups(*rows)
    assert [group[0] for group in some] == [group[0] for group in all_of_them][: len(some)]


def test_a_likeness_means_the_same_in_a_space_of_other_cosines() -> None:
    """Vectors that share a large part, as CLIP's do, are not one scene for that."""
    pair = shots(("/a.jpg", NOON, 0, 0), ("/b.jpg", NOON, 1, 0))
    cone = Shots(
        pair.ids,
        pair.scores,
        pair.taken_at,
        unit_rows(pair.vectors + 1),
        pair.hashes,
        pair.paths,
    )
    assert float(cone.vectors[0] @ cone.vectors[1]) > Alike().scene
    assert group_moments(cone, Scale(0.9)) == [[0], [1]]
    assert group_moments(cone, Scale()) == [[0, 1]]
