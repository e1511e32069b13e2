"""Looks at a photograph: as it is, mirrored, and cut out and coloured by chance."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

Look: TypeAlias = Callable[[Image.Image], Image.Image]

SMALLEST_SHARE = 0.45
"""Least share of the photograph's area that a cut keeps."""
STRETCH = 4 / 3
COLOURING = 0.3
_ENHANCERS = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color)


def looks(count: int, seed: int) -> dict[str, Look]:
    """``count`` looks by name: the photograph, its mirror image, then cuts, each of its own seed.

    A look gives the same for the same photographs in the same order.
    """
    known: dict[str, Look] = {"plain": _itself, "mirrored": ImageOps.mirror}
    for number in range(2, count):
        chance = np.random.default_rng((seed, number))
        known[f"cut {number}, seed {seed}"] = partial(cut, chance=chance)
    return dict(list(known.items())[:count])


def cut(photo: Image.Image, chance: np.random.Generator) -> Image.Image:
    """A part of the photograph, mirrored every other time, its light and colours a little off."""
    part = photo.crop(_frame(photo.size, chance))
    if chance.random() < 0.5:
        part = ImageOps.mirror(part)
    for enhancer in _ENHANCERS:
        part = enhancer(part).enhance(chance.uniform(1 - COLOURING, 1 + COLOURING))
    return part


def _frame(size: tuple[int, int], chance: np.random.Generator) -> tuple[int, int, int, int]:
    share = chance.uniform(SMALLEST_SHARE, 1)
    stretch = STRETCH ** chance.uniform(-1, 1)
    width, height = (
        max(1, min(side, round(side * np.sqrt(share * by))))
        for side, by in zip(size, (stretch, 1 / stretch), strict=True)
    )
    left = int(chance.integers(size[0] - width + 1))
    top = int(chance.integers(size[1] - height + 1))
    return left, top, left + width, top + height


def _itself(photo: Image.Image) -> Image.Image:
    return photo
