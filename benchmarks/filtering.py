"""Searching among a thousandth of a large library: how long, and whether exactly."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.figures import Figure
from benchmarks.process import apart
from benchmarks.searching import NEAREST, made_up_queries, open_store, share_found
from benchmarks.settings import Settings
from benchmarks.synthetic import SELDOM_CAMERA
from encoder import load_encoder
from search import parse
from search.collection import collect

MOST_FILTERED_MS = 20.0
FILTERS = {
    "0.1 %, by camera": f'camera:"{SELDOM_CAMERA}"',
    "0.1 %, by date": "date:2003-07-14..2003-07-22",
    "0.5 %, by folder": "in:0007",
    "14 %, by camera": 'camera:"maker 1"',
    "all, by size": "size:>4mp",
}


def filtering(library: Path, count: int, settings: Settings) -> Iterator[Figure]:
    """Filter and nearest neighbours together; those of a thousandth have a bar."""
    for name, typed in FILTERS.items():
        result = apart(filtered, library=library, typed=typed, count=settings.queries).result()
        label = f"filter at {count:,} that keeps {name}"
        bar = MOST_FILTERED_MS if name.startswith("0.1 %") else None
        yield Figure(f"{label}, with nearest neighbours", result["both"], "ms", bar)
        yield Figure(f"{label}, of which the filter", result["filter"], "ms")
        yield Figure(f"{label}, share of the true found", result["found"], "", 0.99, "more")


def filtered(library: str, typed: str, count: int) -> dict[str, float]:
    """Median milliseconds of the filter, and with the search; the share of the nearest, by
    brute force over the same photographs, that it found."""
    store, space = open_store(library)
    index, tree = store.vectors(space), parse(typed).where
    if tree is None:
        raise ValueError(f"{typed}: no filter")
    stored = collect(store, space)
    ids, vectors = stored.ids, stored.vectors.astype(np.float32)
    rows, shares = [], []
    for query in load_encoder().embed_texts(made_up_queries(count)):
        times = [time.perf_counter()]
        only = store.catalog.matching(tree)
        times.append(time.perf_counter())
        found = index.search(query, NEAREST, only=only)
        times.append(time.perf_counter())
        rows.append(1e3 * np.diff(times))
        shares.append(share_found(found, vectors[np.isin(ids, only)] @ query))
    return {
        "filter": median(row[0] for row in rows),
        "both": median(row.sum() for row in rows),
        "found": sum(shares) / len(shares),
    }
