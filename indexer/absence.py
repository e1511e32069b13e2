"""When files that are not found are taken to be gone, and when their drive is.

Deleting some photographs is everyday; a fifth of a folder at once is more often a drive that is
half there, a failed sync, another disk under the same name. Then nothing is removed, and a person
is asked.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.plan import Plan
from indexer.walk import WalkNotes, WalkRules
from store import Catalog, KnownFile, ObjectPath, RootRecord

MOST_GONE = 20
"""Files that may always be gone."""
MOST_GONE_SHARE = 0.2
"""Share of a root's files that may be gone, if they are more than ``MOST_GONE``."""


def folder_identity(path: Path) -> str | None:
    """File system and inode: another drive, or the empty mount point under it, has others.

    A bucket is always itself, by its name.
    """
    if isinstance(path, ObjectPath):
        return "/".join(path.parts[:2])
    try:
        status = path.stat()
        system = os.statvfs(path).f_fsid if hasattr(os, "statvfs") else 0
    except OSError:
        return None
    # The file system's own number survives a reboot; st_dev, where there is none, may not.
    return f"{system:x}:{status.st_ino}" if system else f"{status.st_dev}:{status.st_ino}"


def why_away(root: RootRecord, plan: Plan, notes: WalkNotes, identity: str | None) -> str | None:
    """Why a walked root is taken for one that is not there; None if it seems to be.

    A root that never held anything cannot be missed.
    """
    if not plan.present:
        return None
    if "" in notes.unreadable:
        return notes.unreadable[""]
    if notes.seen:
        return None
    question = ": is its drive mounted?" if _is_another(root, identity) else ""
    held = "1 file was" if plan.present == 1 else f"{plan.present:,} files were"
    return f"empty, where {held}{question}"


@dataclass(frozen=True, slots=True)
class Absence:
    """What is missing of a walked root, once moves are known.

    ``also_missing`` are ids of paths, in whatever root, that are missing too; ``away``, ids of
    roots that are not there.
    """

    root: RootRecord
    identity: str | None
    missing: Sequence[KnownFile]
    present: int
    also_missing: Collection[int] = ()
    away: Collection[int] = ()

    def why_doubtful(self, catalog: Catalog) -> str | None:
        """Why the files are not believed to be gone; None if they are.

        Files left out by the root's rules are not gone, nor are those whose picture is present at
        another path.
        """
        another = _is_another(self.root, self.identity) and len(self.missing) == self.present > 0
        if not another and not too_many(len(self.missing), self.present):
            return None
        count = self._gone_for_good(catalog)
        if another and count:
            return "not the folder it was: none of its files is here"
        if too_many(count, self.present):
            return f"{count:,} of its {self.present:,} files are gone"
        return None

    def _gone_for_good(self, catalog: Catalog) -> int:
        rules = WalkRules.from_json(self.root.rules)
        gone = [row for row in self.missing if not rules.leaves_out(row.path)]
        contents = {row.content_id for row in gone if row.content_id is not None}
        elsewhere = catalog.present_elsewhere(
            contents, without_files=self.also_missing, without_roots=self.away
        )
        return sum(row.content_id not in elsewhere for row in gone)


def _is_another(root: RootRecord, identity: str | None) -> bool:
    return root.identity is not None and identity != root.identity


def too_many(gone: int, present: int) -> bool:
    return gone > MOST_GONE and gone > MOST_GONE_SHARE * present
