"""``python -m benchmarks.peers``: other engines on the same vectors and questions as Photoseek.

Vectors are drawn from a mixture fitted to real photographs (``benchmarks.mixture``), and real
captions ask for the 20 nearest. Each engine builds and answers in processes of its own. Needs
``pip install -e '.[bench]'`` for all of them; one that is not there is named and left out.
"""

import argparse
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.contest import PEERS, Point, asked, built
from benchmarks.machine import this_machine
from benchmarks.mixture import Fitted, embedded
from benchmarks.peer import BLOCK, Half, K, blocks
from benchmarks.plot import plot
from benchmarks.process import Failed, apart
from benchmarks.settings import CACHE
from encoder import Vectors, unit_rows

GOOD = 0.99
QUESTIONS = 200
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "LANCE_CPU_THREADS")


@dataclass(frozen=True, slots=True)
class Contest:
    """What all engines are given: files of vectors float16 (n, d), of questions float32 (m, d) and
    of the ids of their nearest (m, K); and for how many seconds each may build, and answer with
    each effort."""

    folder: Path
    count: int
    limit: int
    seconds: float

    @property
    def files(self) -> dict[str, Path]:
        names = ("vectors", "questions", "truth")
        return {name: self.folder / f"{name}.npy" for name in names}

    def folder_of(self, name: str) -> Path:
        """Where an engine's index is."""
        return self.folder / re.sub(r"\W+", "-", name.lower())


@dataclass(frozen=True, slots=True)
class Outcome:
    """``points`` are of both cores, ``on_one`` of one, by effort; bytes are for each photograph."""

    name: str
    version: str
    build: float = 0.0
    disk: float = 0.0
    memory: float = 0.0
    first: float = 0.0
    points: tuple[Point, ...] = ()
    on_one: tuple[Point, ...] = ()
    trouble: str = ""

    @property
    def chosen(self) -> int:
        """The first effort that finds GOOD of the neighbours, or the one that finds most."""
        recalls = [point["recall"] for point in self.points]
        good = [place for place, recall in enumerate(recalls) if recall >= GOOD]
        return good[0] if good else int(np.argmax(recalls))


def prepared(contest: Contest, vectors: Half, queries: Vectors) -> None:
    """Write what all engines are given, the true neighbours with it."""
    scores: Vectors = np.empty((len(queries), 0), np.float32)
    ids: npt.NDArray[np.int64] = np.empty((len(queries), 0), np.int64)
    for start, rows in blocks(vectors):
        numbers = np.broadcast_to(start + np.arange(len(rows)), (len(queries), len(rows)))
        scores, ids = np.hstack([scores, queries @ rows.T]), np.hstack([ids, numbers])
        order = np.argsort(-scores, axis=1)[:, :K]
        scores = np.take_along_axis(scores, order, axis=1)
        ids = np.take_along_axis(ids, order, axis=1)
    arrays: tuple[npt.NDArray[Any], ...] = (vectors, queries, ids)
    for file, array in zip(contest.files.values(), arrays, strict=True):
        np.save(file, array)


def made(name: str, contest: Contest) -> Outcome:
    """Build one engine's index, unless it is there; what went wrong is told in its ``trouble``."""
    peer = PEERS[name]
    if find_spec(peer.module) is None:
        return Outcome(name, "", trouble="not installed")
    found = Outcome(name, _version(peer.distribution))
    folder = contest.folder_of(name)
    note = folder.with_suffix(".json")
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        note.write_text(json.dumps(_taken(name, folder, contest)), encoding="utf-8")
    taken = json.loads(note.read_text(encoding="utf-8"))
    if "trouble" in taken:
        return replace(found, trouble=taken["trouble"])
    return replace(found, build=taken["seconds"], disk=taken["bytes"] / contest.count)


def _taken(name: str, folder: Path, contest: Contest) -> dict[str, Any]:
    given = {"vectors": contest.files["vectors"], "folder": folder, "limit": contest.limit}
    try:
        return apart(built, name=name, **given).result()
    except Failed as failed:
        return {"trouble": _trouble(failed, contest.limit)}


