"""Photoseek's own index, other kinds that FAISS has, and a product with NumPy."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from benchmarks.mixture import tuned_with
from benchmarks.peer import Ask, Half, K, Peer, blocks
from store import FaissIndex, VectorChanges
from store.building import build
from store.inverted import InvertedBase
from store.snapshots import Snapshots
from store.tuning import FORCED, Effort, lists_for
from store.vector_index import Vector

TRAINED_ON = 100_000
CONSTRUCTION = 200
AS_TUNED = 0
RANKED_AGAIN = 10
"""Times K candidates that are compared again by half-precision vectors."""
_INDEX = "index.faiss"
_NONE = np.empty(0, dtype=np.int64)

Ids = npt.NDArray[np.int64]


def _build_photoseek(vectors: Half, folder: Path) -> None:
    def pieces() -> Iterator[VectorChanges]:
        for start, rows in blocks(vectors):
            yield VectorChanges(1, start + np.arange(len(rows)), rows.astype(np.float16), _NONE)

    index = build(vectors.shape[1], pieces, len(vectors), tuned_with(vectors.shape[1]))
    Snapshots(folder, "peers").save("space", index)


def _build_lists(vectors: Half, folder: Path) -> None:
    os.environ[FORCED] = "always"
    _build_photoseek(vectors, folder)


def _open_photoseek(vectors: Half, folder: Path) -> Ask:
    index = Snapshots(folder, "peers").load("space", vectors.shape[1], newest=lambda: 1)
    assert index is not None
    tried = {AS_TUNED: index}

    def ask(query: Vector, effort: int) -> Ids:
        if effort not in tried:
            tried[effort] = _opening(index, effort)
        return tried[effort].search(query, K).ids

    return ask


def _opening(index: FaissIndex, lists: int) -> FaissIndex:
    """The same, opening so many lists."""
    base = index.base
    assert isinstance(base, InvertedBase)
    tuned, count = base.effort, base.index.nlist
    effort = Effort({K: min(lists, count)}, tuned.trained, 1.0, count, tuned.ranked)
    return FaissIndex(index.dimension, base.with_effort(effort), index.change)


def _building(kind: str) -> Callable[[Half, Path], None]:
    def build_it(vectors: Half, folder: Path) -> None:
        lists = str(lists_for(len(vectors), vectors.shape[1]) or 1024)
        metric = faiss.METRIC_INNER_PRODUCT
        index = faiss.index_factory(vectors.shape[1], kind.replace("LISTS", lists), metric)
        if isinstance(index, faiss.IndexHNSW):
            index.hnsw.efConstruction = CONSTRUCTION
        if not index.is_trained:
            step = max(1, len(vectors) // TRAINED_ON)
            index.train(np.asarray(vectors[::step], dtype=np.float32))
        for _, rows in blocks(vectors):
            index.add(rows)
        faiss.write_index(index, str(folder / _INDEX))

    return build_it


def _opened(parameters: Callable[[int], Any]) -> Callable[[Half, Path], Ask]:
    def open_it(_vectors: Half, folder: Path) -> Ask:
        index = faiss.read_index(str(folder / _INDEX))

        def ask(query: Vector, effort: int) -> Ids:
            found: Ids = index.search(query[None], K, params=parameters(effort))[1][0]
            return found

        return ask

    return open_it


def _ranked_again(effort: int) -> Any:
    lists, again = faiss.SearchParametersIVF(), faiss.IndexRefineSearchParameters()
    lists.nprobe = effort
    again.k_factor, again.base_index_params = RANKED_AGAIN, lists
    again.kept = lists  # type: ignore[attr-defined]  # FAISS does not keep them alive
    return again


def _graph(effort: int) -> Any:
    parameters: Any = faiss.SearchParametersHNSW()  # type: ignore[attr-defined]  # no stub of it
    parameters.efSearch = effort
    return parameters


def _faiss(kind: str, parameters: Callable[[int], Any], efforts: tuple[int, ...]) -> Peer:
    return Peer(_building(kind), _opened(parameters), efforts, "faiss-cpu", "faiss")


def _save_rows(vectors: Half, folder: Path) -> None:
    np.save(folder / "rows.npy", np.asarray(vectors, dtype=np.float32))


def _open_rows(_vectors: Half, folder: Path) -> Ask:
    rows = np.load(folder / "rows.npy")

    def ask(query: Vector, _effort: int) -> Ids:
        scores = rows @ query
        best = np.argpartition(-scores, K)[:K]
        return best[np.argsort(-scores[best])]

    return ask


GRAPH = (20, 40, 80, 160, 320)
LISTS = (16, 32, 64, 128, 256)
PEERS = {
    "Photoseek": Peer(_build_photoseek, _open_photoseek, (AS_TUNED,), "photoseek", "store"),
    "Photoseek, lists": Peer(
        _build_lists, _open_photoseek, (AS_TUNED, *LISTS), "photoseek", "store"
    ),
    "FAISS flat": _faiss("Flat", lambda _: None, (0,)),
    "FAISS HNSW": _faiss("HNSW32", _graph, GRAPH),
    "FAISS HNSW, half precision": _faiss("HNSW32,SQfp16", _graph, GRAPH),
    "FAISS IVF PQ fast-scan": _faiss("IVFLISTS,PQ128x4fs,Refine(SQfp16)", _ranked_again, LISTS),
    "FAISS IVF RaBitQ": _faiss("IVFLISTS,RaBitQfs,Refine(SQfp16)", _ranked_again, LISTS),
    "NumPy": Peer(_save_rows, _open_rows, (0,), "numpy", "numpy"),
}
