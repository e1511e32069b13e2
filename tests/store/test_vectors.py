"""Search in the cache against a reader's own arithmetic, through any sequence of changes."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import FaissIndex, Neighbours, VectorChanges
from store.scanning import ROWS_WORTH_A_THREAD

DIMENSION = 8

Rows = dict[int, npt.NDArray[np.float16]]


def rows(ids: Collection[int], seed: int = 0) -> Rows:
    generator = np.random.default_rng(seed)
    made = generator.standard_normal((len(ids), DIMENSION)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return dict(zip(sorted(ids), made.astype(np.float16), strict=True))


def changes(change: int, put: Rows, removed: Collection[int] = ()) -> VectorChanges:
    ids = np.array(sorted(put), dtype=np.int64)
    vectors = np.array([put[key] for key in sorted(put)], dtype=np.float16)
    gone = np.array(sorted(removed), dtype=np.int64)
    return VectorChanges(change, ids, vectors.reshape(len(ids), DIMENSION), gone)


def by_hand(truth: Rows, query: npt.NDArray[np.float32], k: int) -> list[float]:
    """The k best scores, computed in float64."""
    scores = [float(row.astype(np.float64) @ query.astype(np.float64)) for row in truth.values()]
    return sorted(scores, reverse=True)[:k]


def check(found: Neighbours, truth: Rows, query: npt.NDArray[np.float32], k: int) -> None:
    assert set(found.ids.tolist()) <= truth.keys()
    assert len(set(found.ids.tolist())) == len(found.ids) == min(k, len(truth))
    np.testing.assert_allclose(found.scores, by_hand(truth, query, k), atol=1e-5)


identifiers = st.sets(st.integers(1, 60), max_size=25)
steps = st.lists(st.tuples(identifiers, identifiers, st.integers(0, 999)), max_size=5)


@settings(deadline=None, max_examples=150)
@given(base=identifiers, later=steps, k=st.integers(1, 70))
def test_after_any_changes_a_search_equals_one_by_hand(
    base: set[int], later: list[tuple[set[int], set[int], int]], k: int
) -> None:
    truth = rows(base)
    index = FaissIndex.build(DIMENSION, [changes(1, truth)])
    for change, (put, removed, seed) in enumerate(later, start=2):
        new = rows(put, seed)
        index.apply(changes(change, new, removed - put))
        truth = {**{key: row for key, row in truth.items() if key not in removed}, **new}
        assert (index.count, index.change) == (len(truth), change)
    query = np.linspace(-1, 1, DIMENSION).astype(np.float32)
    check(index.search(query, k), truth, query, k)
    check_vectors(index, truth)


def check_vectors(index: FaissIndex, truth: Rows) -> None:
    """Every vector can be had by its id, in any order, and a sample holds none but these."""
    ids = sorted(truth, reverse=True)
    expected = np.array([truth[key] for key in ids], dtype=np.float32).reshape(-1, DIMENSION)
    np.testing.assert_array_equal(index.vectors(np.array(ids, dtype=np.int64)), expected)
    live = {row.tobytes() for row in expected}
    for count in (1, 3, 1000):
        sample = index.sample(count)
        assert len(sample) <= count
        assert {row.tobytes() for row in sample} <= live
    assert len(sample) == len(truth)


@settings(deadline=None, max_examples=100)
@given(base=identifiers, only=identifiers, without=identifiers, k=st.integers(1, 70))
def test_a_filtered_search_returns_k_whenever_k_exist(
    base: set[int], only: set[int], without: set[int], k: int
) -> None:
    truth = rows(base)
    half = {key: row for key, row in truth.items() if key % 2}
    index = FaissIndex.build(DIMENSION, [changes(1, half)])
    index.apply(changes(2, {key: row for key, row in truth.items() if key not in half}))
    query = np.ones(DIMENSION, dtype=np.float32)
    wanted = {key: row for key, row in truth.items() if key in only and key not in without}
    allowed = np.array(sorted(only), dtype=np.int64)
    check(index.search(query, k, only=allowed, without=without), wanted, query, k)


def test_splitting_over_threads_changes_nothing() -> None:
    count = 3 * ROWS_WORTH_A_THREAD
    truth = rows(range(7, 7 + 3 * count, 3))
    index = FaissIndex.build(DIMENSION, [changes(1, truth)])
    query = next(iter(truth.values())).astype(np.float32)
    check(index.search(query, 50), truth, query, 50)


def test_applying_the_same_changes_twice_is_the_same_as_once() -> None:
    index = FaissIndex.build(DIMENSION, [changes(1, rows([1, 2, 3]))])
    later = changes(2, rows([2, 4], seed=5), [3])
    index.apply(later)
    index.apply(later)
    assert index.count == 3
    assert set(index.search(np.ones(DIMENSION, dtype=np.float32), 9).ids.tolist()) == {1, 2, 4}


def test_equal_scores_come_in_the_order_of_their_ids() -> None:
    one = rows([1])[1]
    index = FaissIndex.build(DIMENSION, [changes(1, dict.fromkeys([9, 4, 6], one))])
    assert index.search(one.astype(np.float32), 3).ids.tolist() == [4, 6, 9]


@pytest.mark.parametrize("k", [1, 20])
def test_an_empty_index_finds_nothing(k: int) -> None:
    index = FaissIndex(DIMENSION)
    assert index.search(np.ones(DIMENSION, dtype=np.float32), k).ids.tolist() == []


@settings(deadline=None, max_examples=100)
@given(
    base=identifiers, put=identifiers, removed=identifiers, only=identifiers, without=identifiers
)
def test_a_search_among_some_equals_one_by_hand_among_them(
    base: set[int], put: set[int], removed: set[int], only: set[int], without: set[int]
) -> None:
    index = FaissIndex.build(DIMENSION, [changes(1, rows(base))])
    new = rows(put, 7)
    index.apply(changes(2, new, removed - put))
    truth = {**{key: row for key, row in rows(base).items() if key not in removed}, **new}
    chosen = {key: row for key, row in truth.items() if key in only and key not in without}
    wanted = np.array(sorted(only), dtype=np.int64)
    query = np.linspace(-1, 1, DIMENSION).astype(np.float32)
    found = index.search(query, 10, only=wanted, without=without)
    check(found, chosen, query, 10)
    assert index.among(wanted, without).tolist() == sorted(chosen)
