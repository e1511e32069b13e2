"""Random lives of two drives, against a model of plain sets: nothing lost, doubled, encoded twice.

Drives are filled, changed, unplugged, plugged in, mounted elsewhere, half emptied, indexed, pruned,
in any order that hypothesis thinks of.
"""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from PIL import Image

from colours import COLOURS, ColourEncoder
from indexer.absence import too_many
from photoseek import Library

EVERYTHING = " ".join(COLOURS)
NAMES = st.sampled_from(["a.png", "A.png", "b.png", "in/c.png", "in/C.png", "IN/d.png"])
DRIVES = st.sampled_from([0, 1])
MANY = 25

Known = dict[str, bytes]
"""Relative paths and what is in the files."""


class Drives(RuleBasedStateMachine):
    """``known`` is what the library should hold of each drive, ``seen`` every content it read."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="photoseek-drives-")).resolve()
        self.encoder = ColourEncoder()
        self.library = Library.open(self.folder / "library", encoder=self.encoder)
        self.places = [self.folder / "one", self.folder / "two"]
        self.known: list[Known] = [{}, {}]
        self.is_plugged = [True, True]
        self.seen: set[bytes] = set()
        self.serial = 0

    @initialize()
    def begin(self) -> None:
        for place in self.places:
            self._paint(place / "anchor.png")  # a drive is never empty
        self.library.index(*self.places)
        self._look()

    def teardown(self) -> None:
        self.library.close()
        shutil.rmtree(self.folder)

    # --- what people do ---

    @rule(drive=DRIVES, name=NAMES)
    def add_or_change(self, drive: int, name: str) -> None:
        if self.is_plugged[drive]:
            self._paint(self.places[drive] / name)

    @rule(drive=DRIVES)
    def add_many(self, drive: int) -> None:
        for number in range(MANY if self.is_plugged[drive] else 0):
            self._paint(self.places[drive] / "many" / f"{number}.png")

    @rule(drive=DRIVES, name=NAMES, other=DRIVES, new=NAMES, how=st.sampled_from(["copy", "link"]))
    def copy_or_link(self, drive: int, name: str, other: int, new: str, how: str) -> None:
        if pair := self._pair(drive, name, other, new):
            pair[1].unlink(missing_ok=True)
            (shutil.copy2 if how == "copy" else os.link)(*pair)

    @rule(drive=DRIVES, name=NAMES, other=DRIVES, new=NAMES)
    def move(self, drive: int, name: str, other: int, new: str) -> None:
        if pair := self._pair(drive, name, other, new):
            pair[0].replace(pair[1])

    @rule(drive=DRIVES, other=DRIVES)
    def move_many(self, drive: int, other: int) -> None:
        source, target = self.places[drive] / "many", self.places[other] / "many"
        if self.is_plugged[drive] and self.is_plugged[other] and source.exists():
            target = target if not target.exists() else self.places[other] / f"m{self._next()}"
            source.rename(target)

    @rule(drive=DRIVES, name=NAMES)
    def delete(self, drive: int, name: str) -> None:
        if self.is_plugged[drive]:
            (self.places[drive] / name).unlink(missing_ok=True)

    @rule(drive=DRIVES)
    def delete_many(self, drive: int) -> None:
        if self.is_plugged[drive]:
            shutil.rmtree(self.places[drive] / "many", ignore_errors=True)

    @rule(drive=DRIVES)
    def plug_in_or_out(self, drive: int) -> None:
        ends = [self.places[drive], self.folder / f"away{drive}"]
        source, target = ends if self.is_plugged[drive] else reversed(ends)
        source.rename(target)
        self.is_plugged[drive] = not self.is_plugged[drive]

    # --- what the library does ---

    @rule()
    def index(self) -> None:
        before = [dict(known) for known in self.known]
        report = self.library.index()
        self._look()
        here = {content for drive in self._plugged() for content in self._disk(drive).values()}
        for drive in self._plugged():
            lost = before[drive].keys() - self._disk(drive).keys()
            gone = sum(before[drive][path] not in here for path in lost)
            is_doubtful = too_many(gone, len(before[drive]))
            offline = {root.path for root in report.offline}
            assert (self.places[drive] in offline) == is_doubtful
            kept = self._shown(drive).keys() - self._disk(drive).keys()
            assert kept <= lost if is_doubtful else not kept
            assert len(kept) >= gone if is_doubtful else True
            self.known[drive] = self._disk(drive) | {path: before[drive][path] for path in kept}

    @rule(drive=DRIVES)
    def prune(self, drive: int) -> None:
        if self.is_plugged[drive]:
            there = self._disk(drive)
            self.library.prune(self.library.gone(self.places[drive]))
            self.known[drive] = {p: c for p, c in self.known[drive].items() if p in there}

    @rule()
    def prune_what_was_missing(self) -> None:
        self.library.prune(self.library.gone())
        assert self.library.status().counts.missing == 0 or any(
            status.root.offline for status in self.library.roots()
        )

    @precondition(lambda self: any(self.is_plugged))
    @rule(drive=DRIVES)
    def mount_elsewhere(self, drive: int) -> None:
        if self.is_plugged[drive]:
            new = self.folder / f"mount{self._next()}"
            self.places[drive].rename(new)
            self.library.relocate(self.places[drive], new)
            self.places[drive] = new

    @rule(drive=DRIVES)
    def plan(self, drive: int) -> None:
        """Says what is new and writes nothing: the invariant holds as before."""
        plans = {plan.root: plan for plan in self.library.plan()}
        if self.is_plugged[drive]:
            plan = plans[self.places[drive]]
            new = {*plan.new, *(to for _, to in plan.moved), *plan.returned}
            unknown = self._disk(drive).keys() - self.known[drive].keys()
            assert {path.relative_to(self.places[drive]).as_posix() for path in new} <= unknown

    # --- what must always hold ---

    @invariant()
    def each_path_is_shown_once_and_none_is_lost(self) -> None:
        hits = self.library.search(EVERYTHING, limit=10_000, group=False)
        shown = [path for hit in hits for path in hit.paths]
        assert len(set(shown)) == len(shown)
        for drive in (0, 1):
            assert self._shown(drive).keys() == self.known[drive].keys()

    @invariant()
    def nothing_is_encoded_twice(self) -> None:
        assert self.encoder.encoded == len(self.seen)

    # --- the model's own hands ---

    def _look(self) -> None:
        for drive in self._plugged():
            self.seen |= set(self._disk(drive).values())
            self.known[drive] = self.known[drive] or self._disk(drive)

    def _plugged(self) -> list[int]:
        return [drive for drive in (0, 1) if self.is_plugged[drive]]

    def _disk(self, drive: int) -> Known:
        place = self.places[drive]
        return {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*.png")}

    def _shown(self, drive: int) -> dict[str, None]:
        hits = self.library.search(EVERYTHING, limit=10_000, group=False)
        paths = [path for hit in hits for path in hit.paths]
        place = self.places[drive]
        return {p.relative_to(place).as_posix(): None for p in paths if p.is_relative_to(place)}

    def _pair(self, drive: int, name: str, other: int, new: str) -> tuple[Path, Path] | None:
        source, target = self.places[drive] / name, self.places[other] / new
        if not (self.is_plugged[drive] and self.is_plugged[other] and source.exists()):
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        return (source, target) if source != target else None

    def _paint(self, path: Path) -> None:
        """A picture that never was, at a time of its own."""
        number = self._next()
        image = Image.new("RGB", (16, 12), list(COLOURS.values())[number % 8])
        for bit in range(12):
            if number >> bit & 1:
                image.putpixel((bit, 0), (128, 128, 128))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # it may be a hard link
        image.save(path)
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))

    def _next(self) -> int:
        self.serial += 1
        return self.serial


TestDrives = Drives.TestCase
TestDrives.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
