"""Pixels decide: variants of real photographs are the same picture, other shots are not."""

import io
from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from conftest import PHOTOS
from search.same_picture import Pixels, agreement, same_picture, to_compare

Change = Callable[[Image.Image], Image.Image]


def thumbnail(image: Image.Image) -> Pixels:
    small = image.copy()
    small.thumbnail((384, 384))
    return to_compare(small)


@pytest.fixture(scope="module")
def photographs() -> list[Image.Image]:
    return [Image.open(path).convert("RGB") for path in sorted(PHOTOS.rglob("*.jpg"))[::8]]


def encoded_again(image: Image.Image) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=30)
    return Image.open(stream).convert("RGB")


def cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((width // 15, height // 30, width - width // 20, height - height // 12))


def straightened(image: Image.Image) -> Image.Image:
    width, height = image.size
    turned = image.rotate(2, Image.Resampling.BICUBIC)
    return turned.crop((width // 20, height // 20, width - width // 20, height - height // 20))


CHANGES: list[Change] = [
    encoded_again,
    cropped,
    straightened,
    lambda image: image.resize((200, 150)),
    lambda image: ImageEnhance.Brightness(image).enhance(0.7),
    lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    lambda image: image.convert("L"),
    lambda image: image.filter(ImageFilter.UnsharpMask(3)),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_the_same(photographs: list[Image.Image], change: Change) -> None:
    same = [same_picture(thumbnail(image), thumbnail(change(image))) for image in photographs]
    assert sum(same) >= len(same) - 1


def test_it_does_not_matter_which_comes_first(photographs: list[Image.Image]) -> None:
    for image in photographs:
        assert same_picture(thumbnail(cropped(image)), thumbnail(image))


def test_other_photographs_are_not(photographs: list[Image.Image]) -> None:
    looks = [thumbnail(image) for image in photographs]
    assert not any(same_picture(one, other) for one, other in combinations(looks, 2))


def test_a_subject_that_moved_makes_another_picture(photographs: list[Image.Image]) -> None:
    """As between two frames of a burst before the same background."""
    for image, other in pairwise(photographs):
        subject = other.resize((image.width // 4, image.height // 3))
        before, after = image.copy(), image.copy()
        before.paste(subject, (image.width // 3, image.height // 3))
        after.paste(subject, (image.width // 2, image.height // 3))
        assert not same_picture(thumbnail(before), thumbnail(after))


def test_a_mirrored_picture_is_another(photographs: list[Image.Image]) -> None:
    assert not any(
        same_picture(thumbnail(image), thumbnail(ImageOps.mirror(image))) for image in photographs
    )


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_pictures_are_told_neither_from_each_other_nor_the_same(level: int) -> None:
    blank = np.full((96, 96), level, dtype=np.float32)
    assert not same_picture(blank, blank)
    assert np.isfinite(agreement(blank, blank).whole)


@given(st.lists(st.tuples(st.integers(0, 95), st.integers(0, 95)), max_size=6), st.integers(0, 255))
def test_pictures_without_structure_are_compared_too(
    dots: list[tuple[int, int]], level: int
) -> None:
    flat = np.full((96, 96), float(level), dtype=np.float32)
    dotted = flat.copy()
    for row, column in dots:
        dotted[row, column] = 128
    assert -1.01 <= agreement(dotted, flat).whole <= 1.01
    assert -1.01 <= agreement(flat, dotted).whole <= 1.01
    agreement(dotted, dotted[::-1].copy())
