"""Indexing 12-megapixel photographs, against what two cores could do at best.

The best is 2 ÷ (decode + encode): both measured alone, on one thread, in the same round as the
whole run that is compared with it.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from blake3 import blake3

from benchmarks.figures import Figure
from benchmarks.photos import large_photos
from benchmarks.process import Failed, apart
from benchmarks.settings import Settings
from encoder import Encoder, load_encoder, preferred_batch
from indexer.read import short_side
from photoseek import Library
from pictures import make_thumbnail
from pictures.decode import decode, read_bytes
from pictures.messages import Decode, Decoded, Read
from pictures.perceptual import perceptual_hash
from pictures.worker import Worker

Item = TypeVar("Item")
Result = TypeVar("Result")

CORES = 2
SHARE_OF_BEST = 0.85
MOST_MB = 1000.0


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds a photo for ``decode``, ``encode`` and ``cpu``; ``whole`` is in photos a second,
    ``lasting`` without the noise, measured at the end when a library has grown by half.

    ``cpu`` is the CPU time of the run and its decoders, which other work on the machine hardly
    changes; ``peak_mb`` the sum of their peaks.
    """

    decode: float
    encode: float
    whole: float
    lasting: float
    cpu: float
    peak_mb: float

    @property
    def best(self) -> float:
        return CORES / (self.decode + self.encode)

    @property
    def share(self) -> float:
        return self.whole / self.best


def indexing(settings: Settings) -> Iterator[Figure]:
    """Share of the best possible rate, peak memory, and where a photo's time goes."""
    folder = settings.cache / f"large-{settings.pictures}x{settings.copies}-{settings.seed}"
    photos = large_photos(folder, settings.pictures, settings.copies, settings.seed)
    rounds = [_round(folder, settings) for _ in range(settings.rounds)]
    middle = sorted(rounds, key=lambda one: one.share)[len(rounds) // 2]
    yield Figure(
        "indexing, share of 2 ÷ (decode + encode)", middle.share, "", SHARE_OF_BEST, "more"
    )
    lasting = middle.lasting / middle.best
    yield Figure("the same without the noise that is measured at its end", lasting, "")
    yield Figure("indexing, peak memory", max(one.peak_mb for one in rounds), "MB", MOST_MB)
    yield Figure("indexing, best share of the rounds", max(one.share for one in rounds), "")
    yield Figure(f"indexing {len(photos)} photographs", middle.whole, "photos/s")
    yield Figure("2 ÷ (decode + encode)", middle.best, "photos/s")
    yield Figure("decode alone, one thread", 1e3 * middle.decode, "ms a photo")
    yield Figure("encode alone, one thread", 1e3 * middle.encode, "ms a photo")
    yield Figure("CPU time of the run, its decoders included", 1e3 * middle.cpu, "ms a photo")
    for name, milliseconds in apart(steps_alone, folder=folder).result().items():
        yield Figure(f"of which {name}", milliseconds, "ms a photo")
    size = sum(photo.stat().st_size for photo in photos) / len(photos) / 1e6
    yield Figure("mean size of a file", size, "MB")


def _round(folder: Path, settings: Settings) -> Round:
    alone = apart(cost_alone, folder=folder).result()
    with tempfile.TemporaryDirectory() as scratch:
        run = apart(whole_index, folder=folder, library=Path(scratch) / "library")
    whole = run.result()
    if whole["indexed"] != settings.pictures * settings.copies:
        raise Failed(f"not every photograph was indexed: {whole}")
    rate = whole["indexed"] / whole["seconds"]
    cpu = run.cpu_seconds / whole["indexed"]
    lasting = whole["indexed"] / whole["reading"]
    return Round(alone["decode"], alone["encode"], rate, lasting, cpu, run.peak_mb)


def whole_index(folder: str, library: str) -> dict[str, float]:
    """``Library.index`` into a fresh library, from the call to its return."""
    with Library.open(library) as opened:
        begun = time.perf_counter()
        report = opened.index(folder)
        seconds = time.perf_counter() - begun
        return {"indexed": report.indexed, "reading": report.seconds, "seconds": seconds}


def cost_alone(folder: str) -> dict[str, float]:
    """Mean seconds a photo for reading and for encoding, each alone on one thread.

    Read as in a decoder's process, but in this one: what passing pixels costs is not in it.
    """
    encoder = load_encoder(threads=1)
    worker, side = Worker(), short_side(encoder.info)
    photos = _first_copies(Path(folder))
    _decoded(worker, photos[0], side)  # what is imported and planned only once
    begun = time.perf_counter()
    pictures = [_decoded(worker, photo, side) for photo in photos]
    decoded = time.perf_counter() - begun
    return {"decode": decoded / len(photos), "encode": _encode_seconds(encoder, pictures)}


def _decoded(worker: Worker, photo: Path, side: int) -> Decoded:
    worker.answer(Read(os.fsencode(photo), follow=False, seconds=60))
    picture = worker.answer(Decode(side, memory=1 << 30, seconds=60))
    if not isinstance(picture, Decoded):
        raise Failed(f"{photo}: {picture}")
    return picture


def _encode_seconds(encoder: Encoder, pictures: Sequence[Decoded]) -> float:
    images = [picture.image for picture in pictures]
    size = preferred_batch(encoder)
    encoder.embed_images(images[:size])
    begun = time.perf_counter()
    for start in range(0, len(images), size):
        encoder.embed_images(images[start : start + size])
    return (time.perf_counter() - begun) / len(images)


def steps_alone(folder: str) -> dict[str, float]:
    """Median milliseconds of the steps of reading a photo, on one thread."""
    side = short_side(load_encoder().info)
    spent: dict[str, list[float]] = {}
    for photo in _first_copies(Path(folder)):
        data = _timed(spent, "read", read_bytes, photo)
        _timed(spent, "hash", _hash, data)
        picture = _timed(spent, "decode", partial(decode, short_side=side), data)
        _timed(spent, "perceptual hash", perceptual_hash, picture.image)
        _timed(spent, "thumbnail", make_thumbnail, picture.image)
    return {name: 1e3 * median(seconds) for name, seconds in spent.items()}


def _timed(
    spent: dict[str, list[float]], name: str, step: Callable[[Item], Result], item: Item
) -> Result:
    begun = time.perf_counter()
    result = step(item)
    spent.setdefault(name, []).append(time.perf_counter() - begun)
    return result


def _hash(data: bytes) -> bytes:
    return blake3(data).digest()


def _first_copies(folder: Path) -> list[Path]:
    """One file of each picture."""
    return sorted((folder / "0").iterdir())
