"""A real, tiny encoder whose vectors a reader can compute: how much of each colour there is."""

from collections.abc import Sequence

import numpy as np
from PIL.Image import Image

from encoder import EncoderInfo, Vectors, unit_rows
from encoder.samples import samples

COLOURS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
}


class ColourEncoder:
    """Pictures: the share of pixels nearest to each of eight colours. Texts: the colours named.

    Counts the pictures, so that a test can say what was not encoded again.
    """

    def __init__(self, fingerprint: str = "c0" * 16, name: str = "colours") -> None:
        self.info = EncoderInfo(
            name, fingerprint, len(COLOURS), (8, 8), frozenset({"image", "text"}), 16
        )
        self.encoded = 0

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        shipped = {id(sample.image) for sample in samples()}  # what calibration measures with
        self.encoded += sum(id(image) not in shipped for image in images)
        rows = [self._shares(image) for image in images]
        return unit_rows(np.array(rows, dtype=np.float32).reshape(-1, len(COLOURS)))

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        rows = [[float(name in text) for name in COLOURS] for text in texts]
        return unit_rows(np.array(rows, dtype=np.float32).reshape(-1, len(COLOURS)))

    @staticmethod
    def _shares(image: Image) -> list[float]:
        pixels = np.asarray(image.resize((8, 8)), dtype=np.float32).reshape(-1, 1, 3)
        palette = np.array(list(COLOURS.values()), dtype=np.float32)
        nearest = np.square(pixels - palette).sum(axis=2).argmin(axis=1)
        return [float(share) for share in np.bincount(nearest, minlength=len(COLOURS)) / 64]
