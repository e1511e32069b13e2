"""Heat maps over pictures: what mattered stays bright and turns warm, the rest goes dark."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from search.why import Heat

_WARM = np.array([255, 96, 0], dtype=np.float32)
_DARKEST = 0.3
_TINT = 0.45


def overlay(image: Image.Image, heat: Heat) -> Image.Image:
    """The picture with its heat map upon it."""
    strength = _strength(heat, image.size)[:, :, None]
    pixels = np.asarray(image.convert("RGB"), dtype=np.float32)
    lit = pixels * (_DARKEST + (1 - _DARKEST) * strength)
    warm = lit * (1 - _TINT * strength) + _WARM * (_TINT * strength)
    return Image.fromarray(warm.clip(0, 255).astype(np.uint8))


def half_blocks(image: Image.Image, columns: int) -> Iterator[str]:
    """Lines for a terminal with 24-bit colour, two pixels above each other in one letter.

    textual-image has them too, but to import it asks the terminal questions (see ``cli.terminal``).
    """
    rows = max(2, 2 * round(columns * image.height / image.width / 2))
    pixels = np.asarray(image.convert("RGB").resize((columns, rows)))
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        cells = (
            f"\x1b[38;2;{a[0]};{a[1]};{a[2]};48;2;{b[0]};{b[1]};{b[2]}m▀"
            for a, b in zip(upper, lower, strict=True)
        )
        yield "".join(cells) + "\x1b[0m"


def _strength(
    heat: Heat, size: tuple[int, int]
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """0 to 1 for each pixel; 1 where it is hottest, 0 where nothing speaks for the query."""
    warm = np.maximum(heat, 0)
    scaled = warm / max(float(warm.max()), 1e-9)
    small = Image.fromarray(np.uint8(np.round(255 * scaled)), "L")
    large = np.asarray(small.resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
    return large / np.float32(255)
