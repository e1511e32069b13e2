"""Measures a library's noise after an index run, and finds it again for a search."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from blake3 import blake3

from encoder import Encoder, Vectors
from encoder.samples import samples
from search.relevance import Calibration, Kind, Noise, calibrate
from store import NoiseRecord, SpaceRecord, Store

MOST_PHOTOS = 20_000
"""Of a larger library a sample is measured: 560 captions with it take 0.4 s on two cores."""
GROWN_BY = 1.5

_BANK = Path(__file__).parent / "bank" / "captions.txt"
_KINDS: tuple[Kind, ...] = ("text", "image", "mixed")


@dataclass(frozen=True, slots=True)
class Bank:
    """Captions of what people photograph; ``digest`` tells one bank from another."""

    captions: tuple[str, ...]
    digest: str


@cache
def bank() -> Bank:
    """The captions that ship with Photoseek."""
    text = _BANK.read_text(encoding="utf-8")
    lines = tuple(line for line in text.splitlines() if line and not line.startswith("#"))
    return Bank(lines, blake3(text.encode()).hexdigest(length=8))


def calibrate_space(
    store: Store, encoder: Encoder, space: SpaceRecord, *, changed: bool = True
) -> bool:
    """Measure the noise of a space if it never was, or if the library has grown or shrunk by half.

    The caller holds the writer's lock, and knows whether photographs have ``changed``: counting a
    large library takes as long as a tenth of a run that finds nothing new. Says whether it was
    measured.
    """
    records = store.calibrations.read(space.id)
    if not changed and records and records[0].bank == bank().digest:
        return False
    photos = store.catalog.counts(space.id).photos
    if not photos or not _is_due(records, photos):
        return False
    calibration = calibrate(
        store.vectors(space).sample(MOST_PHOTOS),
        encoder.embed_images([sample.image for sample in samples()]),
        _bank_vectors(encoder),
        total=photos,
    )
    store.calibrations.write(space.id, _records(calibration))
    return True


def calibration_of(store: Store, space: SpaceRecord) -> Calibration | None:
    """What was measured of a space; None before that."""
    records = store.calibrations.read(space.id)
    if not records:
        return None
    noises = {
        kind: Noise(record.center, record.spread, record.line, record.growth)
        for kind in _KINDS
        for record in records
        if record.kind == kind
    }
    return Calibration(records[0].photos, records[0].mean, noises)


def _is_due(records: list[NoiseRecord], photos: int) -> bool:
    if not records or records[0].bank != bank().digest:
        return True
    before = records[0].photos
    return max(photos / before, before / photos) >= GROWN_BY


def _bank_vectors(encoder: Encoder) -> Vectors | None:
    if "text" not in encoder.info.modalities:
        return None
    # A text at a time costs no more, and no batch of hundreds need fit an accelerator's memory.
    rows = [encoder.embed_texts([caption]) for caption in bank().captions]
    return np.concatenate(rows)


def _records(calibration: Calibration) -> list[NoiseRecord]:
    return [
        NoiseRecord(
            kind=kind,
            bank=bank().digest,
            photos=calibration.photos,
            mean=calibration.mean,
            center=noise.center,
            spread=noise.spread,
            line=noise.line,
            growth=noise.growth,
        )
        for kind, noise in calibration.noises.items()
    ]
