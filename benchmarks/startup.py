"""Where the cold start of a search goes: the costliest imports."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.process import apart, photoseek
from benchmarks.searching import QUERY
from benchmarks.settings import Settings
from benchmarks.synthetic import made_up_library

SHOWN = 10
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")


def startup(settings: Settings) -> Iterator[Figure]:
    """Milliseconds in the modules of each package, without what they import in turn."""
    with TemporaryDirectory() as scratch:
        library = Path(scratch) / "library"
        apart(made_up_library, library=library, count=100, seed=settings.seed)
        runs = [_import_times(library) for _ in range(settings.rounds + 1)]
    spent = min(runs[1:], key=Counter.total)
    yield Figure("importing everything for a search", spent.total() / 1e3, "ms")
    for package, microseconds in spent.most_common(SHOWN):
        yield Figure(f"importing {package}", microseconds / 1e3, "ms")


def _import_times(library: Path) -> Counter[str]:
    """Microseconds by top-level package; ``-X importtime`` itself adds to each."""
    command = ("search", QUERY, "--json", "--library", library)
    spent: Counter[str] = Counter()
    for line in photoseek(*command, options=["-X", "importtime"]).errors.splitlines():
        if found := _LINE.match(line):
            spent[found[2].split(".")[0]] += int(found[1])
    return spent
