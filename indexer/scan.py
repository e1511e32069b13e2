"""Looks at a root and plans, without reading a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.plan import Plan, make_plan
from indexer.report import OnProgress, Progress
from indexer.walk import FoundFile, WalkNotes, WalkRules, walk
from store import Catalog, RootRecord

PROGRESS_EVERY = 1000


@dataclass(slots=True)
class Scan:
    """A root with what has to be done there; nothing, if it is ``offline``, for which reason."""

    root: RootRecord
    plan: Plan = field(default_factory=Plan)
    notes: WalkNotes = field(default_factory=WalkNotes)
    identity: str | None = None
    offline: str | None = None


def scan_root(
    catalog: Catalog,
    space_ids: Sequence[int],
    root: RootRecord,
    on_progress: OnProgress,
    *,
    apart: Iterable[Path] = (),
    retry_failed: bool = False,
    rehash: bool = False,
) -> Scan:
    """Walk a root and compare it with the catalog.

    A root that cannot be listed, or is empty and not the folder it was, is taken for a drive that
    is not there: its photographs are left as they are. Folders in ``apart``, and those that are
    roots of their own, are not entered. Raises UsageError for a pattern that makes no sense.
    """
    scan = Scan(root)
    known = catalog.known_files(root.id, space_ids)
    others = [*apart, *(other.path for other in catalog.roots())]
    rules = WalkRules.from_json(root.rules)
    found = list(_counted(walk(root.path, rules, scan.notes, other_roots=others), on_progress))
    scan.identity = folder_identity(root.path)
    if any(row.present for row in known):
        scan.offline = _why_offline(scan)
    if scan.offline is None:
        scan.plan = make_plan(
            known,
            found,
            unreadable=scan.notes.unreadable,
            retry_failed=retry_failed,
            rehash=rehash,
        )
    return scan


def folder_identity(path: Path) -> str | None:
    """Device and inode: another drive, or the empty mount point under it, has others."""
    try:
        status = path.stat()
    except OSError:
        return None
    return f"{status.st_dev}:{status.st_ino}"


def _why_offline(scan: Scan) -> str | None:
    if "" in scan.notes.unreadable:
        return scan.notes.unreadable[""]
    if not scan.notes.seen and scan.identity != scan.root.identity:
        return "empty, and not the folder it was: is its drive mounted?"
    return None


def _counted(found: Iterable[FoundFile], on_progress: OnProgress) -> Iterator[FoundFile]:
    for number, file in enumerate(found, start=1):
        if number % PROGRESS_EVERY == 0:
            on_progress(Progress("scan", number))
        yield file
