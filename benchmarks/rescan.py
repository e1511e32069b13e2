"""A whole ``photoseek index`` over files of which none has changed."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.process import Failed, Run, apart, photoseek
from benchmarks.settings import Settings
from benchmarks.synthetic import tiny_library

MOST_SECONDS, MOST_MB = 5.0, 300.0


def rescan(settings: Settings) -> Iterator[Figure]:
    """Time and peak memory of re-scanning tiny files in a library that knows them."""
    count = settings.tiny_files
    with tempfile.TemporaryDirectory() as scratch:
        library = Path(scratch) / "library"
        folder = settings.cache / f"tiny-{count}"
        apart(tiny_library, library=library, folder=folder, count=count, seed=settings.seed)
        _scan(library, count)  # warms the disk cache
        runs = [_scan(library, count) for _ in range(settings.rounds)]
    name = f"re-scan of {count:,} unchanged files"
    yield Figure(name, median(run.seconds for run in runs), "s", MOST_SECONDS)
    yield Figure(f"{name}, fastest", min(run.seconds for run in runs), "s")
    yield Figure(f"{name}, peak memory", max(run.peak_mb for run in runs), "MB", MOST_MB)


def _scan(library: Path, count: int) -> Run:
    run = photoseek("index", "--json", "--library", library)
    report = json.loads(run.output)
    if report["unchanged"] != count or report["indexed"]:
        raise Failed(f"the re-scan was to find {count} unchanged files, but said {run.output}")
    return run
