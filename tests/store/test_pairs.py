"""Near pairs against every pair compared by hand."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import store.pairs
from store.pairs import PARTNERS, near_hashes, near_vectors

Found = set[tuple[int, int]]


def pairs(found: npt.NDArray[np.int64]) -> Found:
    rows = [(int(one), int(other)) for one, other in found]
    assert len(rows) == len(set(rows))
    return set(rows)


@settings(deadline=None)
@given(hashes=st.lists(st.integers(0, 2**64 - 1), max_size=24), bits=st.integers(0, 30))
def test_hashes_are_paired_as_by_hand(hashes: list[int], bits: int) -> None:
    expected = {
        (i, j)
        for j in range(len(hashes))
        for i in range(j)
        if (hashes[i] ^ hashes[j]).bit_count() <= bits
    }
    assert pairs(near_hashes(np.array(hashes, dtype=np.uint64), bits)) == expected


@pytest.mark.parametrize(("dimension", "cosine"), [(8, 0.9), (8, 0.97), (200, 0.5), (200, 0.85)])
def test_vectors_are_paired_as_by_hand(
    monkeypatch: pytest.MonkeyPatch, dimension: int, cosine: float
) -> None:
    """In few and in many dimensions, where they are compared in a part of them first."""
    monkeypatch.setattr(store.pairs, "_TILE", 64)
    rng = np.random.default_rng(dimension)
    centres = rng.standard_normal((60, dimension))
    rows = centres[rng.integers(60, size=300)] + rng.standard_normal((300, dimension)) * 0.4
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)
    scores = vectors.astype(np.float32) @ vectors.astype(np.float32).T
    one, other = np.nonzero(np.triu(scores >= cosine, 1))
    expected = set(zip(one.tolist(), other.tolist(), strict=True))
    assert expected
    found = pairs(near_vectors(vectors, cosine))
    borderline = {(i, j) for i, j in found ^ expected if abs(scores[i, j] - cosine) < 1e-5}
    assert found ^ expected <= borderline


def test_hashes_of_many_tiles_are_paired_as_those_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = np.random.default_rng(3).integers(0, 2**16, 500).astype(np.uint64)
    together = pairs(near_hashes(hashes, 1))
    monkeypatch.setattr(store.pairs, "_TILE", 64)
    monkeypatch.setattr(store.pairs, "_FEW", 10)
    assert pairs(near_hashes(hashes, 1)) == together
    assert together


def test_a_crowd_of_copies_is_bounded_and_hangs_together() -> None:
    """Every row is paired with at most so many later ones, and no row is left out."""
    count = 500
    same = np.full((count, 8), 8**-0.5, dtype=np.float16)
    for found in (
        near_vectors(same, 0.9),
        near_hashes(np.full(count, 0xFF00FF00FF00FF00, dtype=np.uint64), 4),
    ):
        assert np.bincount(found[:, 0]).max() <= PARTNERS
        assert set(found.ravel().tolist()) == set(range(count))


def test_nothing_and_one_have_no_pairs() -> None:
    for count in (0, 1):
        assert near_hashes(np.zeros(count, dtype=np.uint64), 64).shape == (0, 2)
        assert near_vectors(np.zeros((count, 8), dtype=np.float16), 0.0).shape == (0, 2)
