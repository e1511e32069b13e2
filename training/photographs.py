"""Opens photographs as the product does: upright, RGB, HEIC too."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

register_heif_opener()


def open_photo(path: Path) -> Image.Image:
    """Decode one photograph, turned as its EXIF says."""
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def in_batches(photos: Sequence[Path], size: int) -> Iterator[list[Image.Image]]:
    """Decode photographs ``size`` at a time."""
    for start in range(0, len(photos), size):
        yield [open_photo(photo) for photo in photos[start : start + size]]
