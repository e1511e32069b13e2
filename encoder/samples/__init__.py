"""Photographs with captions that ship with the package, to try models on. See README.md here."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sample:
    """A small upright RGB photograph and its captions."""

    name: str
    image: "Image"
    captions: tuple[str, ...]


@cache
def samples() -> tuple[Sample, ...]:
    """The sample photographs, sorted by name."""
    lines = (_HERE / "captions.tsv").read_text(encoding="utf-8").splitlines()
    captions: dict[str, list[str]] = {}
    for line in lines:
        file, caption = line.split("\t")
        captions.setdefault(file, []).append(caption)
    return tuple(_open(file, captions[file]) for file in sorted(captions))


def views() -> "list[Image]":
    """Each sample photograph whole, and its four corners: five times as many pictures."""
    return [view for sample in samples() for view in (sample.image, *_corners(sample.image))]


def _open(file: str, captions: list[str]) -> Sample:
    from PIL import Image

    with Image.open(_HERE / file) as image:
        return Sample(file, image.convert("RGB"), tuple(captions))


def _corners(image: "Image") -> "list[Image]":
    width, height = image.width * 2 // 3, image.height * 2 // 3
    return [
        image.crop((left, top, left + width, top + height))
        for left in (0, image.width - width)
        for top in (0, image.height - height)
    ]
