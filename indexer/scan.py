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
    """A root with what has to be done there; nothing, if it looks unmounted (``offline``)."""

    root: RootRecord
    plan: Plan = field(default_factory=Plan)
    notes: WalkNotes = field(default_factory=WalkNotes)
    offline: bool = False


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

    A root with no photograph at all where some were known is taken for a drive that is not there:
    its photographs are left as they are. Folders in ``apart``, and those that are roots of their
    own, are not entered. Raises UsageError for a pattern that makes no sense.
    """
    scan = Scan(root)
    known = catalog.known_files(root.id, space_ids)
    others = [*apart, *(other.path for other in catalog.roots())]
    rules = WalkRules.from_json(root.rules)
    found = list(_counted(walk(root.path, rules, scan.notes, other_roots=others), on_progress))
    scan.offline = not found and any(row.present for row in known)
    if not scan.offline:
        scan.plan = make_plan(
            known,
            found,
            unreadable=scan.notes.unreadable,
            retry_failed=retry_failed,
            rehash=rehash,
        )
    return scan


def _counted(found: Iterable[FoundFile], on_progress: OnProgress) -> Iterator[FoundFile]:
    for number, file in enumerate(found, start=1):
        if number % PROGRESS_EVERY == 0:
            on_progress(Progress("scan", number))
        yield file
