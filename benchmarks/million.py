"""``python -m benchmarks.million``: an index of a million vectors and what it costs.

Real captions ask, and photographs held back. The index is made from arrays in memory, without a
catalog; what a search finds is compared with a scan of every vector.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil

from benchmarks.figures import Figure
from benchmarks.machine import this_machine
from benchmarks.mixture import BLOCK, Fitted, embedded, tuned_with
from benchmarks.process import apart
from benchmarks.report import line
from benchmarks.settings import CACHE
from encoder import Vectors, unit_rows
from store import FaissIndex, VectorChanges
from store.building import build, renewed
from store.inverted import InvertedBase
from store.scanning import Asked
from store.snapshots import Snapshots

NEAREST, ASKED, ADDED = 20, 200, 10_000
SCANNED = 200_000_000
"""Vectors that may be compared to know the truth of one kind of question."""
SHARES = (0.001, 0.01, 0.1, 0.5)
ALIKE = 0.1
"""The share of photographs most like one of them, as a filter leaves that has to do with what is
in them."""
_NONE = np.empty(0, dtype=np.int64)


def made(folder: str, cache: str, count: int, dimension: int, seed: int) -> dict[str, float]:
    """Draw the vectors, build and save the index, add to it and take from it; seconds of each."""
    rows, _, _ = embedded(Path(cache))
    fitted, rng = Fitted.to(unit_rows(rows[:, :dimension])), np.random.default_rng(seed)
    drawn = Path(folder) / "drawn"  # on the disk, for ten million are as much as the index
    with drawn.open("wb") as file:
        for block in fitted.draw(count + ADDED, rng):
            file.write(block.astype(np.float16).tobytes())
    snapshots, taken = Snapshots(Path(folder), "benchmark"), {}
    begun = time.perf_counter()
    read = partial(_pieces, drawn, dimension, range(count))
    index = build(dimension, read, count, tuned_with(dimension))
    taken["build"] = time.perf_counter() - begun
    snapshots.save("space", index)
    taken["build and save"] = time.perf_counter() - begun
    needed = 1.5 * drawn.stat().st_size  # lists and codes are copied to be added to
    if needed < psutil.virtual_memory().available:
        (more,) = _pieces(drawn, dimension, range(count, count + ADDED))
        taken |= _changed(index, more.vectors, snapshots)
    drawn.unlink()
    base = index.base
    if isinstance(base, InvertedBase):
        compared = base.effort.candidates(NEAREST) or 0
        opened = base.effort.opened[NEAREST]
        taken |= {"lists": base.index.nlist, "opened": opened, "compared of codes": compared}
    return taken


def _changed(index: FaissIndex, more: npt.NDArray[np.float16], to: Snapshots) -> dict[str, float]:
    count, begun = index.count, time.perf_counter()
    index.apply(VectorChanges(2, count + 1 + np.arange(len(more)), more, _NONE))
    added = time.perf_counter() - begun
    to.save("grown", renewed(index, lambda: iter(())))
    saved = time.perf_counter() - begun
    query = index.vectors(np.array([7]))[0]
    assert index.search(query, 1).ids.tolist() == [7]
    begun = time.perf_counter()
    index.apply(VectorChanges(3, _NONE, more[:0], np.array([7])))
    assert 7 not in index.search(query, NEAREST).ids
    gone = time.perf_counter() - begun
    return {"add 10,000": added, "add 10,000 and save": saved, "delete and search": gone}


def _pieces(drawn: Path, dimension: int, rows: range) -> Iterator[VectorChanges]:
    """Read, and not mapped, which would count as memory of the process."""
    for start in rows[::BLOCK]:
        count = min(BLOCK, rows.stop - start)
        place = 2 * dimension * start
        flat = np.fromfile(drawn, np.float16, count * dimension, offset=place)
        vectors = flat.reshape(count, dimension)
        yield VectorChanges(1, 1 + np.arange(start, start + count), vectors, _NONE)


def opened(folder: str, cache: str, dimension: int) -> dict[str, float]:
    """Seconds to the first answer, milliseconds of the next, recall, bytes resident."""
    captions = _asking(cache, dimension)["captions"]
    before, begun = psutil.Process().memory_info().rss, time.perf_counter()
    index = _load(folder, dimension)
    index.search(captions[0], NEAREST)
    index.vectors(np.array([1]))
    first = time.perf_counter() - begun
    spent = _spent(index, captions)
    resident = psutil.Process().memory_info().rss - before
    return {"open to first answer": first, **spent, "resident bytes": float(resident)}


def compared(folder: str, cache: str, dimension: int, seed: int) -> dict[str, float]:
    """Recall of each kind of question, and of filters with their milliseconds."""
    index, found = _load(folder, dimension), {}
    rng, ids = np.random.default_rng(seed), np.arange(1, index.count + 1)
    asking = _asking(cache, dimension)
    scanned = max(20, SCANNED // index.count)
    for kind, rows in asking.items():
        found[f"recall@20 of {kind}"] = _recall(index, rows[:scanned], None)
    filters = {
        f"filter of {share:.1%}": rng.choice(ids, int(share * len(ids)), replace=False)
        for share in SHARES
    }
    like_one = index.search(asking["photographs"][0], int(ALIKE * len(ids)))
    filters[f"filter of {ALIKE:.1%} that are alike"] = like_one.ids
    for name, some in filters.items():
        only = np.sort(some)
        found |= {f"{name}, {k}": v for k, v in _spent(index, asking["captions"], only).items()}
        found[f"{name}, recall@20"] = _recall(index, asking["captions"][: scanned // 4], only)
    return found


def _recall(index: FaissIndex, rows: Vectors, only: npt.NDArray[np.int64] | None) -> float:
    shares = []
    for row in rows:
        scans = _every(index, row, only)
        shares.append(len(scans & set(index.search(row, NEAREST, only=only).ids.tolist())))
    return float(np.mean(shares)) / NEAREST


def _every(index: FaissIndex, row: Vectors, only: npt.NDArray[np.int64] | None) -> set[int]:
    parts = [scan() for scan in index.base.all_scans(Asked(row, NEAREST, only), (), 1)]
    return set(parts[0][0].tolist())


def _spent(
    index: FaissIndex, rows: Vectors, only: npt.NDArray[np.int64] | None = None
) -> dict[str, float]:
    spent = []
    for row in rows:
        begun = time.perf_counter()
        index.search(row, NEAREST, only=only)
        spent.append(1e3 * (time.perf_counter() - begun))
    return {"p50 ms": float(np.median(spent)), "p95 ms": float(np.percentile(spent, 95))}


def _load(folder: str, dimension: int) -> FaissIndex:
    index = Snapshots(Path(folder), "benchmark").load("space", dimension, newest=lambda: 1)
    assert index is not None
    return index


def _asking(cache: str, dimension: int) -> dict[str, Vectors]:
    _, photographs, captions = (unit_rows(rows[:, :dimension]) for rows in embedded(Path(cache)))
    step = max(1, len(captions) // ASKED)
    return {"captions": captions[::step][:ASKED], "photographs": photographs[:ASKED]}


def million(cache: Path, count: int, dimension: int, seed: int) -> Iterator[Figure]:
    """Every figure at one size."""
    with tempfile.TemporaryDirectory() as folder:
        shared = {"folder": folder, "cache": cache, "dimension": dimension}
        run = apart(made, count=count, seed=seed, **shared)
        bars = {"build and save": 600.0, "add 10,000 and save": 10.0}
        for name, value in run.result().items():
            unit = "" if name in ("lists", "opened", "compared of codes") else "s"
            yield Figure(name, value, unit, bars.get(name))
        yield Figure("build, peak memory", run.peak_mb, "MB")
        warm = apart(opened, **shared).result()
        yield Figure("open to first answer", warm["open to first answer"], "s", 1.0)
        yield Figure("warm, p50", warm["p50 ms"], "ms", 3.0)
        yield Figure("warm, p95", warm["p95 ms"], "ms", 8.0)
        yield Figure("resident a photo", warm["resident bytes"] / count / 1024, "KB", 1.5)
        for name, value in apart(compared, seed=seed, **shared).result().items():
            filtered = "filter" in name and "0.5" not in name and "50" not in name
            if "recall" in name:
                yield Figure(name, value, "", 0.99, "more")
            else:
                yield Figure(name, value, "ms", 20.0 if filtered else None)


def main() -> None:
    """Parse the command line and print each figure when it is known."""
    from benchmarks.million import million  # by its name, under which other processes know it

    parser = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=CACHE / "embedded")
    options = parser.parse_args()
    print(this_machine(), f"{options.count:,} × {options.dimension}, seed {options.seed}", sep="\n")
    for figure in million(options.cache, options.count, options.dimension, options.seed):
        print(line(figure), flush=True)


if __name__ == "__main__":
    main()
