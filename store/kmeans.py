"""Spherical k-means on FAISS, which the store alone knows."""

import faiss
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

SEED = 1234
MOST_PER_CENTROID = 256
"""More rows than this for each centroid are sampled; FAISS's own default."""


def spherical_kmeans(rows: Vectors, count: int, *, rounds: int = 20, tries: int = 1) -> Vectors:
    """``count`` unit centroids float32 (count, d) of unit rows (n, d), n ≥ count; repeatable.

    Dhillon and Modha, "Concept decompositions for large sparse text data using clustering",
    Machine Learning 42, 2001.
    """
    kmeans = faiss.Kmeans(
        rows.shape[1],
        count,
        niter=rounds,
        nredo=tries,
        spherical=True,
        seed=SEED,
        min_points_per_centroid=1,
        max_points_per_centroid=MOST_PER_CENTROID,
    )
    kmeans.train(np.ascontiguousarray(rows, dtype=np.float32))
    return np.asarray(kmeans.centroids, dtype=np.float32)
