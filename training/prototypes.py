"""Stand-in photographs of what no caption mentions: the rows of the ImageNet classifiers.

In a trained classifier the row of a class points to where the photographs of that class lie
(Papyan, Han & Donoho, "Prevalence of neural collapse", PNAS 2020). Taught with their names beside
the real pairs, a thousand such rows let the learned space name what it was never captioned with.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from open_clip.zero_shot_metadata import IMAGENET_CLASSNAMES

from training.towers import Tower

Floats = npt.NDArray[np.float32]

TEMPLATES = ("{}", "a photo of a {}.")


def prototypes(towers: Sequence[Tower], width: int) -> Floats:
    """One row per class in standardised units, (1000, width); stage features are left at 0."""
    rows = np.concatenate([_centred(tower.classifier) for tower in towers], axis=1)
    missing = np.zeros((len(rows), width - rows.shape[1]), dtype=np.float32)
    return np.concatenate([rows, missing], axis=1)


def prompts() -> list[str]:
    """Every class name in every template, template by template."""
    return [template.format(name) for template in TEMPLATES for name in IMAGENET_CLASSNAMES]


def _centred(classifier: Floats) -> Floats:
    rows = classifier - classifier.mean(axis=0)
    return np.asarray(rows / rows.std(axis=0), dtype=np.float32)
