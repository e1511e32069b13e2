"""``photoseek duplicates``: what it finds of known pairs, what it finds wrongly, and how long it
takes at 100,000."""

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.figures import Figure
from benchmarks.process import apart, photoseek
from benchmarks.settings import Settings
from benchmarks.variants import CHANGES, EDGES, make_variants, originals
from encoder import Vectors, unit_rows
from store import Batch, ContentFacts, FileEntry, Store

MOST_SECONDS = 60.0
LEAST_PRECISION, LEAST_RECALL = 0.99, 0.95
BATCH = 2000
FLIPPED = 20
"""Bits in which a made-up picture's hash differs from a real one's."""
OWN = 0.6
"""Share of a real picture in a made-up one's vector."""


def duplicates(settings: Settings) -> Iterator[Figure]:
    """Index variants of photographs, compare what is found with what was made, then enlarge the
    library with made-up photographs around them."""
    with TemporaryDirectory() as scratch:
        library, photos = Path(scratch) / "library", Path(scratch) / "photos"
        chosen = originals(60 if settings.quick else None)
        made = list(make_variants(photos, chosen, settings.seed))
        photoseek("index", photos, "--library", library)
        groups = _groups(library)
        yield Figure("duplicates: photographs varied", len(chosen), "")
        yield from _recall(groups, made)
        yield from _precision(groups)
        count = settings.library_sizes[1]
        apart(enlarge, library=library, count=count, seed=settings.seed)
        run = photoseek("duplicates", "--json", "--library", library)
        name = f"photoseek duplicates at {count:,}"
        yield Figure(f"{name}, whole process", run.seconds, "s", MOST_SECONDS)
        yield Figure(f"{name}, CPU time", run.cpu_seconds, "s")
        yield Figure(f"{name}, peak memory", run.peak_mb, "MB")
        tiers = [group["tier"] for group in json.loads(run.output)["groups"]]
        for tier in ("exact", "same", "similar"):
            yield Figure(f"{name}, {tier} groups", tiers.count(tier), "")


def _groups(library: Path) -> list[list[Path]]:
    """The paths of every group that is said to be the same picture."""
    run = photoseek("duplicates", "--tier", "same", "--json", "--library", library)
    return [
        [Path(copy["path"]) for picture in group["pictures"] for copy in picture["copies"]]
        for group in json.loads(run.output)["groups"]
    ]


def _recall(groups: list[list[Path]], made: list[tuple[Path, str]]) -> Iterator[Figure]:
    """Of each kind of change, the share that is found together with its original."""
    place = {path: number for number, group in enumerate(groups) for path in group}
    hits: dict[str, list[bool]] = defaultdict(list)
    for path, kind in made:
        original = place.get(path.parents[1] / "original" / path.name)
        hits[kind].append(original is not None and place.get(path) == original)
    everything = [hit for kind in CHANGES for hit in hits[kind]]
    share = sum(everything) / len(everything)
    yield Figure("the same picture: found, of all variants", share, "", LEAST_RECALL, "more")
    for kind in CHANGES:
        yield Figure(f"the same picture: found, {kind}", sum(hits[kind]) / len(hits[kind]), "")


def _precision(groups: list[list[Path]]) -> Iterator[Figure]:
    """Of all pairs in groups, the share that truly are one picture."""
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    wrong = [(one, other) for one, other in pairs if not _one_picture(one, other)]
    strangers = sum(one.name != other.name for one, other in wrong)
    share = 1 - len(wrong) / max(len(pairs), 1)
    yield Figure("the same picture: right, of all pairs", share, "", LEAST_PRECISION, "more")
    yield Figure("the same picture: pairs in all", len(pairs), "")
    yield Figure("the same picture: wrong, other photographs", strangers, "pairs", 0)
    yield Figure("the same picture: wrong, a subject moved", len(wrong) - strangers, "pairs")


def _one_picture(one: Path, other: Path) -> bool:
    kinds = {one.parent.name, other.parent.name}
    return one.name == other.name and not kinds & EDGES.keys()


def enlarge(library: str, count: int, seed: int) -> Mapping[str, int]:
    """Add made-up photographs up to ``count``: mixtures of real vectors, real hashes with some
    bits turned, and each the thumbnail of a real one, so that pixels have to be looked at too."""
    rng = np.random.default_rng(seed)
    store = Store.open(Path(library))
    space = store.catalog.active_space()
    if space is None:
        raise RuntimeError(f"{library}: no active space")
    looks = store.catalog.looks(space.id)
    vectors = store.vectors(space).vectors(looks.ids)
    with store.writer() as writer:
        root = writer.add_root(Path("/photos"), {})
        for start in range(0, count - len(looks.ids), BATCH):
            numbers = range(start, min(start + BATCH, count - len(looks.ids)))
            sources = rng.integers(len(looks.ids), size=len(numbers))
            hashes = _turned(looks.hashes[sources], rng)
            files = [_file(number, int(bits)) for number, bits in zip(numbers, hashes, strict=True)]
            contents = [file.content.hash for file in files if file.content]
            mixed = dict(zip(contents, _mixed(vectors, len(numbers), rng), strict=True))
            writer.write(Batch(root, files, {space.id: mixed}))
            for content, source in zip(contents, sources.tolist(), strict=True):
                _link(store, looks.contents[source], content)
        store.caches.save(space)
    store.close()
    return {"photos": count}


def _file(number: int, bits: int) -> FileEntry:
    content = number.to_bytes(32, "big")
    facts = ContentFacts(content, 3_000_000, 4000, 3000, "JPEG", perceptual_hash=bits)
    return FileEntry(f"{number // 500:04d}/IMG_{number:07d}.jpg", 3_000_000, number, facts)


def _mixed(vectors: Vectors, count: int, rng: np.random.Generator) -> Vectors:
    """Each around a real one, varied by chance along the directions in which real ones vary."""
    mean = vectors.mean(axis=0)
    weights = rng.standard_normal((count, len(vectors)), dtype=np.float32)
    chance = unit_rows(weights @ (vectors - mean)) + mean
    real = vectors[rng.integers(len(vectors), size=count)]
    return unit_rows(OWN * real + (1 - OWN) * unit_rows(chance))


def _turned(hashes: Any, rng: np.random.Generator) -> Any:
    """Hashes with ``FLIPPED`` random bits turned, as signed numbers."""
    bits = np.argsort(rng.random((len(hashes), 64)), axis=1)[:, :FLIPPED].astype(np.uint64)
    masks = np.bitwise_or.reduce(np.uint64(1) << bits, axis=1)
    return (hashes ^ masks).view(np.int64)


def _link(store: Store, real: bytes, made_up: bytes) -> None:
    source, target = store.thumbnails.path(real), store.thumbnails.path(made_up)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # too many links
        shutil.copy(source, target)
