"""Relevance as a pure function: what it promises whatever the vectors are."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoder import unit_rows
from search.relevance import NOTHING, STRONG, Calibration, calibrate, verdict_of

DIMENSION = 64
Floats = npt.NDArray[np.float32]


def noise(count: int, seed: int) -> Floats:
    """Unit vectors around a common direction, as those of a real tower are."""
    random = np.random.default_rng(seed)
    return unit_rows(random.normal(size=(count, DIMENSION)) + 0.5)


def a_calibration(photos: Floats) -> Calibration:
    return calibrate(photos, noise(8, 1), noise(300, 2))


def matching(query: Floats, seed: int = 3) -> Floats:
    """A photograph that a question is about: much nearer than noise comes."""
    (photo,) = unit_rows(2 * query[None] + noise(1, seed))
    return np.asarray(photo, dtype=np.float32)


@pytest.mark.parametrize("count", [1, 2, 30, 1000])
def test_what_was_asked_for_is_strong_and_noise_is_nothing(count: int) -> None:
    photos = noise(count, 4)
    calibration = a_calibration(photos)
    questions = noise(50, 5)
    for query in questions:
        there = np.stack([matching(query), *photos])
        here, *_ = calibration.relevance(query, "text", there, among=count + 1)
        assert verdict_of(float(here)) == "strong"
    best = [calibration.relevance(q, "text", photos, among=count).max() for q in questions]
    assert np.mean(np.array(best) < NOTHING) > 0.6
    assert np.mean(np.array(best) >= STRONG) < 0.1


@given(st.integers(0, 2**32 - 1), st.sampled_from(["text", "image", "mixed"]))
def test_it_is_between_0_and_1_and_rises_with_the_score(seed: int, kind: str) -> None:
    photos = noise(40, seed)
    (query,) = noise(1, seed ^ 1)
    toward = unit_rows(photos[:1] + np.linspace(0, 3, 9)[:, None] * query)
    found = a_calibration(photos).relevance(query, kind, toward, among=40)  # type: ignore[arg-type]
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= -1e-6).all()


@given(st.floats(0, 99), st.floats(0.5, 50))
def test_strictness_only_lowers(strictness: float, more: float) -> None:
    photos = noise(40, 6)
    calibration = a_calibration(photos)
    (query,) = noise(1, 7)
    lax, strict = (
        calibration.relevance(query, "text", photos, among=40, strictness=value)
        for value in (strictness, strictness + more)
    )
    assert (strict < lax).all()


def test_the_line_rises_with_the_library_and_falls_with_a_filter() -> None:
    photos = noise(2000, 8)
    calibration = a_calibration(photos)
    (query,) = noise(1, 9)
    few, all_of_them, many = (
        calibration.relevance(query, "text", photos[:10], among=count)
        for count in (20, 2000, 100_000)
    )
    assert (few >= all_of_them).all()
    assert (all_of_them > many).all()
    sampled = calibrate(photos[::4], noise(8, 1), noise(300, 2), total=2000)
    assert sampled.noises["text"].line == pytest.approx(calibration.noises["text"].line, abs=0.3)


def test_scale_and_level_of_a_model_do_not_matter() -> None:
    """A model whose pictures all lie closer together gives the same relevance."""
    photos, captions = noise(500, 10), noise(300, 2)
    wide = calibrate(photos, noise(8, 1), captions)
    (query,) = noise(1, 11)
    found = wide.relevance(query, "text", photos[:20], among=500)
    mean = photos.mean(axis=0)
    narrow_photos = (photos - mean) * 0.3 + mean
    narrow = calibrate(narrow_photos, (noise(8, 1) - mean) * 0.3 + mean, captions)
    again = narrow.relevance(query, "text", narrow_photos[:20], among=500)
    assert again == pytest.approx(found, abs=0.02)


def test_an_image_only_model_has_no_noise_of_words() -> None:
    calibration = calibrate(noise(30, 12), noise(8, 1), None)
    assert set(calibration.noises) == {"image"}


def test_one_photograph_and_photographs_all_alike() -> None:
    for photos in (noise(1, 13), np.repeat(noise(1, 13), 20, axis=0)):
        found = a_calibration(photos).relevance(noise(1, 14)[0], "image", photos, among=len(photos))
        assert np.isfinite(found).all()
