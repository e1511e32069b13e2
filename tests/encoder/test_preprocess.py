"""Resize rules and normalisation, against what the rules say and what torchvision does."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from encoder import ImageSpec
from encoder.manifest import ResizeRule
from encoder.preprocess import fit, to_pixels

SPEC = ImageSpec(height=24, width=32, mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.5))
sides = st.integers(1, 200)


@settings(deadline=None)
@given(
    width=sides,
    height=sides,
    rule=st.sampled_from(["squash", "shortest", "longest"]),
    mode=st.sampled_from(["RGB", "L", "RGBA"]),
)
def test_any_picture_becomes_exactly_the_towers_size(
    width: int, height: int, rule: ResizeRule, mode: str
) -> None:
    image = fit(Image.new(mode, (width, height)), replace(SPEC, resize=rule))
    assert (image.size, image.mode) == ((SPEC.width, SPEC.height), "RGB")


def test_pixels_are_normalised_by_channel() -> None:
    (pixels,) = to_pixels([Image.new("RGB", (10, 10), (255, 0, 102))], SPEC)
    assert (pixels.dtype, pixels.shape) == (np.float32, (3, 24, 32))
    expected = [(1 - 0.5) / 0.2, (0 - 0.4) / 0.25, (0.4 - 0.3) / 0.5]
    np.testing.assert_allclose(pixels[:, 5, 5], expected, rtol=1e-5)


def test_squash_keeps_every_corner_and_shortest_crops_the_centre() -> None:
    wide = Image.new("RGB", (300, 100), "blue")
    wide.paste("red", (100, 0, 200, 100))
    square = ImageSpec(height=50, width=50, mean=(0, 0, 0), std=(1, 1, 1))
    assert fit(wide, square).getpixel((2, 25)) == (0, 0, 255)
    assert fit(wide, replace(square, resize="shortest")).getpixel((2, 25)) == (255, 0, 0)


def test_longest_pads_around_the_picture() -> None:
    square = ImageSpec(50, 50, (0, 0, 0), (1, 1, 1), resize="longest", fill=7)
    image = fit(Image.new("RGB", (100, 50), "white"), square)
    assert image.getpixel((25, 5)) == (7, 7, 7)
    assert image.getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize("rule", ["squash", "shortest", "longest"])
@pytest.mark.parametrize("size", [(640, 480), (301, 517), (100, 90)])
def test_it_does_what_open_clip_does(rule: ResizeRule, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    spec = ImageSpec(64, 64, SPEC.mean, SPEC.std, resize=rule)
    config = PreprocessCfg(size=64, mean=spec.mean, std=spec.std, resize_mode=rule)
    theirs = image_transform_v2(config, is_train=False)(image)
    assert isinstance(theirs, torch.Tensor)
    difference = np.abs(to_pixels([image], spec)[0] - theirs.numpy())
    assert difference.mean() < 0.02
