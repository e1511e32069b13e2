"""Pictures that look alike differ in few bits; different ones in many."""

import io
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from indexer import read_picture
from pictures.perceptual import perceptual_hash

PHOTOS = Path(__file__).parents[2] / "data" / "photos"
ALIKE, DIFFERENT = 8, 12
"""Bits: the same picture differs in at most so many, two photographs in at least so many."""


def distance(one: int, other: int) -> int:
    return ((one ^ other) & (2**64 - 1)).bit_count()


@pytest.fixture(scope="module")
def photographs() -> dict[str, Image.Image]:
    files = sorted(path for path in PHOTOS.rglob("*") if path.is_file())
    return {path.name: read_picture(path, short_side=288).image for path in files}


@pytest.fixture(scope="module")
def hashes(photographs: dict[str, Image.Image]) -> dict[str, int]:
    return {name: perceptual_hash(image) for name, image in photographs.items()}


def versions(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """What becomes of a picture on its way through mail and chat."""
    for quality in (90, 30):
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=quality)
        yield f"JPEG at {quality}", Image.open(stream)
    width, height = image.size
    yield "half the size", image.resize((width // 2, height // 2))
    yield "twice the size", image.resize((2 * width, 2 * height))
    yield "grey", ImageOps.grayscale(image).convert("RGB")
    yield "brighter", image.point(lambda value: min(255, int(value * 1.1)))


def test_the_same_picture_saved_again_or_resized_differs_in_few_bits(
    photographs: dict[str, Image.Image], hashes: dict[str, int]
) -> None:
    far = {
        (name, how): distance(perceptual_hash(version), hashes[name])
        for name, image in photographs.items()
        for how, version in versions(image)
    }
    assert len(far) >= 40 * 6
    assert {key: bits for key, bits in far.items() if bits > ALIKE} == {}


def test_different_photographs_differ_in_many_bits(hashes: dict[str, int]) -> None:
    pairs = {
        (one, other): distance(hashes[one], hashes[other]) for one, other in combinations(hashes, 2)
    }
    assert {pair: bits for pair, bits in pairs.items() if bits < DIFFERENT} == {}
    assert 28 <= np.mean(list(pairs.values())) <= 36  # half of the bits, as by chance


def test_a_mirrored_photograph_is_another_one(
    photographs: dict[str, Image.Image], hashes: dict[str, int]
) -> None:
    far = [
        distance(perceptual_hash(ImageOps.mirror(image)), hashes[name])
        for name, image in photographs.items()
    ]
    assert min(far) >= DIFFERENT


def test_the_highest_bit_is_the_sign(hashes: dict[str, int]) -> None:
    assert max(hashes.values()) < 0  # it tells whether there is light at all
    assert perceptual_hash(Image.new("RGB", (64, 48), "black")) == 0


def test_a_photograph_sets_half_of_its_bits(hashes: dict[str, int]) -> None:
    assert {distance(found, 0) for found in hashes.values()} == {32}


@settings(max_examples=100, deadline=None)
@given(width=st.integers(1, 80), height=st.integers(1, 80), seed=st.integers(0, 2**32 - 1))
def test_any_picture_hashes_to_a_signed_64_bit_integer(width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    found = perceptual_hash(Image.fromarray(pixels))
    assert type(found) is int
    assert -(2**63) <= found < 2**63
    assert perceptual_hash(Image.fromarray(pixels)) == found
