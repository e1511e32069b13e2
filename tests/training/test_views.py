"""Looks at a photograph repeat, and stay inside it."""

import numpy as np
import pytest
from PIL import Image

from training.views import SMALLEST_SHARE, looks


def _photo(width: int = 60, height: int = 40) -> Image.Image:
    chance = np.random.default_rng(0)
    return Image.fromarray(chance.integers(0, 255, (height, width, 3), dtype=np.uint8))


def _pixels(photo: Image.Image) -> list[object]:
    return [photo.size, photo.tobytes()]


def test_the_first_two_looks_are_the_photograph_and_its_mirror_image() -> None:
    plain, mirrored = looks(2, seed=0).values()
    photo = _photo()
    assert _pixels(plain(photo)) == _pixels(photo)
    assert np.array_equal(np.asarray(mirrored(photo)), np.asarray(photo)[:, ::-1])


def test_cuts_repeat_with_their_seed_and_differ_from_each_other() -> None:
    photo = _photo()
    first, again = ([look(photo) for look in looks(5, seed=3).values()] for _ in range(2))
    assert [_pixels(one) for one in first] == [_pixels(one) for one in again]
    assert len({one.tobytes() for one in first}) == 5


@pytest.mark.parametrize("size", [(60, 40), (1, 1), (1, 50)])
def test_a_cut_is_a_part_of_the_photograph(size: tuple[int, int]) -> None:
    *_, look = looks(3, seed=1).values()
    for _ in range(20):
        part = look(_photo(*size))
        assert 1 <= part.width <= size[0]
        assert 1 <= part.height <= size[1]
        if min(size) > 1:
            assert part.width * part.height > SMALLEST_SHARE * size[0] * size[1] * 0.8
