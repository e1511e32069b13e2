"""What an index run would do, told without reading a file or writing anything."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.absence import Absence
from indexer.plan import ToRead, is_as_known
from indexer.report import silent
from indexer.scan import Scan, Scanner, away
from store import FailedFile, KnownFile, RootRecord


@dataclass(frozen=True, slots=True)
class RootPlan:
    """What a run would do in one root; paths are absolute.

    ``moved`` are pairs of an old and a new path, taken for the same file by size and time: only
    reading it tells. ``waiting`` are known and lack a vector. ``offline`` says why nothing would be
    marked missing, though ``missing`` was not found.
    """

    root: Path
    new: tuple[Path, ...] = ()
    changed: tuple[Path, ...] = ()
    waiting: tuple[Path, ...] = ()
    moved: tuple[tuple[Path, Path], ...] = ()
    returned: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()
    unreadable: tuple[FailedFile, ...] = ()
    unchanged: int = 0
    failed_before: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    offline: str | None = None
    was_offline: bool = False

    @property
    def to_read(self) -> int:
        return len(self.new) + len(self.changed) + len(self.waiting) + len(self.moved)

    @property
    def changes_anything(self) -> bool:
        """Whether a run would write more than that it was there."""
        if self.to_read or self.returned or (self.offline is None) == self.was_offline:
            return True
        return bool(self.missing) and self.offline is None


def preview(scanner: Scanner, roots: Sequence[RootRecord]) -> list[RootPlan]:
    """Look at roots and tell what an index run would do there."""
    scans = [scanner.scan(root, silent) for root in roots]
    moves = _Moves(scans)
    if scanner.catalog is not None:
        moves.away = away(scanner.catalog, scans)
    return [_plan_of(scan, scanner, moves) for scan in scans]


class _Moves:
    """Missing files paired with new ones of the same size and time, in whatever root."""

    def __init__(self, scans: Iterable[Scan]) -> None:
        self.to_path: dict[Path, Path] = {}
        self.missing: set[int] = set()
        self.away: set[int] = set()
        gone: dict[tuple[int, int], list[tuple[int, Path]]] = defaultdict(list)
        scans = list(scans)
        for scan in scans:
            for row in scan.plan.missing:
                gone[row.bytes, row.mtime_ns].append((row.id, scan.root.path / row.path))
                self.missing.add(row.id)
        for scan in scans:
            for task in scan.plan.to_read:
                rows = gone.get((task.found.bytes, task.found.mtime_ns))
                if task.known is None and rows:
                    row_id, old = rows.pop()
                    self.missing.discard(row_id)
                    self.to_path[scan.root.path / task.found.path] = old


def _plan_of(scan: Scan, scanner: Scanner, moves: _Moves) -> RootPlan:
    root, plan = scan.root.path, scan.plan
    missing = [row for row in plan.missing if row.id in moves.missing]
    new = [root / task.found.path for task in plan.to_read if task.known is None]
    known = [task for task in plan.to_read if task.known is not None]
    return RootPlan(
        root=root,
        new=tuple(path for path in new if path not in moves.to_path),
        changed=tuple(root / task.found.path for task in known if not _only_waits(task)),
        waiting=tuple(root / task.found.path for task in known if _only_waits(task)),
        moved=tuple((moves.to_path[path], path) for path in new if path in moves.to_path),
        returned=tuple(root / row.path for row in plan.returned),
        missing=tuple(root / row.path for row in missing),
        unreadable=tuple(_unreadable(scan)),
        unchanged=plan.unchanged,
        failed_before=plan.failed,
        skipped=scan.notes.skipped,
        offline=scan.offline or _doubt(scan, scanner, missing, moves),
        was_offline=scan.root.offline,
    )


def _only_waits(task: ToRead) -> bool:
    return task.known is not None and is_as_known(task.known, task.found)


def _unreadable(scan: Scan) -> Iterable[FailedFile]:
    if scan.offline is None:
        for path, reason in scan.notes.unreadable.items():
            yield FailedFile(scan.root.path / path, reason)


def _doubt(scan: Scan, scanner: Scanner, missing: Sequence[KnownFile], moves: _Moves) -> str | None:
    if scanner.catalog is None:
        return None
    absence = Absence(
        scan.root, scan.identity, missing, scan.plan.present, moves.missing, moves.away
    )
    return absence.why_doubtful(scanner.catalog)
