"""A 64-bit perceptual hash (pHash): pictures that look alike differ in few bits.

Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010: the signs of the
64 lowest frequencies of a 32 × 32 grey picture's discrete cosine transform against their median.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

_SIDE, _KEPT = 32, 8


def _cosines() -> npt.NDArray[np.float32]:
    frequency, position = np.mgrid[:_KEPT, :_SIDE]
    angles = np.pi * frequency * (2 * position + 1) / (2 * _SIDE)
    return np.asarray(np.cos(angles), dtype=np.float32)


_COSINES = _cosines()


def perceptual_hash(image: Image.Image) -> int:
    """The hash of a picture as a signed 64-bit integer, for a database column."""
    grey = np.asarray(image.convert("L").resize((_SIDE, _SIDE)), dtype=np.float32)
    low = (_COSINES @ grey @ _COSINES.T).ravel()
    bits = np.packbits(low > np.median(low[1:]))
    return int.from_bytes(bits.tobytes(), "big", signed=True)
