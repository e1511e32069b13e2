"""Labels learnt from a few example pictures each.

Two classifiers on embeddings, both with closed forms, so that nothing is left to chance:

- *nearest centroid*: the label whose mean example is nearest (Rocchio; Snell et al., "Prototypical
  networks", NeurIPS 2017);
- *ridge regression* on ±1 targets (Rifkin, Yeo, Poggio, "Regularized least-squares
  classification", 2003), whose leave-one-out predictions need no refitting.

Both are judged by leaving out one example at a time; the better is taken, the first if equal.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from encoder import Vectors, unit_rows

Method = Literal["nearest centroid", "ridge regression"]
Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float32]

FEW = 5
"""Examples of a label below which its accuracy is hardly known."""
_PENALTIES = (0.1, 0.3, 1.0, 3.0, 10.0)
_TEMPERATURES = np.geomspace(0.01, 3.0, 40)
_UNFAMILIAR = 0.1
"""The share of held-out examples that would be taken for strangers."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A classifier: scores are ``vectors @ weights.T + bias``.

    ``accuracy`` is by leaving one out, ``per_label`` (m,) too. ``temperature`` is fitted on the
    held-out scores. A photograph that is less like its label's centroid than ``familiar`` is
    nothing that was shown.
    """

    method: Method
    weights: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]
    temperature: float
    centroids: Vectors
    center: Vector
    familiar: float
    accuracy: float
    per_label: tuple[float, ...]

    def classify(self, vectors: Vectors) -> tuple[Labels, Scores]:
        """The label of each row (n, d), or −1, and its probability."""
        chances = _softmax((vectors @ self.weights.T + self.bias) / self.temperature)
        best = chances.argmax(axis=1)
        likeness = np.einsum("nd,nd->n", unit_rows(vectors - self.center), self.centroids[best])
        best[likeness < self.familiar] = -1
        return best.astype(np.int64), chances.max(axis=1)


def learn(vectors: Vectors, labels: Labels, center: Vector) -> Learnt:
    """Learn from unit vectors (n, d) with labels 0 to m − 1 (n,), of at least two kinds.

    ``center`` float32 (d,) is the mean of unrelated photographs: what all pictures share.
    """
    centred = unit_rows(vectors - center)
    nearest = _without_own(centred, labels)
    ridges = [(_ridge_held_out(vectors, labels, penalty), penalty) for penalty in _PENALTIES]
    regressed, penalty = max(ridges, key=lambda ridge: _accuracy(ridge[0], labels))
    method: Method = "nearest centroid"
    scores, (weights, bias) = nearest, _nearest_centroid(centred, labels, center)
    if _accuracy(regressed, labels) > _accuracy(nearest, labels):
        method = "ridge regression"
        scores, (weights, bias) = regressed, _ridge(vectors, labels, penalty)
    right = scores.argmax(axis=1) == labels
    return Learnt(
        method=method,
        weights=weights,
        bias=bias,
        temperature=_fit_temperature(scores, labels),
        centroids=_centroids(centred, labels),
        center=center,
        familiar=_familiar(nearest, labels),
        accuracy=float(right.mean()),
        per_label=tuple(float(right[labels == k].mean()) for k in range(int(labels.max()) + 1)),
    )


def _familiar(nearest: Scores, labels: Labels) -> float:
    """What most held-out examples have in common with the centroid of their label."""
    own = nearest[np.arange(len(labels)), labels]
    own = own[np.isfinite(own)]
    return float(np.quantile(own, _UNFAMILIAR)) if len(own) else -1.0


def _accuracy(scores: Scores, labels: Labels) -> float:
    return float((scores.argmax(axis=1) == labels).mean())


def _centroids(rows: Vectors, labels: Labels) -> Vectors:
    return unit_rows(_one_hot(labels).T @ rows)


def _one_hot(labels: Labels) -> npt.NDArray[np.float64]:
    return np.eye(int(labels.max()) + 1)[labels]


def _nearest_centroid(
    centred: Vectors, labels: Labels, center: Vector
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    weights = _centroids(centred, labels).astype(np.float64)
    return weights, -weights @ center


def _without_own(centred: Vectors, labels: Labels) -> Scores:
    """Cosines (n, m) with every label's centroid, each row's own made without it.

    A label's only example has no other to be like: −∞.
    """
    sums = _one_hot(labels).T @ centred
    scores = centred @ unit_rows(sums).T
    mine = unit_rows(sums[labels] - centred)
    alone = np.bincount(labels)[labels] == 1
    scores[np.arange(len(labels)), labels] = np.where(
        alone, -np.inf, np.einsum("nd,nd->n", centred, mine)
    )
    return np.asarray(scores, dtype=np.float64)


def _kernel(vectors: Vectors) -> npt.NDArray[np.float64]:
    """Inner products with a constant feature for the bias."""
    rows = vectors.astype(np.float64)
    return np.asarray(rows @ rows.T + 1)


def _ridge(
    vectors: Vectors, labels: Labels, penalty: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    targets = 2 * _one_hot(labels) - 1
    dual = np.linalg.solve(_kernel(vectors) + penalty * np.eye(len(labels)), targets)
    return np.asarray(dual.T @ vectors, np.float64), np.asarray(dual.sum(axis=0), np.float64)


def _ridge_held_out(vectors: Vectors, labels: Labels, penalty: float) -> Scores:
    """What is predicted for each row by all others: y − c / diag(G), G the inverse kernel."""
    targets = 2 * _one_hot(labels) - 1
    inverse = np.linalg.inv(_kernel(vectors) + penalty * np.eye(len(labels)))
    return np.asarray(targets - inverse @ targets / np.diag(inverse)[:, None])


def _fit_temperature(scores: Scores, labels: Labels) -> float:
    """The one under which the held-out labels are likeliest (Guo et al., ICML 2017)."""
    judged = np.isfinite(scores[np.arange(len(labels)), labels])
    if not judged.any():
        return 1.0
    rows, own = scores[judged], labels[judged]

    def surprise(temperature: float) -> float:
        chances = _softmax(rows / temperature)[np.arange(len(own)), own]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    return float(min(_TEMPERATURES, key=surprise))


def _softmax(scores: Scores) -> Scores:
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
