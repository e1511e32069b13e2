"""Indexing laid out otherwise over two cores, in turn: ``python -m benchmarks.layouts FOLDER…``."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.process import apart
from benchmarks.steps import laid_out_index
from indexer.read import SMALLEST_SHORT_SIDE
from pictures import Allowance, Decoders, read_picture

ROUNDS = 3
LAYOUTS: dict[str, dict[str, int | None]] = {
    "as it is": {"threads": 0, "workers": None, "batch": None},
    "encoder on one thread": {"threads": 1, "workers": None, "batch": None},
    "one decoder": {"threads": 0, "workers": 1, "batch": None},
    "three decoders": {"threads": 0, "workers": 3, "batch": None},
    "one decoder, encoder on one thread": {"threads": 1, "workers": 1, "batch": None},
    "8 pictures at a time": {"threads": 0, "workers": None, "batch": 8},
    "64 pictures at a time": {"threads": 0, "workers": None, "batch": 64},
}


def decoding(folder: Path) -> Iterator[tuple[str, float]]:
    """Photos a second of decoding alone, by two threads of this process and by two processes."""
    files = sorted(folder.rglob("*.jpg"))
    yield "threads", _rate(files, partial(read_picture, short_side=SMALLEST_SHORT_SIDE))
    with Decoders(2, Allowance.of_machine(60, 2)) as decoders:

        def apart(file: Path) -> None:
            with decoders.borrowed() as decoder:
                decoder.read(file)
                decoder.decode(SMALLEST_SHORT_SIDE)

        apart(files[0])
        yield "processes", _rate(files, apart)


def _rate(files: list[Path], work: Callable[[Path], object]) -> float:
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, files))
    return len(files) / (time.perf_counter() - begun)


def main() -> None:
    """Print photos a second of each layout: the median of the rounds, and the best."""
    for folder in sys.argv[1:]:
        for name, rate in decoding(Path(folder)):
            print(f"decoding alone, two {name:<20} {rate:6.1f} photos/s", flush=True)
        rates: dict[str, list[float]] = {name: [] for name in LAYOUTS}
        for _ in range(ROUNDS):
            for name, layout in LAYOUTS.items():
                with tempfile.TemporaryDirectory() as scratch:
                    library = Path(scratch) / "library"
                    run = apart(laid_out_index, folder=folder, library=library, **layout)
                rates[name].append(run.result()["photos a second"])
        print(folder)
        for name, found in rates.items():
            print(f"{name:<40} {median(found):6.1f} photos/s, best {max(found):.1f}", flush=True)


if __name__ == "__main__":
    main()
