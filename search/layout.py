"""A library laid out on a plane: photographs that look alike lie close together.

UMAP (McInnes, Healy, Melville, arXiv:1802.03426) on the first 50 principal components, by
``umap-learn``, an extra. Without it, the first two principal components.
"""

import importlib.util
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from encoder import Vectors

Method = Literal["UMAP", "PCA"]
Points = npt.NDArray[np.float32]

SEED = 42
_COMPONENTS = 50
_NEIGHBOURS = 15


@dataclass(frozen=True, slots=True)
class Layout:
    """``points`` float32 (n, 2), each coordinate from 0 to 1."""

    points: Points
    method: Method


def umap_installed() -> bool:
    """Whether the ``map`` extra is there."""
    return importlib.util.find_spec("umap") is not None


def lay_out(vectors: Vectors, *, method: Method | None = None) -> Layout:
    """Lay out unit vectors (n, d); the same ones always alike. ``method`` None takes the best."""
    few = len(vectors) <= _NEIGHBOURS + 1
    chosen: Method = method or ("UMAP" if umap_installed() and not few else "PCA")
    reduced = principal_components(vectors, _COMPONENTS if chosen == "UMAP" else 2)
    points = _umap(reduced) if chosen == "UMAP" else reduced
    return Layout(_to_unit_square(points), chosen)


def principal_components(vectors: Vectors, count: int) -> Points:
    """Coordinates float32 (n, count) along the directions of the largest variance.

    From the covariance, which is small; signs are fixed, so that a run can be repeated.
    """
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    directions = directions[:, ::-1][:, :count]
    largest = np.abs(directions).argmax(axis=0)
    directions *= np.sign(directions[largest, np.arange(directions.shape[1])])
    return np.asarray(centred @ directions, dtype=np.float32)


def _umap(points: Points) -> Points:
    from umap import UMAP  # seconds to import, and an extra

    reducer = UMAP(n_neighbors=_NEIGHBOURS, min_dist=0.15, init="pca", random_state=SEED, n_jobs=1)
    return np.asarray(reducer.fit_transform(points), dtype=np.float32)


def _to_unit_square(points: Points) -> Points:
    """Scaled into 0 to 1; strays beyond the outermost thousandth are drawn in to the edge."""
    low, high = np.quantile(points, (0.001, 0.999), axis=0)
    scaled = (points - low) / np.maximum(high - low, 1e-9)
    return np.asarray(np.clip(scaled, 0, 1), dtype=np.float32)
