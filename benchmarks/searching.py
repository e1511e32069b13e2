"""Searching by words: a whole process, and warm in one process."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import psutil

from benchmarks.figures import Figure
from benchmarks.process import ROOT, Failed, Run, apart, measure, photoseek
from benchmarks.settings import Settings
from benchmarks.synthetic import made_up_library
from encoder import load_encoder
from photoseek import Library
from search.collection import collect
from store import SpaceRecord, Store
from store.vector_index import Neighbours, Vector

QUERY = "a dog on the beach"
NEAREST = 20
ROUNDING = 1e-5
"""Two exact inner products of one pair of vectors, summed in another order, differ by less."""

SECONDS = (0.8, 1.0)
"""For the smaller and the larger library."""
MOST_PROCESS_MB, MOST_WARM_MB = 500.0, 600.0
MOST_QUERY_MS, MOST_NEIGHBOURS_MS = 30.0, 15.0

_TORCH_CHECK = """
import atexit, sys
atexit.register(lambda: print(sorted(n for n in sys.modules if n.split('.')[0] == 'torch')))
from photoseek.cli import main
main()
"""


def searching(settings: Settings) -> Iterator[Figure]:
    """Cold processes at two sizes; then, at the larger, warm queries and whether they are exact."""
    with TemporaryDirectory() as scratch:
        for count, bar in zip(settings.library_sizes, SECONDS, strict=True):
            library = Path(scratch) / str(count)
            apart(made_up_library, library=library, count=count, seed=settings.seed)
            yield from _whole_process(library, count, bar, settings)
        yield from _warm(library, count, settings)
        from benchmarks.filtering import filtering  # builds on this module

        yield from filtering(library, count, settings)


def _whole_process(library: Path, count: int, bar: float, settings: Settings) -> Iterator[Figure]:
    _search(library)
    runs = [_search(library) for _ in range(settings.starts)]
    name = f"photoseek search at {count:,}"
    yield Figure(f"{name}, whole process", median(run.seconds for run in runs), "s", bar)
    yield Figure(f"{name}, fastest", min(run.seconds for run in runs), "s")
    yield Figure(f"{name}, CPU time", median(run.cpu_seconds for run in runs), "s")
    yield Figure(f"{name}, peak memory", max(run.peak_mb for run in runs), "MB", MOST_PROCESS_MB)
    yield Figure(f"{name}, torch modules imported", _torch_modules(library), "", 0)


def _search(library: Path) -> Run:
    run = photoseek("search", QUERY, "--json", "--library", library)
    if len(json.loads(run.output)["hits"]) != NEAREST:
        raise Failed(f"a search was to find {NEAREST} photographs, but said {run.output}")
    return run


def _torch_modules(library: Path) -> int:
    command = [sys.executable, "-c", _TORCH_CHECK, "search", QUERY, "--library", str(library)]
    loaded = measure(command).output.splitlines()[-1]
    return 0 if loaded == "[]" else loaded.count(",") + 1


def _warm(library: Path, count: int, settings: Settings) -> Iterator[Figure]:
    run = apart(warm_queries, library=library, count=settings.queries)
    parts = apart(query_parts, library=library, count=settings.queries).result()
    agreement = apart(agreement_with_brute_force, library=library, count=settings.queries).result()
    name = f"warm text query at {count:,}"
    yield Figure(f"{name}, median", run.result()["median"], "ms", MOST_QUERY_MS)
    yield Figure(f"{name}, slowest of twenty", run.result()["p95"], "ms")
    yield Figure(f"{name}, of which words to a vector", parts["text"], "ms")
    yield Figure(
        f"{name}, of which nearest neighbours", parts["neighbours"], "ms", MOST_NEIGHBOURS_MS
    )
    yield Figure(f"{name}, of which look-up of photographs", parts["photos"], "ms")
    exact = agreement["exact"]
    yield Figure(f"{name}, share that brute force confirms", exact, "", 1.0, "more")
    after = f"memory after {settings.queries} searches of {count:,}"
    yield Figure(after, run.result()["resident_mb"], "MB")
    yield Figure(f"{after}, peak", run.peak_mb, "MB", MOST_WARM_MB)


def warm_queries(library: str, count: int) -> dict[str, float]:
    """Milliseconds of ``Library.search`` once everything is loaded, and the memory in the end."""
    with Library.open(library) as opened:
        opened.search(QUERY)
        spent = []
        for words in made_up_queries(count):
            begun = time.perf_counter()
            opened.search(words, limit=NEAREST)
            spent.append(1e3 * (time.perf_counter() - begun))
        p95 = float(np.percentile(spent, 95))
        return {"median": median(spent), "p95": p95, "resident_mb": _resident_mb()}


def query_parts(library: str, count: int) -> dict[str, float]:
    """Median milliseconds of the three parts of a warm text query."""
    store, space = open_store(library)
    encoder, index = load_encoder(), store.vectors(space)
    index.search(encoder.embed_texts([QUERY])[0], NEAREST)
    rows = []
    for words in made_up_queries(count):
        times = [time.perf_counter()]
        vector = encoder.embed_texts([words])[0]
        times.append(time.perf_counter())
        neighbours = index.search(vector, NEAREST)
        times.append(time.perf_counter())
        store.catalog.photos(neighbours.ids.tolist())
        times.append(time.perf_counter())
        rows.append(np.diff(times))
    text, nearest, photos = 1e3 * np.median(rows, axis=0)
    return {"text": float(text), "neighbours": float(nearest), "photos": float(photos)}


def agreement_with_brute_force(library: str, count: int) -> dict[str, float]:
    """Share of queries whose nearest are those of a float32 product with every stored vector."""
    store, space = open_store(library)
    index = store.vectors(space)
    stored = collect(store, space)
    ids, vectors = stored.ids, stored.vectors.astype(np.float32)
    queries = load_encoder().embed_texts(made_up_queries(count))
    agreeing = [agrees(index.search(query, NEAREST), ids, vectors @ query) for query in queries]
    return {"exact": sum(agreeing) / len(agreeing)}


def agrees(found: Neighbours, ids: npt.NDArray[np.int64], scores: Vector) -> bool:
    """Whether the same are found with the same scores, and as many as there are; those that tie
    for the end may differ."""
    best = np.sort(scores)[-NEAREST:][::-1]
    if len(set(found.ids.tolist())) != len(best):
        return False
    rows = np.searchsorted(ids, found.ids)
    same_ids = np.array_equal(ids[rows], found.ids)
    return bool(
        same_ids
        and np.abs(found.scores - best).max() < ROUNDING
        and np.abs(found.scores - scores[rows]).max() < ROUNDING
    )


def open_store(library: str) -> tuple[Store, SpaceRecord]:
    store = Store.open(Path(library))
    space = store.catalog.active_space()
    if space is None:
        raise Failed(f"{library}: no active space")
    return store, space


def made_up_queries(count: int) -> list[str]:
    """What people may look for, of one word and of several; begins again when it ends."""
    lines = (ROOT / "data" / "queries.tsv").read_text(encoding="utf-8").splitlines()
    words = [line.split("\t")[0] for line in lines if line]
    return [words[number % len(words)] for number in range(count)]


def _resident_mb() -> float:
    return psutil.Process().memory_info().rss / 1e6
