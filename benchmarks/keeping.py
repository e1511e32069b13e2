"""What trust costs: the check at every open, and the commands that keep a library whole."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.process import apart
from benchmarks.settings import Settings
from benchmarks.synthetic import made_up_library
from photoseek import Library
from store.backup import back_up
from store.salvage import salvage
from store.snapshots import digest
from store.soundness import check_catalog

MOST_VERIFY_MS = 60.0
ROUNDS = 15


def keeping(settings: Settings) -> Iterator[Figure]:
    """At the larger size: milliseconds to check a snapshot and to count, seconds to keep whole."""
    count = settings.library_sizes[-1]
    with TemporaryDirectory() as scratch:
        library = Path(scratch) / "library"
        apart(made_up_library, library=library, count=count, seed=settings.seed)
        (snapshot,) = (library / "vectors").glob("*.faiss")
        name = f"checking every byte of a snapshot of {count:,}"
        walls, cpus = zip(*(_spent(lambda: digest(snapshot)) for _ in range(ROUNDS)), strict=True)
        yield Figure(f"{name}, median", 1e3 * median(walls), "ms", MOST_VERIFY_MS)
        yield Figure(f"{name}, fastest", 1e3 * min(walls), "ms")
        yield Figure(f"{name}, CPU time", 1e3 * median(cpus), "ms")
        with Library.open(library) as opened:
            opened.status()  # opens it
            ours = median(_spent(opened.status)[0] for _ in range(ROUNDS))
        yield Figure(f"status of {count:,}", 1e3 * ours, "ms")
        catalog = library / "catalog.db"
        for verb, work in {
            "checking the catalog of": lambda: check_catalog(catalog),
            "backing up, with a check of the copy,": lambda: back_up(catalog, library / "copy.db"),
            "salvaging": lambda: salvage(catalog, library / "fresh.db"),
        }.items():
            yield Figure(f"{verb} {count:,}", _spent(work)[0], "s")


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of this process's CPU."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - used
