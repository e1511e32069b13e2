"""Spherical k-means on FAISS, which the store alone knows, and the centroids nearest to rows."""

from concurrent.futures import ThreadPoolExecutor

import faiss
import numpy as np
import numpy.typing as npt

from store.scanning import CORES

Vectors = npt.NDArray[np.float32]

SEED = 1234
BLOCK = 4096
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


def nearest_centroids(rows: Vectors, centroids: Vectors) -> npt.NDArray[np.int64]:
    """The number of the centroid (c, d) with the highest inner product with each row (n, d), (n,).

    With NumPy's BLAS, since that in FAISS's wheel knows no processor newer than 2021 and takes five
    times as long there (docs/benchmarks.md).
    """

    def nearest(start: int) -> npt.NDArray[np.int64]:
        scores: Vectors = rows[start : start + BLOCK] @ centroids.T
        found: npt.NDArray[np.int64] = scores.argmax(axis=1)
        return found

    with ThreadPoolExecutor(CORES) as pool:
        return np.concatenate(list(pool.map(nearest, range(0, len(rows), BLOCK))))
