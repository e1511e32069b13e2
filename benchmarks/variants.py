"""What becomes of a photograph on its way through people's hands: known pairs of duplicates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from benchmarks.process import ROOT

Change = Callable[[Image.Image, np.random.Generator], Image.Image]

SAMPLES = ROOT / "data" / "photos"
CAPTIONED = ROOT.parent / "shared" / "captions" / "dev"
"""A thousand photographs, many of one dog or one beach; absent on other machines."""


def originals(count: int | None = None) -> list[Path]:
    """Photographs to make variants of, or the first ``count`` of them."""
    found = sorted(SAMPLES.rglob("*.jpg"))
    found += sorted(CAPTIONED.glob("*.jpg")) if CAPTIONED.is_dir() else []
    return found[:count]


def make_variants(folder: Path, photographs: list[Path], seed: int) -> Iterator[tuple[Path, str]]:
    """Write every variant of every photograph, each kind in a folder; yield paths and kinds.

    The name's stem is the number of the original, which is copied to ``original/``.
    """
    for kind in ("original", *CHANGES, *EDGES):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(photographs):
        rng = np.random.default_rng((seed, number))
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
        original = folder / "original" / f"{number}.jpg"
        original.write_bytes(path.read_bytes())
        yield original, "original"
        for kind, change in {**CHANGES, **EDGES}.items():
            target = folder / kind / f"{number}.jpg"
            change(image, rng).save(target, quality=_QUALITIES.get(kind, 85))
            yield target, kind


def _half(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2))


def _cropped(share: float) -> Change:
    def crop(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        left, top, right, bottom = rng.uniform(0, share, 4)
        width, height = image.size
        edges = (width * left, height * top, width * (1 - right), height * (1 - bottom))
        return image.crop((int(edges[0]), int(edges[1]), int(edges[2]), int(edges[3])))

    return crop


def _toned(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    brighter = ImageEnhance.Brightness(image).enhance(rng.uniform(0.7, 1.3))
    contrast = ImageEnhance.Contrast(brighter).enhance(rng.uniform(0.8, 1.3))
    return ImageEnhance.Color(contrast).enhance(rng.uniform(0.5, 1.6))


def _signed(image: Image.Image, _: np.random.Generator) -> Image.Image:
    signed = image.copy()
    place = (image.width * 0.55, image.height * 0.92)
    size = max(image.height // 20, 8)
    ImageDraw.Draw(signed).text(place, "© Photographer", fill="white", font_size=size)
    return signed


def _straightened(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    turned = image.rotate(rng.choice([-1, 1]) * rng.uniform(0.5, 2.5), Image.Resampling.BICUBIC)
    width, height = image.size
    inner = (width // 20, height // 20, width - width // 20, height - height // 20)
    return turned.crop(inner)


CHANGES: dict[str, Change] = {
    "re-encoded": lambda image, _: image,
    "half the size": _half,
    "cropped by 3 %": _cropped(0.03),
    "cropped by 8 %": _cropped(0.08),
    "toned": _toned,
    "grey": lambda image, _: ImageOps.grayscale(image),
    "sharpened": lambda image, _: image.filter(ImageFilter.UnsharpMask(2, 120)),
    "signed": _signed,
    "straightened": _straightened,
}
"""What is the same picture; crops by up to that share at each edge."""


@dataclass(frozen=True, slots=True)
class _Moved:
    """Another picture: what is in front of the scene has moved, as between frames of a burst."""

    share: float

    def __call__(self, image: Image.Image, rng: np.random.Generator) -> Image.Image:
        width, height = image.size
        subject = image.crop((0, 0, width // 4, height // 3)).transpose(Image.Transpose.ROTATE_180)
        moved = image.copy()
        moved.paste(subject, (int(width * self.share), height // 2))
        return _cropped(0.02)(moved, rng)


EDGES: dict[str, Change] = {"subject here": _Moved(0.3), "subject there": _Moved(0.45)}
"""Two frames that are neither the original nor each other."""

_QUALITIES = {"re-encoded": 35}
