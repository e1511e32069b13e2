"""Files to index: 12-megapixel photographs as a camera writes them, and thousands of tiny ones."""

import io
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from benchmarks.process import ROOT

SAMPLES = ROOT / "data" / "photos"
QUALITY = 90
FILES_A_FOLDER = 100


@dataclass(frozen=True, slots=True)
class Format:
    """Pixels, multiples of four, and the standard deviation of the noise, in 8-bit steps."""

    width: int
    height: int
    noise: float

    @property
    def pixels(self) -> int:
        return self.width * self.height


CAMERA = Format(4000, 3000, noise=8.0)
"""As a sensor of 12 megapixels gives them: files of 2.5 to 5 MB."""
WEB = Format(1024, 768, noise=3.0)
"""As pictures are put on the web: files of a fifth of a megabyte."""


def large_photos(
    folder: Path, pictures: int, copies: int, seed: int, kind: Format = CAMERA
) -> list[Path]:
    """``pictures`` distinct JPEGs of a format, each in ``copies`` files that differ in a comment.

    What exists already is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [_names(folder, number, copies) for number in range(pictures)]
    jobs = [
        (seed + n, paths, kind) for n, paths in enumerate(names) if not all(map(Path.exists, paths))
    ]
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        for future in [pool.submit(_write_large, *job) for job in jobs]:
            future.result()
    return [path for paths in zip(*names, strict=True) for path in paths]


def tiny_photos(folder: Path, count: int) -> Iterator[Path]:
    """``count`` distinct JPEGs of a few pixels, a hundred to a folder; what exists is kept."""
    stream = io.BytesIO()
    Image.new("RGB", (1, 1), "teal").save(stream, "JPEG", quality=50, optimize=True)
    jpeg = stream.getvalue()
    for number in range(count):
        path = folder / f"{number // FILES_A_FOLDER:04d}" / f"IMG_{number:06d}.jpg"
        if number % FILES_A_FOLDER == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(with_comment(jpeg, str(number)))
        yield path


def with_comment(jpeg: bytes, comment: str) -> bytes:
    """The same picture in other bytes: a comment segment (ITU T.81, B.2.4.5) behind its start."""
    text = comment.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


def _names(folder: Path, number: int, copies: int) -> list[Path]:
    return [folder / f"{copy}" / f"IMG_{number:04d}.jpg" for copy in range(copies)]


def _write_large(seed: int, paths: list[Path], kind: Format) -> None:
    stream = io.BytesIO()
    photo, exif = _photograph(seed, kind), Image.Exif()
    exif[0x010F], exif[0x0110] = "Benchmark", "Camera 12"
    exif[0x0132] = f"2024:05:{1 + seed % 28:02d} 12:00:00"
    photo.save(stream, "JPEG", quality=QUALITY, exif=exif)
    for copy, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(with_comment(stream.getvalue(), f"copy {copy}"))


def _photograph(seed: int, kind: Format) -> Image.Image:
    """A part of a sample, perhaps mirrored, enlarged, with noise."""
    rng = np.random.default_rng(seed)
    with Image.open(_samples()[seed % len(_samples())]) as opened:
        sample = opened.convert("RGB")
    scale = rng.uniform(0.6, 1.0)
    width, height = int(sample.width * scale), int(sample.height * scale)
    left, top = rng.integers(sample.width - width + 1), rng.integers(sample.height - height + 1)
    part = sample.crop((int(left), int(top), int(left) + width, int(top) + height))
    part = ImageOps.mirror(part) if rng.random() < 0.5 else part
    large = part.resize((kind.width, kind.height), Image.Resampling.BICUBIC)
    return Image.fromarray(_noisy(np.asarray(large), kind.noise, rng))


def _noisy(
    pixels: npt.NDArray[np.uint8], noise: float, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Add grey noise: a random tile repeated, which is as hard to compress and quicker to make."""
    height, width, _ = pixels.shape
    tile = rng.normal(0, noise, (height // 4, width // 4, 1)).astype(np.int16)
    return np.asarray(np.clip(pixels + np.tile(tile, (4, 4, 1)), 0, 255), dtype=np.uint8)


@cache
def _samples() -> list[Path]:
    return sorted(SAMPLES.rglob("*.jpg"))
