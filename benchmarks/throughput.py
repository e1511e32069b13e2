"""Where indexing's time goes, for camera and for web pictures, and what the machine allows at best.

``python -m benchmarks.throughput [--large N] [--web N] [--seed S] [--cache DIR]``
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import report
from benchmarks.figures import Figure
from benchmarks.machine import this_machine
from benchmarks.photos import CAMERA, WEB, Format, large_photos
from benchmarks.process import Failed, apart
from benchmarks.settings import CACHE, Settings
from benchmarks.steps import bounds, steps, timed_index

CORES = 2
PICTURES = 100
"""Distinct pictures; the files are these in other bytes, so none is known by its hash."""


def throughput(name: str, kind: Format, count: int, settings: Settings) -> Iterator[Figure]:
    """A whole run, what its steps take alone, and the limits they are held against."""
    pictures = min(PICTURES, count)
    copies = count // pictures
    folder = settings.cache / f"{name}-{pictures}x{copies}-{settings.seed}"
    files = large_photos(folder, pictures, copies, settings.seed, kind)
    size = sum(file.stat().st_size for file in files) / len(files)
    with tempfile.TemporaryDirectory() as scratch:
        run = apart(timed_index, folder=folder, library=Path(scratch) / "library")
    whole = run.result()
    if whole["indexed"] != len(files):
        raise Failed(f"not every photograph was indexed: {whole}")
    rate, cpu = whole["indexed"] / whole["seconds"], run.cpu_seconds / whole["indexed"]
    about = f"{len(files):,} of {kind.width} × {kind.height}"
    yield Figure(f"{about}: indexed", rate, "photos/s")
    yield Figure("mean size of a file", size / 1e6, "MB")
    yield Figure("read from the files", rate * size / 1e6, "MB/s")
    yield Figure("both cores at work", 100 * run.cpu_seconds / (CORES * whole["seconds"]), "%")
    yield Figure("the clock's share of encoding", 100 * whole["encoding"] / whole["seconds"], "%")
    noise = 100 * (1 - whole["reading"] / whole["seconds"])
    yield Figure("the clock's share of measuring noise at the end", noise, "%")
    yield from _shares(apart(steps, folder=folder).result(), cpu)
    yield from _bounds(apart(bounds, folder=folder).result(), size, rate)


def _shares(spent: dict[str, float], cpu: float) -> Iterator[Figure]:
    yield Figure("processor time", 1e3 * cpu, "ms a photo")
    for step, seconds in spent.items():
        share = 100 * seconds / cpu
        yield Figure(f"of which {step}: {1e3 * seconds:.2f} ms", share, "%")
    rest = 100 * (1 - sum(spent.values()) / cpu)
    yield Figure("of which starting, walking, waking and the rest", rest, "%")


def _bounds(most: dict[str, float], size: float, rate: float) -> Iterator[Figure]:
    disk, jpeg, graph = most["disk"] / size, CORES / most["jpeg"], CORES / most["graph"]
    yield Figure(f"limit: the disk, {most['disk'] / 1e6:,.0f} MB/s", disk, "photos/s")
    yield Figure("limit: libjpeg at that DCT scale, two cores", jpeg, "photos/s")
    gops = most["operations"] / most["graph"] / 1e9
    told = f"{most['operations'] / 1e9:.2f} G operations, {gops:,.0f} G a second and core"
    yield Figure(f"limit: the network, two cores ({told})", graph, "photos/s")
    yield Figure("a float32 product, one core", most["core"] / 1e9, "G operations/s")
    best = CORES / (most["jpeg"] + most["graph"])
    yield Figure("limit: libjpeg and the network, two cores", best, "photos/s")
    yield Figure("reached of that", 100 * rate / min(best, disk), "%")


def main() -> None:
    options = _options()
    settings = Settings(options.cache, options.seed)
    print(*this_machine().lines(), f"seed {options.seed}", sep="\n")
    for name, kind, count in (("camera", CAMERA, options.large), ("web", WEB, options.web)):
        for figure in throughput(name, kind, count, settings) if count else ():
            print(report.line(figure), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--large", type=int, default=2000, help="of 12 megapixels  [2000]")
    parser.add_argument("--web", type=int, default=10_000, help="of web size  [10000]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"made files  [{CACHE}]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
