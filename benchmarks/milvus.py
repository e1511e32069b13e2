"""``python -m benchmarks.milvus [--count N]``: recall and time of the vectors on Milvus Lite.

A mixture of Gaussians around a thousand centres stands for photographs; truth is FAISS's exact
search of the same library.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from store import Batch, ContentFacts, FaissIndex, FileEntry, SpaceRecord, Store
from store.filters import InFolder
from store.vector_index import Ids, VectorIndex, Vectors

DIMENSION, CENTRES, K, QUERIES = 512, 1000, 20, 20
BATCH = 5000


def unit_mixture(count: int, seed: int) -> Vectors:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((CENTRES, DIMENSION)).astype(np.float32)
    rows = centres[rng.integers(0, CENTRES, count)]
    rows = rows + 0.7 * rng.standard_normal((count, DIMENSION)).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def fill(store: Store, count: int) -> SpaceRecord:
    """A library of ``count`` photographs, a hundred in each folder of ten groups."""
    with store.writer() as writer:
        root = writer.add_root(Path("/photos"), {})
        space = writer.open_space("mixture", "ab" * 16, DIMENSION)
        for start in range(0, count, BATCH):
            rows = unit_mixture(BATCH, start + 1)
            files, vectors = [], {}
            for row in range(BATCH):
                number = start + row
                facts = ContentFacts(number.to_bytes(32, "big"), 10, 640, 480, "JPEG")
                path = f"group{number % 10}/{number // 100}/{number}.jpg"
                files.append(FileEntry(path, 10, 10, facts))
                vectors[facts.hash] = rows[row]
            writer.write(Batch(root, files, {space.id: vectors}))
    return space


def timed(ask: Callable[[np.ndarray], Ids], queries: Vectors) -> tuple[list[Ids], float, float]:
    """Answers, and the median and the 95th percentile in milliseconds."""
    answers, times = [], []
    for query in queries:
        began = time.perf_counter()
        answers.append(ask(query))
        times.append(1000 * (time.perf_counter() - began))
    return answers, statistics.median(times), float(np.percentile(times, 95))


def recall(found: list[Ids], truth: list[Ids]) -> float:
    pairs = zip(found, truth, strict=True)
    return float(np.mean([len(np.intersect1d(a, b)) / max(len(b), 1) for a, b in pairs]))


def report(name: str, index: VectorIndex, queries: Vectors, truth: list[Ids]) -> None:
    found, median, slow = timed(lambda query: index.search(query, K).ids, queries)
    print(
        f"{name:<28} p50 {median:7.1f} ms  p95 {slow:7.1f} ms  recall@20 {recall(found, truth):.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--kinds", nargs="*", default=["FLAT", "HNSW", "IVF_SQ8"])
    asked = parser.parse_args()
    queries = unit_mixture(QUERIES, 7_000_000)
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        store = Store.create(library)
        space = fill(store, asked.count)
        faiss = store.vectors(space)
        assert isinstance(faiss, FaissIndex)
        only = store.catalog.matching(InFolder("group3"))
        truth = [faiss.search(query, K).ids for query in queries]
        filtered = [faiss.search(query, K, only=only).ids for query in queries]
        report("FAISS, exact", faiss, queries, truth)
        store.close()
        for kind in asked.kinds:
            other = Store.open(library, vectors=f"{folder}/{kind}.db?index={kind}")
            began = time.perf_counter()
            index = other.vectors(space)
            print(f"{kind}: filled in {time.perf_counter() - began:.1f} s")
            report(f"Milvus Lite, {kind}", index, queries, truth)
            narrowed = index.matching(InFolder("group3"))  # type: ignore[attr-defined]
            report("  a tenth of it, in:group3", narrowed, queries, filtered)
            other.close()


if __name__ == "__main__":
    main()