def outcome(found: Outcome, contest: Contest) -> Outcome:
    """Ask an engine that was made, with both cores and with one."""
    if found.trouble:
        return found
    given = {**contest.files, "folder": contest.folder_of(found.name), "limit": contest.limit}
    given |= {"name": found.name, "seconds": contest.seconds}
    try:
        both = apart(asked, **given).result()
        with one_core():
            alone = apart(asked, **given).result()
    except Failed as failed:
        return replace(found, trouble=_trouble(failed, contest.limit))
    return replace(
        found,
        memory=both["bytes"] / contest.count,
        first=both["first"],
        points=tuple(both["points"]),
        on_one=tuple(alone["points"]),
    )


def _trouble(failed: Failed, limit: int) -> str:
    """The last line that the process said; one that was ended for its time has said nothing."""
    _, _, said = str(failed).partition("\n")
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else f"not done within {limit} s"


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


@contextmanager
def one_core() -> Iterator[None]:
    """Processes started inside it have one core, and libraries that ask are told so."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    if cores:
        os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        if cores:
            os.sched_setaffinity(0, cores)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def row(found: Outcome) -> str:
    """A line of the table, in Markdown."""
    name = f"{found.name} {found.version}".strip()
    if found.trouble:
        return f"| {name} | {found.trouble} | | | | | | | |"
    point, alone = found.points[found.chosen], found.on_one[found.chosen]
    cells = [
        name,
        f"{point['recall']:.3f}",
        f"{point['p50']:.2f}; {point['p95']:.2f}",
        f"{alone['alone']:,.0f}",
        f"{point['together']:,.0f}",
        f"{found.first:.2f}",
        f"{found.memory / 1024:.2f}",
        f"{found.disk / 1024:.2f}",
        f"{found.build:,.0f}",
    ]
    return f"| {' | '.join(cells)} |"


HEADING = (
    f"| engine | recall@{K} | p50; p95, ms | questions/s, one core | two clients, two cores "
    "| first answer, s | memory, KB a photo | disk, KB a photo | build, s |"
)


def drawn(cache: Path, count: int, dimension: int, seed: int) -> tuple[Half, Vectors]:
    """Vectors float16 (count, dimension), and captions that ask float32 (m, dimension)."""
    photographs, _, captions = (unit_rows(rows[:, :dimension]) for rows in embedded(cache))
    vectors = np.empty((count, dimension), dtype=np.float16)
    fitted = Fitted.to(photographs)
    for place, block in enumerate(fitted.draw(count, np.random.default_rng(seed))):
        vectors[place * BLOCK : place * BLOCK + len(block)] = block
    return vectors, captions[:: max(1, len(captions) // QUESTIONS)][:QUESTIONS]


def main() -> None:
    """Parse the command line, build all, then ask all; print a line for each when it is done."""
    options = _options()
    print(*this_machine().lines(), sep="\n")
    print(f"{options.count:,} × {options.dimension}, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        contest = Contest(options.folder or Path(scratch), *_bounds(options))
        contest.folder.mkdir(parents=True, exist_ok=True)
        if not all(file.exists() for file in contest.files.values()):
            size = (options.count, options.dimension, options.seed)
            prepared(contest, *drawn(options.cache, *size))
        engines = [made(name, contest) for name in options.only or PEERS]
        if options.build:
            print(*(f"{one.name}: {one.trouble or one.build}" for one in engines), sep="\n")
            return
        print(HEADING, "|---|" + "---:|" * 8, sep="\n")
        outcomes = [_told(outcome(found, contest)) for found in engines]
    if options.json:
        document = {"count": options.count, "peers": [asdict(found) for found in outcomes]}
        options.json.write_text(f"{json.dumps(document, indent=1)}\n", encoding="utf-8")
    if options.plot:
        plot([asdict(found) for found in outcomes], options.plot)


def _told(found: Outcome) -> Outcome:
    print(row(found), flush=True)
    return found


def _bounds(options: argparse.Namespace) -> tuple[int, int, float]:
    return options.count, options.limit, options.seconds


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=600, help="seconds to build, or to answer")
    parser.add_argument("--seconds", type=float, default=3.0, help="at most, for each effort")
    parser.add_argument("--only", action="append", choices=PEERS, help="this one; repeatable")
    parser.add_argument("--folder", type=Path, help="of the indexes, which are kept")
    parser.add_argument("--build", action="store_true", help="and do not ask yet")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every point")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="recall against speed")
    parser.add_argument("--cache", type=Path, default=CACHE / "embedded")
    return parser.parse_args()


if __name__ == "__main__":
    main()
