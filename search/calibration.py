"""Measures a library's noise after an index run, and finds it again for a search."""

from collections.abc import Sequence

from encoder import Encoder
from encoder.samples import samples
from search.bank import as_asked, bank, embed_once
from search.relevance import Calibration, Kind, Noise, calibrate
from store import NoiseRecord, SpaceRecord, Store

MOST_PHOTOS = 20_000
"""Of a larger library a sample is measured: 560 captions with it take 0.4 s on two cores."""
GROWN_BY = 1.5

_KINDS: tuple[Kind, ...] = ("text", "image", "mixed")


def calibrate_space(
    store: Store, encoder: Encoder, space: SpaceRecord, *, changed: bool = True
) -> bool:
    """Measure the noise of a space if it never was, or if the library has grown or shrunk by half,
    and tune its index with captions and words, as people ask.

    The caller holds the writer's lock, and knows whether photographs have ``changed``: a run that
    finds nothing new need not open a large index. Says whether it was measured.
    """
    records = store.calibrations.read(space.id)
    if not changed and records and records[0].bank == bank().digest:
        return False
    index = store.vectors(space)
    if not index.count or not _is_due(records, index.count):
        return False
    has_words = "text" in encoder.info.modalities
    captions = embed_once(encoder, bank().captions) if has_words else None
    calibration = calibrate(
        index.sample(MOST_PHOTOS),
        encoder.embed_images([sample.image for sample in samples()]),
        captions,
        total=index.count,
    )
    if has_words:  # they lie farther from photographs than these from each other
        store.caches.tune(space, lambda: as_asked(encoder))
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


def _is_due(records: Sequence[NoiseRecord], photos: int) -> bool:
    if not records or records[0].bank != bank().digest:
        return True
    before = records[0].photos
    return max(photos / before, before / photos) >= GROWN_BY


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
