"""Which files a person may declare gone for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.report import silent
from indexer.scan import Scan, Scanner
from store import CatalogWriter, KnownFile, RootRecord


@dataclass(frozen=True, slots=True)
class Gone:
    """What would be forgotten of one root, or of a ``folder`` of it.

    ``files`` were believed to be there and are not; ``missing`` were marked missing before.
    ``reason`` says why the root is offline; one that ``was_skipped`` is so and was not named, so
    nothing of it is forgotten.
    """

    root: RootRecord
    folder: Path
    files: tuple[KnownFile, ...] = ()
    missing: tuple[KnownFile, ...] = ()
    reason: str | None = None
    was_skipped: bool = False
    scan: Scan | None = None

    def __len__(self) -> int:
        return len(self.files) + len(self.missing)


def missing_of(scanner: Scanner, root: RootRecord) -> Gone:
    """What is marked missing in a root that is online; no file is looked at.

    A drive that is away is not pruned along with the others.
    """
    if root.offline:
        return Gone(root, root.path, reason=root.offline_reason, was_skipped=True)
    return Gone(root, root.path, missing=_rows(scanner, root, root.path, present=False))


def gone_from(scanner: Scanner, root: RootRecord, folder: Path) -> Gone:
    """What is not found in a folder at or in a root, now, whatever the reason."""
    scan = scanner.scan(root, silent)
    unseen = {row.id for row in (scan.gone if scan.offline else scan.plan.missing)}
    present = _rows(scanner, root, folder, present=True)
    return Gone(
        root,
        folder,
        files=tuple(row for row in present if row.id in unseen),
        missing=_rows(scanner, root, folder, present=False),
        reason=scan.offline or root.offline_reason,
        scan=scan,
    )


def forget_gone(writer: CatalogWriter, gone: Sequence[Gone]) -> int:
    """Forget exactly what was shown; how many paths that were.

    A root that was looked at and is there is online again.
    """
    for one in gone:
        writer.forget_files(row.id for row in (*one.files, *one.missing))
        scan = one.scan
        if scan and one.folder == one.root.path and "" not in scan.notes.unreadable:
            unreadable = scan.notes.unreadable
            writer.finish_scan(one.root.id, identity=scan.identity, unreadable=unreadable)
    return sum(map(len, gone))


def _rows(
    scanner: Scanner, root: RootRecord, folder: Path, *, present: bool
) -> tuple[KnownFile, ...]:
    prefix = "" if folder == root.path else f"{folder.relative_to(root.path).as_posix()}/"
    known = scanner.catalog.known_files(root.id, ()) if scanner.catalog else []
    return tuple(row for row in known if row.present == present and row.path.startswith(prefix))
