"""Looks at a root and plans, without reading a file."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.absence import folder_identity, why_away
from indexer.plan import Plan, make_plan
from indexer.report import OnProgress, Progress
from indexer.walk import FoundFile, WalkNotes, WalkRules, walk
from store import Catalog, KnownFile, RootRecord

PROGRESS_EVERY = 1000


@dataclass(slots=True)
class Scan:
    """A root with what has to be done there; nothing, if it is ``offline``, for which reason.

    ``gone`` is what was not found in a root that is offline, should a person say that it is gone.
    """

    root: RootRecord
    plan: Plan = field(default_factory=Plan)
    notes: WalkNotes = field(default_factory=WalkNotes)
    identity: str | None = None
    offline: str | None = None
    gone: list[KnownFile] = field(default_factory=list)


def away(catalog: Catalog, scans: Iterable[Scan]) -> set[int]:
    """Ids of roots that are not there: as some walks have just found, or as it is remembered."""
    found = {scan.root.id: scan.offline is not None for scan in scans}
    return {root.id for root in catalog.roots() if found.get(root.id, root.offline)}


@dataclass(frozen=True, slots=True)
class Scanner:
    """Looks at roots of one library; ``catalog`` is None for one that is not made yet.

    Folders in ``apart`` are not entered. ``retry_failed`` and ``rehash`` are as in ``make_plan``.
    """

    catalog: Catalog | None
    space_ids: Sequence[int]
    apart: Collection[Path] = ()
    retry_failed: bool = False
    rehash: bool = False

    def scan(self, root: RootRecord, on_progress: OnProgress) -> Scan:
        """Walk a root and compare it with the catalog.

        A root that is not there, or not what it was, is left as it is: see ``indexer.absence``.
        Raises UsageError for a pattern that makes no sense.
        """
        scan = Scan(root)
        known = self.catalog.known_files(root.id, self.space_ids) if self.catalog else []
        rules = WalkRules.from_json(root.rules)
        walked = walk(root.path, rules, scan.notes, other_roots=self.apart)
        found = list(_counted(walked, on_progress))
        scan.identity = folder_identity(root.path)
        plan = make_plan(
            known,
            found,
            unreadable=scan.notes.unreadable,
            retry_failed=self.retry_failed,
            rehash=self.rehash,
        )
        scan.offline = why_away(root, plan, scan.notes, scan.identity)
        if scan.offline is None:
            scan.plan = plan
        else:
            scan.gone = [row for row in known if row.present]
        return scan


def _counted(found: Iterable[FoundFile], on_progress: OnProgress) -> Iterator[FoundFile]:
    for number, file in enumerate(found, start=1):
        if number % PROGRESS_EVERY == 0:
            on_progress(Progress("scan", number))
        yield file
