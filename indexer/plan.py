"""What has to be done, from what is known and what was found. Pure: no file, no database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from indexer.walk import FoundFile
from store import KnownFile


@dataclass(frozen=True, slots=True)
class ToRead:
    """A file whose bytes must be read; ``known`` is the row of its path, if it has one."""

    found: FoundFile
    known: KnownFile | None


@dataclass(slots=True)
class Plan:
    """Every found file is in exactly one of the first four, every other known one in ``missing``.

    ``returned`` were missing and are there again as they were. ``missing`` holds only files that
    were present until now, of ``present`` in all; ``absent``, those that were missing already.
    ``failed`` are unchanged files already known to be unreadable.
    """

    to_read: list[ToRead] = field(default_factory=list)
    unchanged: int = 0
    failed: int = 0
    returned: list[KnownFile] = field(default_factory=list)
    missing: list[KnownFile] = field(default_factory=list)
    absent: list[KnownFile] = field(default_factory=list)
    present: int = 0


def make_plan(
    known: Iterable[KnownFile],
    found: Iterable[FoundFile],
    *,
    unreadable: Collection[str] = (),
    retry_failed: bool = False,
    rehash: bool = False,
) -> Plan:
    """Compare a root's known files with those found.

    ``unreadable`` are relative paths, folders ending in ``/`` (the root itself is the empty
    string), that could not be looked at: what is known below them is left as it was. With
    ``retry_failed``, files known to be unreadable are read again; with ``rehash``, every file is.
    """
    rows = {row.path: row for row in known}
    plan = Plan(present=sum(row.present for row in rows.values()))
    for file in found:
        row = rows.pop(file.path, None)
        if row is None or rehash or _changed(row, file) or (row.failed and retry_failed):
            plan.to_read.append(ToRead(file, row))
        elif not row.present:
            plan.returned.append(row)
        elif row.failed:
            plan.failed += 1
        else:
            plan.unchanged += 1
    blind = tuple(unreadable)
    unseen = [row for row in rows.values() if not _below(row.path, blind)]
    plan.missing = [row for row in unseen if row.present]
    plan.absent = [row for row in unseen if not row.present]
    return plan


def is_as_known(row: KnownFile, file: FoundFile) -> bool:
    """Whether a file has the size and time that are remembered of its path."""
    return (row.bytes, row.mtime_ns) == (file.bytes, file.mtime_ns)


def _changed(row: KnownFile, file: FoundFile) -> bool:
    return not (is_as_known(row, file) and (row.searchable or row.failed))


def _below(path: str, unreadable: tuple[str, ...]) -> bool:
    return any(
        path == blind or not blind or (blind.endswith("/") and path.startswith(blind))
        for blind in unreadable
    )
