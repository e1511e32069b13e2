"""How alike two pictures are, on a scale that does not depend on the model.

Cosines of unrelated photographs lie around 0.2 in one embedding space and 0.6 in another. A
``likeness`` counts from there: 0 is what two photographs of the library have on average, 1 is the
same vector.
"""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from encoder import Vectors
from store import VectorIndex

SAMPLE = 256
"""Photographs that tell a library's average; 32,640 pairs."""

Hashes = npt.NDArray[np.uint64]

_FEWEST_SET, _MOST_SET = 24, 40


@dataclass(frozen=True, slots=True)
class Scale:
    """``unrelated`` is the mean cosine of two different photographs of a library."""

    unrelated: float = 0.0

    @classmethod
    def of(cls, sample: Vectors) -> "Scale":
        """Measured on unit vectors (n, d); without a pair of them, cosines are taken as they are.

        The mean over all pairs is (‖Σv‖² − n) / (n² − n).
        """
        count = len(sample)
        if count < 2:
            return cls()
        total = sample.sum(axis=0, dtype=np.float64)
        mean = (float(total @ total) - count) / (count * (count - 1))
        return cls(min(max(mean, 0.0), 0.95))

    @classmethod
    def of_index(cls, index: VectorIndex) -> "Scale":
        """That of all that an index holds, by a sample; measured once for each of its states."""
        known = _scales.get(index)
        if known is None or known[0] != index.change:
            known = _scales[index] = index.change, cls.of(index.sample(SAMPLE))
        return known[1]

    def cosine(self, likeness: float) -> float:
        """The cosine that a likeness is, in this space."""
        return self.unrelated + likeness * (1 - self.unrelated)


_scales: "WeakKeyDictionary[VectorIndex, tuple[int, Scale]]" = WeakKeyDictionary()


def as_hashes(signed: npt.ArrayLike) -> Hashes:
    """Perceptual hashes as the catalog keeps them, with their bits countable."""
    return np.asarray(signed, dtype=np.int64).view(np.uint64)


def distances(hashes: Hashes, others: Hashes) -> npt.NDArray[np.uint8]:
    """Bits that differ; an operand's hash that says nothing is far (64) from every other.

    Half the bits of a photograph's pHash are set by construction. Where far more or fewer are, the
    picture has no structure to compare: a sheet of paper, a lens cap. Absent hashes are 0, so too.
    """
    differing: npt.NDArray[np.uint8] = np.bitwise_count(hashes ^ others)
    return np.where(telling(hashes) & telling(others), differing, np.uint8(64))


def telling(hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Whether a hash says anything about its picture."""
    bits: Any = np.bitwise_count(hashes)
    return np.asarray((bits >= _FEWEST_SET) & (bits <= _MOST_SET))
