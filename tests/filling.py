"""A library of photographs that were never taken: what they hold follows from their numbers."""

from hashlib import blake2b
from pathlib import Path

import numpy as np

from store import Batch, ContentFacts, FileEntry, SpaceRecord, Store

DIMENSION = 16


def fill(store: Store, start: int, count: int, fingerprint: str = "ab" * 16) -> SpaceRecord:
    """Write ``count`` photographs with vectors that their numbers give."""
    with store.writer() as writer:
        root = writer.add_root(Path("/photos"), {})
        space = writer.open_space("model", fingerprint, DIMENSION)
        files = [entry(number) for number in range(start, start + count)]
        vectors = {content(number).hash: vector(number) for number in range(start, start + count)}
        writer.write(Batch(root, files, {space.id: vectors}))
        store.caches.save(space)
    return space


def content(number: int) -> ContentFacts:
    digest = blake2b(str(number).encode(), digest_size=32).digest()
    return ContentFacts(digest, 10, 640, 480, "JPEG")


def entry(number: int) -> FileEntry:
    return FileEntry(f"{number}.jpg", 10, 10, content(number))


def vector(number: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    made = np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32)
    return made / np.float32(np.linalg.norm(made))


def nearest(store: Store, space: SpaceRecord, number: int) -> Path:
    """The path of the photograph nearest to a number's own vector."""
    found = store.vectors(space).search(vector(number), 1).ids.tolist()
    return store.catalog.photos(found)[found[0]].paths[0]
