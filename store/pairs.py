"""All near pairs of a library: by perceptual hash, and by vector. Exact but for a bound.

The bound: a photograph is paired with at most ``PARTNERS`` others, so that a hundred thousand
frames of a surveillance camera do not make five milliards of pairs.
"""

from collections.abc import Iterator
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

PARTNERS = 32
_TILE = 4096
_FEW = 256  # rows whose partners, be they all others, fit into memory
_KEPT = 96
"""Principal directions in which vectors are compared before they are compared in full."""
_SAMPLED = 20_000
_ROUNDING = 2e-3  # half-precision vectors are of unit length to within this
_RESCORED = 8192

Pairs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]
Stored = npt.NDArray[np.float16] | npt.NDArray[np.float32]


def near_hashes(hashes: Hashes, bits: int) -> Pairs:
    """Rows (i, j), i < j, whose 64-bit hashes differ in at most ``bits``; int64 (m, 2).

    The nearest ``PARTNERS`` later ones of each row, by comparing every pair.
    """
    if len(hashes) < 2:
        return np.empty((0, 2), dtype=np.int64)
    codes = hashes.view(np.uint8).reshape(-1, 8)
    return np.concatenate(
        [
            strip
            for start in range(0, len(codes), _TILE)
            for strip in _near_codes(codes, start, bits)
        ]
    )


def _near_codes(codes: npt.NDArray[np.uint8], start: int, bits: int) -> Iterator[Pairs]:
    """The pairs of a tile of rows with later ones, a few rows at a time."""
    index: Any = faiss.IndexBinaryFlat(64)
    index.add(codes[start:])
    for begin in range(start, min(start + _TILE, len(codes)), _FEW):
        some = codes[begin : min(begin + _FEW, start + _TILE)]
        limits, distances, found = index.range_search(some, bits + 1)  # FAISS means "less than"
        rows = np.repeat(np.arange(begin, begin + len(some)), np.diff(limits.astype(np.int64)))
        found += start
        later = found > rows
        rows, found, distances = rows[later], found[later], distances[later]
        kept = _best_of_each(rows, -distances.astype(np.float32))
        yield np.stack([rows[kept], found[kept]], axis=1)


def near_vectors(vectors: Stored, cosine: float) -> Pairs:
    """Rows (i, j), i < j, of unit vectors (n, d) whose inner product is at least ``cosine``.

    Each of the best ``PARTNERS`` later ones of a row. Pairs are first compared in the principal
    directions with the length of the rest as one more coordinate: by the Cauchy–Schwarz inequality
    that product is never below the true one, so nothing is missed.
    """
    if len(vectors) < 2:
        return np.empty((0, 2), dtype=np.int64)
    brief = _abridged(vectors)
    room = np.empty(min(len(vectors), _TILE) ** 2, dtype=np.float32)  # new memory costs as much
    strips = [
        _nearest_later(vectors, brief, start, cosine, room)
        for start in range(0, len(vectors), _TILE)
    ]
    return np.concatenate(strips)


def _nearest_later(
    vectors: Stored, brief: Floats, start: int, cosine: float, room: Floats
) -> Pairs:
    """The pairs of one strip of rows with everything from it on; products are made in ``room``."""
    found = list(_pairs_of_strip(vectors, brief, start, cosine, room))
    pairs = np.concatenate([pairs for pairs, _ in found])
    scores = np.concatenate([scores for _, scores in found])
    return pairs[_best_of_each(pairs[:, 0], scores)]


def _pairs_of_strip(
    vectors: Stored, brief: Floats, start: int, cosine: float, room: Floats
) -> Iterator[tuple[Pairs, Floats]]:
    strip = brief[start : start + _TILE]
    for other in range(start, len(vectors), _TILE):
        columns = brief[other : other + _TILE].T
        bound = room[: len(strip) * columns.shape[1]].reshape(len(strip), -1)
        np.matmul(strip, columns, out=bound)
        rows, columns = np.divmod(np.flatnonzero(bound >= cosine - _ROUNDING), bound.shape[1])
        pairs = np.stack([rows + start, columns + other], axis=1)
        pairs = pairs[pairs[:, 0] < pairs[:, 1]]
        scores = _products(vectors, pairs)
        near = scores >= cosine
        pairs, scores = pairs[near], scores[near]
        kept = _best_of_each(pairs[:, 0], scores)
        yield pairs[kept], scores[kept]


def _products(vectors: Stored, pairs: Pairs) -> Floats:
    """Inner products of pairs of rows, float32 (m,)."""
    scores = np.empty(len(pairs), dtype=np.float32)
    for begin in range(0, len(pairs), _RESCORED):
        some = pairs[begin : begin + _RESCORED]
        left, right = (vectors[column].astype(np.float32) for column in some.T)
        scores[begin : begin + _RESCORED] = np.einsum("ij,ij->i", left, right)
    return scores


def _best_of_each(rows: npt.NDArray[np.int64], scores: Floats) -> npt.NDArray[np.int64]:
    """Where the best ``PARTNERS`` of each row are."""
    order = np.lexsort((-scores, rows))
    ordered = rows[order]
    place = np.arange(len(rows)) - np.searchsorted(ordered, ordered)
    return order[place < PARTNERS]


def _abridged(vectors: Stored) -> Floats:
    """Unit vectors by their principal coordinates and the length of what those leave out."""
    dimension = vectors.shape[1]
    if dimension <= _KEPT:
        return vectors.astype(np.float32)
    sample = vectors[:: max(1, len(vectors) // _SAMPLED)].astype(np.float32)
    directions = np.linalg.eigh(sample.T @ sample)[1][:, -_KEPT:]  # eigenvalues ascend
    brief = np.empty((len(vectors), _KEPT + 1), dtype=np.float32)
    for start in range(0, len(vectors), _TILE):
        some = vectors[start : start + _TILE].astype(np.float32)
        coordinates = some @ directions
        left = np.square(some).sum(axis=1) - np.square(coordinates).sum(axis=1)
        brief[start : start + _TILE, :_KEPT] = coordinates
        brief[start : start + _TILE, _KEPT] = np.sqrt(np.maximum(left, 0))
    return brief
