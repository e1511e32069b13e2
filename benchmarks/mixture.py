"""Vectors as photographs have them, any number: a mixture fitted to embeddings of real ones.

k-means centres, the covariance within them, and moments of some eight shots that share most of what
is their own. ``python -m benchmarks.mixture`` fits a smaller one to ../shared/captions and keeps it
beside this file, for the libraries that ``make bench`` makes up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.process import ROOT, Failed
from benchmarks.settings import CACHE
from encoder import Vectors, load_encoder, unit_rows
from search.bank import as_asked
from store.kmeans import spherical_kmeans

CAPTIONS = ROOT.parent / "shared" / "captions"
CENTRES, SHOTS, SHARED = 600, 8, 0.6
KEPT_CENTRES, KEPT_DIRECTIONS = 300, 192
BLOCK = 20_000
KEPT = Path(__file__).with_name("mixture.npz")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A mixture: ``centres`` float32 (c, d) with ``weights`` (c,), and ``spread`` (r, d), a square
    root of the covariance within a centre; ``rest`` is the deviation that it leaves out of each
    dimension."""

    centres: Vectors
    weights: npt.NDArray[np.float64]
    spread: Vectors
    rest: float = 0.0

    @classmethod
    def to(cls, rows: Vectors, centres: int = CENTRES, directions: int | None = None) -> "Fitted":
        """Of unit rows (n, d) of real photographs, in so many ``directions``; None for all."""
        found = spherical_kmeans(rows, centres)
        nearest = np.argmax(rows @ found.T, axis=1)
        counts = np.bincount(nearest, minlength=centres)
        means = np.stack([rows[nearest == one].mean(axis=0) for one in np.flatnonzero(counts)])
        own = rows - means[np.searchsorted(np.flatnonzero(counts), nearest)]
        covariance = own.T @ own / (len(rows) - len(means))  # as many means were fitted
        values, vectors = np.linalg.eigh(covariance)
        left = 0 if directions is None else len(values) - directions
        spread = (vectors[:, left:] * np.sqrt(np.maximum(values[left:], 0))).T
        rest = float(np.sqrt(max(values[:left].sum(), 0) / len(values)))
        return cls(means, counts[counts > 0] / len(rows), spread.astype(np.float32), rest)

    @classmethod
    def kept(cls, fingerprint: str) -> "Fitted":
        """That beside this file. Raises Failed if it was fitted to another model's vectors."""
        with np.load(KEPT) as file:
            if str(file["model"]) != fingerprint:
                raise Failed(f"{KEPT.name} is of another model; run python -m benchmarks.mixture")
            centres, spread = (file[name].astype(np.float32) for name in ("centres", "spread"))
            return cls(centres, file["weights"], spread, float(file["rest"]))

    def keep(self, fingerprint: str) -> None:
        """Write it beside this file, in half precision."""
        half = {name: getattr(self, name).astype(np.float16) for name in ("centres", "spread")}
        np.savez_compressed(KEPT, model=fingerprint, weights=self.weights, rest=self.rest, **half)

    def draw(self, count: int, rng: np.random.Generator) -> Iterator[Vectors]:
        """Unit rows in blocks; the shots of a moment are anywhere among them."""
        moments = max(1, count // SHOTS)
        shape = (moments, len(self.spread))
        shared = rng.standard_normal(shape, dtype=np.float32)
        centre = rng.choice(len(self.weights), moments, p=self.weights)
        for start in range(0, count, BLOCK):
            chosen = rng.integers(moments, size=min(BLOCK, count - start))
            own = rng.standard_normal((len(chosen), shape[1]), dtype=np.float32)
            mixed = np.sqrt(SHARED) * shared[chosen] + np.sqrt(1 - SHARED) * own
            rows = self.centres[centre[chosen]] + mixed @ self.spread
            if self.rest:
                rows += self.rest * rng.standard_normal(rows.shape, dtype=np.float32)
            yield unit_rows(rows)


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


def tuned_with(dimension: int) -> Vectors:
    """Captions and words in the first so many dimensions, with which a calibrated library is
    tuned: unit rows float32 (n, dimension)."""
    return unit_rows(as_asked(load_encoder())[:, :dimension])


if __name__ == "__main__":
    photographs, _, _ = embedded(CACHE / "embedded")
    Fitted.to(photographs, KEPT_CENTRES, KEPT_DIRECTIONS).keep(load_encoder().info.fingerprint)
