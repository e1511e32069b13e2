"""A catalog on PostgreSQL beside one in a folder: written, opened, filtered, looked through.

``python -m benchmarks.engines ADDRESS [COUNT]``: prints both side by side. The schema at ADDRESS
must be empty, and is filled.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.filtering import FILTERS
from benchmarks.machine import this_machine
from benchmarks.synthetic import made_up_library
from search import parse
from store import Store, place_of

TIMES = 11
WORD = "img"
SELDOM_WORD = "0000007"


def measured(text: str, count: int) -> dict[str, float]:
    """Figures of one place, by what they are of."""
    begun = time.perf_counter()
    made_up_library(text, count, seed=1)
    figures = {f"write {count:,} photographs, s": time.perf_counter() - begun}
    begun = time.perf_counter()
    store = Store.open(place_of(text))
    space = store.catalog.active_space()
    if space is None:
        raise ValueError(f"{text}: holds nothing")
    store.vectors(space)
    figures["open, with the vectors, ms"] = 1e3 * (time.perf_counter() - begun)
    for name, typed in FILTERS.items():
        tree = parse(typed).where
        if tree is not None:
            figures[f"filter that keeps {name}, ms"] = milliseconds(
                lambda tree=tree: store.catalog.matching(tree)  # type: ignore[misc]
            )
    catalog = store.catalog
    some = list(range(1, 41))
    figures |= {
        "a word of one file, ms": milliseconds(lambda: catalog.with_words([[SELDOM_WORD]], 1000)),
        "a word of every file, ms": milliseconds(lambda: catalog.with_words([[WORD]], 1000)),
        "40 photographs' facts and paths, ms": milliseconds(lambda: catalog.photos(some)),
        "counts of status, ms": milliseconds(lambda: catalog.counts(space.id)),
        "newest first, ms": milliseconds(lambda: catalog.newest_first()),
        "bytes a photograph, with the cache": store.bytes() / count,
    }
    store.close()
    return figures


def milliseconds(work: Callable[[], object]) -> float:
    """The median of some times, after one that does not count."""
    work()
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - begun))
    return median(times)


def whole_search(text: str) -> float:
    """Seconds of a ``photoseek search`` from its start to its end; the best of five."""
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        command = [sys.executable, "-m", "photoseek", "search", "a dog", "--library", text]
        subprocess.run(command, capture_output=True, check=True)
        times.append(time.perf_counter() - begun)
    return min(times)


def main() -> None:
    address, count = sys.argv[1], int((*sys.argv, "100000")[2])
    folder = Path(tempfile.mkdtemp(prefix="photoseek-engines-"))
    try:
        figures = {text: measured(text, count) for text in (str(folder / "library"), address)}
        for text, found in figures.items():
            found["photoseek search, the whole process, s"] = whole_search(text)
    finally:
        shutil.rmtree(folder)
    print("\n".join(this_machine().lines()))
    print(f"{'':50}{'SQLite':>12}{'PostgreSQL':>12}")
    ours, theirs = figures.values()
    for name, figure in ours.items():
        print(f"{name:50}{figure:12,.2f}{theirs[name]:12,.2f}")


if __name__ == "__main__":
    main()
