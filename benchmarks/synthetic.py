"""Libraries of any size without a photograph: vectors as real photographs have them, made up."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.mixture import Fitted
from benchmarks.photos import tiny_photos
from encoder import load_encoder
from search.calibration import calibrate_space
from store import Batch, ContentFacts, FileEntry, Place, Store, place_of
from store.vector_index import Vector

BATCH = 2000
SELDOM_CAMERA = "Seldom 1000"
"""Took one in a thousand of the photographs."""


def made_up_library(library: str, count: int, seed: int) -> dict[str, int]:
    """Write a library, in a folder or on a server, of ``count`` photographs that exist only in
    it."""
    return _write(place_of(library), Path("/photos"), _made_up(count), count, seed)


def tiny_library(library: str, folder: str, count: int, seed: int) -> dict[str, int]:
    """Write ``count`` tiny files below ``folder`` and a library that knows them all."""
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    root = root.resolve()
    return _write(Path(library), root, _entries(root, tiny_photos(root, count)), count, seed)


def _write(
    library: Place, root: Path, files: Iterable[FileEntry], count: int, seed: int
) -> dict[str, int]:
    encoder = load_encoder()
    info = encoder.info
    rows = _vectors(info.fingerprint, count, seed)
    store, written, remaining = Store.create(library), 0, iter(files)
    with store.writer() as writer:
        root_id = writer.add_root(root, {})
        space = writer.open_space(info.name, info.fingerprint, info.dimension)
        while some := list(islice(remaining, BATCH)):
            hashes = [file.content.hash for file in some if file.content]
            writer.write(Batch(root_id, some, {space.id: dict(zip(hashes, rows, strict=False))}))
            written += len(some)
        writer.finish_scan(root_id, identity=None, unreadable={})
        store.caches.save(space)
        calibrate_space(store, encoder, space)
    store.close()
    return {"photos": written}


def _vectors(fingerprint: str, count: int, seed: int) -> Iterator[Vector]:
    for block in Fitted.kept(fingerprint).draw(count, np.random.default_rng(seed)):
        yield from block


def _made_up(count: int) -> Iterator[FileEntry]:
    for number in range(count):
        path = f"{2000 + number % 24}/{number // 500:04d}/IMG_{number:07d}.jpg"
        camera = SELDOM_CAMERA if number % 1000 == 0 else f"Maker {number % 7}"
        taken_at = datetime(2000, 1, 1) + timedelta(hours=2 * number)
        facts = ContentFacts(
            _hash(path), 3_000_000, 4000, 3000, "JPEG", taken_at=taken_at, camera=camera
        )
        yield FileEntry(path, 3_000_000, number, facts)


def _entries(root: Path, files: Iterable[Path]) -> Iterator[FileEntry]:
    for file in files:
        path, status = file.relative_to(root).as_posix(), file.stat()
        facts = ContentFacts(_hash(path), status.st_size, 1, 1, "JPEG")
        yield FileEntry(path, status.st_size, status.st_mtime_ns, facts)


def _hash(path: str) -> bytes:
    """Stands for the BLAKE3 of a file's bytes."""
    return hashlib.blake2b(path.encode(), digest_size=32).digest()
