"""How foreign a text is to the captions: what it speaks of less, the naming block must find more.

Logistic regression on MiniLM's own sentence embedding. Taught: captions, and as many short pieces
of captions, since people type two words. Foreign: ImageNet class names in a few templates. What is
neither, a sentence about a fox say, comes out between the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from open_clip.zero_shot_metadata import IMAGENET_CLASSNAMES

from training.recipe import ForeignSettings

Floats = npt.NDArray[np.float32]

TEMPLATES = (
    "{}",
    "a {}",
    "two {}",
    "a photo of a {}.",
    "a close-up of a {}",
    "a {} on a table",
    "a {} outdoors",
    "the {} in the picture",
)
_STEPS = 12
_LONGEST_PIECE = 4


@dataclass(frozen=True, slots=True)
class Foreign:
    """``sigmoid(unit sentence @ weights + offset)``: 0 like the captions, 1 unlike them."""

    weights: Floats
    offset: Floats

    def __call__(self, sentences: Floats) -> Floats:
        unit = sentences / np.linalg.norm(sentences, axis=1, keepdims=True)
        return np.asarray(_sigmoid(unit @ self.weights + self.offset), dtype=np.float32)


def foreign_texts() -> list[str]:
    """Every class name in every template."""
    return [template.format(name) for template in TEMPLATES for name in IMAGENET_CLASSNAMES]


def pieces(captions: Sequence[str], seed: int) -> list[str]:
    """One to four words that follow each other, of each caption."""
    chance = np.random.default_rng(seed)
    made = []
    for caption in captions:
        words = caption.rstrip(" .").split()
        length = min(int(chance.integers(1, _LONGEST_PIECE + 1)), len(words))
        start = int(chance.integers(len(words) - length + 1))
        made.append(" ".join(words[start : start + length]))
    return made


def learn_foreign(taught: Sequence[Floats], foreign: Floats, settings: ForeignSettings) -> Foreign:
    """Newton's method on the mean loss, each kind of text counting the same within its side."""
    parts = [*taught, foreign]
    rows = np.concatenate(parts).astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.c_[rows, np.ones(len(rows))]
    wanted = np.repeat([*[0.0] * len(taught), 1.0], [len(part) for part in parts])
    shares = [1 / (2 * len(taught) * len(part)) for part in taught] + [1 / (2 * len(foreign))]
    counts = np.repeat(shares, [len(part) for part in parts])
    ridge = np.r_[np.full(rows.shape[1] - 1, settings.decay), 1e-9]
    found = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        given = _sigmoid(rows @ found)
        slope = rows.T @ (counts * (given - wanted)) + ridge * found
        bend = (rows * (counts * given * (1 - given))[:, None]).T @ rows + np.diag(ridge)
        found -= np.linalg.solve(bend, slope)
    return Foreign(found[:-1].astype(np.float32), found[-1:].astype(np.float32))


def _sigmoid(values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    return np.asarray(1 / (1 + np.exp(-values)))
