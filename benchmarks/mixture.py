"""Vectors as photographs have them, any number: a mixture fitted to embeddings of real ones.

k-means centres, the covariance within them, and moments of some eight shots that share most of what
is their own. ``python -m benchmarks.million`` searches them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.process import ROOT
from encoder import Vectors, load_encoder, unit_rows
from store.kmeans import spherical_kmeans

CAPTIONS = ROOT.parent / "shared" / "captions"
CENTRES, SHOTS, SHARED = 600, 8, 0.6
BLOCK = 20_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """A mixture: ``centres`` float32 (c, d) with ``weights`` (c,), and ``spread`` (d, d), a square
    root of the covariance within a centre."""

    centres: Vectors
    weights: npt.NDArray[np.float64]
    spread: Vectors

    @classmethod
    def to(cls, rows: Vectors) -> "Fitted":
        """Of unit rows (n, d) of real photographs."""
        centres = spherical_kmeans(rows, CENTRES)
        nearest = np.argmax(rows @ centres.T, axis=1)
        counts = np.bincount(nearest, minlength=CENTRES)
        means = np.stack([rows[nearest == one].mean(axis=0) for one in np.flatnonzero(counts)])
        own = rows - means[np.searchsorted(np.flatnonzero(counts), nearest)]
        covariance = own.T @ own / (len(rows) - len(means))  # as many means were fitted
        values, directions = np.linalg.eigh(covariance)
        spread = (directions * np.sqrt(np.maximum(values, 0))).T
        return cls(means, counts[counts > 0] / len(rows), spread.astype(np.float32))

    def draw(self, count: int, rng: np.random.Generator) -> Iterator[Vectors]:
        """Unit rows in blocks; the shots of a moment are anywhere among them."""
        moments = max(1, count // SHOTS)
        shape = (moments, self.centres.shape[1])
        shared = rng.standard_normal(shape, dtype=np.float32)
        centre = rng.choice(len(self.weights), moments, p=self.weights)
        for start in range(0, count, BLOCK):
            chosen = rng.integers(moments, size=min(BLOCK, count - start))
            own = rng.standard_normal((len(chosen), shape[1]), dtype=np.float32)
            mixed = np.sqrt(SHARED) * shared[chosen] + np.sqrt(1 - SHARED) * own
            yield unit_rows(self.centres[centre[chosen]] + mixed @ self.spread)


def embedded(cache: Path) -> tuple[Vectors, Vectors, Vectors]:
    """Real photographs to fit to, and photographs and captions that ask; made once."""
    files = [cache / f"{name}.npy" for name in ("train", "dev", "captions")]
    if not all(file.exists() for file in files):
        cache.mkdir(parents=True, exist_ok=True)
        encoder = load_encoder()
        for part, file in zip(("train", "dev"), files, strict=False):
            rows = [
                encoder.embed_images([Image.open(photo).convert("RGB")])
                for photo in sorted((CAPTIONS / part).glob("*.jpg"))
            ]
            np.save(file, np.concatenate(rows))
        lines = (CAPTIONS / "dev.tsv").read_text(encoding="utf-8").splitlines()
        np.save(files[2], encoder.embed_texts([text.split("\t")[1] for text in lines]))
    train, dev, captions = (np.load(file) for file in files)
    return train, dev, captions
