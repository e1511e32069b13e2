"""How likely a photograph is what was asked for, from 0 to 1: comparable across models and queries.

A cosine alone says little: each model, each question and each photograph has a level of its own.
So the score is centred both ways, by what unrelated questions score with this photograph and by
what this question scores with the library (double centring; both are inner products with a mean),
and divided by its spread over questions that have nothing to do with each other: the shipped bank
of captions, or photographs of the library. What remains, in spreads, is a *deviation*.

The best of many unrelated photographs deviates the more, the more there are (extreme values). The
``line`` is the deviation that the best photograph reaches for three quarters of the bank and does
not for the rest, which nothing in the library shows; it grows with the logarithm of the number
of photographs, as the maximum of independent draws does (Gumbel, *Statistics of Extremes*, 1958).
The distance of a hit from the line gives its relevance by a logistic curve. Its two numbers were
fitted on Flickr8k's dev photographs with ``mini``, where a relevance of 0.8 means that about eight
in ten such photographs show what was named (docs/relevance.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from encoder import Vectors, unit_rows

Kind = Literal["text", "image", "mixed"]
Verdict = Literal["strong", "possible", "rest"]
Scores = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]

STRONG = 0.75
POSSIBLE = 0.25
NOTHING = 0.55
"""A best hit below this means that nothing in the library matches."""
DEFAULT_STRICTNESS = 50

_UNMATCHED = 0.25
"""The share of the bank that is taken to have no photograph in the library."""
_FLOOR = 2.3
"""The line is never lower, in spreads: one in a hundred unrelated pairs deviates so far."""
_MIDDLE, _STEEPNESS = 0.26, 1.43
_PART = 8
_STRIDE = 7919  # a prime, so that neighbours of the table get distant partners
_GROWTH = (0.1, 0.5)
_STRICTNESS_A_SPREAD = 25


@dataclass(frozen=True, slots=True)
class Noise:
    """What unrelated questions of one kind score.

    ``center`` float32 (d,) is their mean, ``spread`` the standard deviation of their centred
    scores, ``line`` the deviation of a match in doubt, ``growth`` what it gains when the library
    becomes e times as large.
    """

    center: Vector
    spread: float
    line: float
    growth: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The noise of a library in one space: ``mean`` float32 (d,) of its ``photos`` photographs."""

    photos: int
    mean: Vector
    noises: Mapping[Kind, Noise]

    def relevance(
        self,
        query: Vector,
        kind: Kind,
        vectors: Vectors,
        *,
        among: int,
        strictness: float = DEFAULT_STRICTNESS,
        less: Scores | float = 0.0,
    ) -> Scores:
        """Relevance float32 (n,) of photographs ``vectors`` (n, d) to ``query`` (d,).

        ``among`` is how many photographs were compared; ``strictness`` 0 to 100 moves the line
        by two spreads either way; ``less`` float32 (n,) is what negatives take from the cosines.
        """
        noise = self.noises[kind]
        centred = (vectors - self.mean) @ (query - noise.center) - less
        deviation = centred / noise.spread
        line = _line_at(noise, max(among, 1) / self.photos) + in_spreads(strictness)
        return _logistic(deviation - line)


def verdict_of(relevance: float) -> Verdict:
    """In words."""
    if relevance >= STRONG:
        return "strong"
    return "possible" if relevance >= POSSIBLE else "rest"


def in_spreads(strictness: float) -> float:
    """By how many spreads a strictness of 0 to 100 moves a line: two either way."""
    return (strictness - DEFAULT_STRICTNESS) / _STRICTNESS_A_SPREAD


def calibrate(
    photos: Vectors, background: Vectors, captions: Vectors | None, *, total: int | None = None
) -> Calibration:
    """Measure the noise of a library.

    ``photos`` (n, d) are the library's or, of ``total``, a random sample; ``background`` (b, d)
    a few others, so that a small library has a mean that is not its own; ``captions`` (m, d) the
    bank, None for a model without a text tower.
    """
    mean = np.concatenate([photos, background]).mean(axis=0)
    noises: dict[Kind, Noise] = {"image": _image_noise(photos, background, mean)}
    if captions is not None:
        noises["text"] = _noise(captions, photos, mean)
        noises["mixed"] = _mixed_noise(captions, photos, mean)
    scale = (total or len(photos)) / len(photos)
    grown = {kind: _at_size(noise, scale) for kind, noise in noises.items()}
    return Calibration(total or len(photos), mean, grown)


def _noise(questions: Vectors, photos: Vectors, mean: Vector) -> Noise:
    center = questions.mean(axis=0)
    deviations = (questions - center) @ (photos - mean).T
    return _described(center, deviations)


def _image_noise(photos: Vectors, background: Vectors, mean: Vector) -> Noise:
    """Photographs as questions; each is left out of its own answer."""
    questions = np.concatenate([photos[:: max(1, len(photos) // 500)], background])
    deviations = (questions - mean) @ (photos - mean).T
    itself = np.isclose(questions @ photos.T, 1.0, atol=1e-3)
    return _described(mean, np.where(itself, np.nan, deviations))


def _described(center: Vector, deviations: Scores) -> Noise:
    real = deviations[~np.isnan(deviations)]
    spread = float(real.std()) if len(real) else 0.0
    spread = spread or 1.0  # nothing to tell apart
    line = _best_unmatched(deviations / spread)
    smaller = _best_unmatched(deviations[:, ::_PART] / spread)
    growth = float(np.clip((line - smaller) / np.log(_PART), *_GROWTH))
    return Noise(center, spread, line, growth)


def _best_unmatched(deviations: Scores) -> float:
    """What the best photograph of a question with no match deviates."""
    best = np.max(np.nan_to_num(deviations, nan=-np.inf), axis=1)
    finite = best[np.isfinite(best)]
    return max(_FLOOR, float(np.quantile(finite, _UNMATCHED))) if len(finite) else _FLOOR


def _mixed_noise(captions: Vectors, photos: Vectors, mean: Vector) -> Noise:
    """Each caption beside a photograph, which is left out of the answer."""
    rows = np.arange(len(captions))
    partners = rows * _STRIDE % len(photos)
    questions = unit_rows(captions + photos[partners])
    center = questions.mean(axis=0)
    deviations = (questions - center) @ (photos - mean).T
    deviations[rows, partners] = np.nan
    return _described(center, deviations)


def _at_size(noise: Noise, scale: float) -> Noise:
    return Noise(noise.center, noise.spread, _line_at(noise, scale), noise.growth)


def _line_at(noise: Noise, scale: float) -> float:
    """The line for ``scale`` times as many photographs as it was measured with."""
    return max(_FLOOR, noise.line + noise.growth * float(np.log(max(scale, 1e-9))))


def _logistic(distance: npt.NDArray[np.floating]) -> Scores:
    odds = np.exp(_STEEPNESS * np.clip(distance - _MIDDLE, -30, 30))
    return np.asarray(odds / (1 + odds), dtype=np.float32)
