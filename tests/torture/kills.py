"""``make torture``: a real ``photoseek index`` killed with SIGKILL, again and again.

At random moments and at every named step, over real photographs, on a new library and on one whose
photographs have been changed, moved and deleted. After each kill the library must open and verify;
the next run, which may be killed too, must end equal to one that nothing interrupted.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from encoder import load_encoder
from photoseek import Library
from states import Remembered, assert_same, state
from store.faults import STEPS, VARIABLE

SAMPLES = Path(__file__).parent.parent.parent / "data" / "photos"
STEPS_OF_AN_INDEX = [name for name in STEPS if not name.startswith(("backup", "re", "switch"))]
NTHS = (1, 2, 3, 5, 8)
CHANCE_OF_ANOTHER = 0.4
"""That the run after a kill is killed as well."""


@dataclass(slots=True)
class Tally:
    """What was done, and what went wrong; nothing may."""

    kills: int = 0
    ended_before: int = 0
    runs_to_the_end: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield f"kills                        {self.kills}"
        for what, count in sorted(self.kept.items()):
            yield f"  {what:<27}{count}"
        yield f"processes that ended before  {self.ended_before}"
        yield f"runs continued to the end    {self.runs_to_the_end}"
        yield f"lost, doubled or wrong       {len(self.wrong)}"
        yield from self.wrong


class Photographs:
    """One folder that holds the photographs of ``before`` or of ``after``."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        folder.mkdir()
        pool = sorted(path for path in SAMPLES.rglob("*") if path.is_file())[:count]
        some = count // 5
        self.trees = {
            "new": {path.name: path for path in pool[some:]},
            "changed": {
                **{f"moved/{path.name}": path for path in pool[some : 2 * some]},
                **{path.name: path for path in pool[3 * some :]},  # a fifth was deleted
                **{path.name: path for path in pool[:some]},  # and a fifth is new
                pool[-1].name: pool[-2],  # other bytes under a known name
            },
        }

    def become(self, tree: str) -> None:
        """Change what is in the folder, which stays the same one."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, source in self.trees[tree].items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            shutil.copy2(source, self.folder / name)


class Torture:
    """All that trials share."""

    def __init__(self, scratch: Path, options: argparse.Namespace) -> None:
        self.tally = Tally()
        self._chance = random.Random(options.seed)
        self._encoder = load_encoder()
        self._library = scratch / "library"
        self._photographs = Photographs(scratch / "photos", options.photos)
        self._whole: dict[str, dict[Path, Remembered]] = {}
        self._before = scratch / "before"
        for tree in ("changed", "new"):
            self._photographs.become(tree)
            shutil.rmtree(self._before, ignore_errors=True)
            self._index(self._before)
            self._whole[tree] = state(self._before)
        begun = time.monotonic()
        self._start(self._library).wait()
        self._seconds = time.monotonic() - begun

    def at_random(self, kills: int) -> None:
        """Kill at random moments until that was done ``kills`` times."""
        while self.tally.kills < kills:
            tree = self._chance.choice(sorted(self._whole))
            self._prepare(tree)
            self._kill_later()
            while self._chance.random() < CHANCE_OF_ANOTHER:
                self._kill_later()
            self._finish(tree, f"{tree}, seeded trial before kill {self.tally.kills + 1}")

    def at_each_step(self) -> None:
        """Kill at every named step, at several passings of each."""
        for tree in sorted(self._whole):
            for step in STEPS_OF_AN_INDEX:
                for nth in NTHS:
                    self._prepare(tree)
                    process = self._start(self._library, f"{step}:{nth}")
                    if process.wait() != -signal.SIGKILL:
                        break  # this run does not come there so often
                    self._note_kill(f"at {step}")
                    self._finish(tree, f"{tree}, {step}:{nth}")

    def _prepare(self, tree: str) -> None:
        self._photographs.become(tree)
        shutil.rmtree(self._library, ignore_errors=True)
        if tree == "changed":
            shutil.copytree(self._before, self._library)

    def _start(self, library: Path, fault: str = "") -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "photoseek", "index", str(self._photographs.folder)]
        return subprocess.Popen(
            [*command, "--library", str(library)],
            env={**os.environ, VARIABLE: fault},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _kill_later(self) -> None:
        process = self._start(self._library)
        time.sleep(self._chance.uniform(0.1, self._seconds))
        process.kill()
        if process.wait() == -signal.SIGKILL:
            self._note_kill(self._how_far())
        else:
            self.tally.ended_before += 1

    def _note_kill(self, where: str) -> None:
        self.tally.kills += 1
        self.tally.kept[where] += 1
        if self.tally.kills % 20 == 0:
            print(f"{self.tally.kills} kills, {len(self.tally.wrong)} wrong", flush=True)

    def _how_far(self) -> str:
        try:
            kept = len(state(self._library)) if self._has_catalog() else 0
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self.tally.wrong.append(f"after a kill: {type(error).__name__}: {error}")
            return "not opened"
        return "some committed" if kept else "nothing committed yet"

    def _has_catalog(self) -> bool:
        catalog = self._library / "catalog.db"
        return catalog.exists() and catalog.stat().st_size > 0

    def _finish(self, tree: str, trial: str) -> None:
        """Verify, go on to the end, and compare."""
        try:
            if self._has_catalog():
                self._require_sound()
            self._index(self._library)
            self._require_sound()
            assert_same(state(self._library), self._whole[tree])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self.tally.wrong.append(f"{trial}: {type(error).__name__}: {error}")
            shutil.copytree(self._library, f"{self._library}-{len(self.tally.wrong)}")
        self.tally.runs_to_the_end += 1

    def _require_sound(self) -> None:
        with Library.open(self._library, encoder=self._encoder) as library:
            findings = library.verify().findings
        if findings:
            raise AssertionError("; ".join(one.text for one in findings))

    def _index(self, library: Path) -> None:
        with Library.open(library, encoder=self._encoder) as opened:
            report = opened.index(self._photographs.folder)
        if report.failed or report.offline or report.interrupted:
            raise AssertionError(f"the run said {report}")


def main() -> None:
    """Do it and say what came of it; ends with 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m torture.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="at random moments")
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="photoseek-torture-"))
    torture = Torture(scratch, options)
    torture.at_random(options.kills)
    random_kills = torture.tally.kills
    torture.at_each_step()
    print(*torture.tally.lines(), sep="\n")
    print(f"{random_kills} at random moments, {torture.tally.kills - random_kills} at named steps")
    if torture.tally.wrong:
        sys.exit(f"what is left of them: {scratch}")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
