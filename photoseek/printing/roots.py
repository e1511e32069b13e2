"""How roots, and what is gone from them, look."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from indexer import Gone
    from photoseek.library import Pruned, RootStatus


def root_fields(status: "RootStatus") -> dict[str, Any]:
    root = status.root
    return {
        "path": str(root.path),
        "offline": root.offline,
        "reason": root.offline_reason,
        "files": status.counts.files,
        "photos": status.counts.photos,
        "missing": status.counts.missing,
        "scanned_at": root.scanned_at.isoformat() + "Z" if root.scanned_at else None,
        **root.rules,
    }


def roots_for_people(statuses: "Sequence[RootStatus]") -> Iterator[str]:
    for status in statuses:
        counts, root = status.counts, status.root
        missing = f", {counts.missing:,} missing" if counts.missing else ""
        offline = f"  (offline: {printable(root.offline_reason)})" if root.offline else ""
        yield f"{printable(root.path)}  {counts.files:,} files{missing}{offline}"


def relocated_for_people(old: Path, new: Path) -> Iterator[str]:
    yield f"{printable(old)} is looked for at {printable(new)} now"


def gone_for_people(gone: "Sequence[Gone]", *, vectors: bool) -> Iterator[str]:
    """What is about to be forgotten, counted; for standard error."""
    for one in gone:
        place = printable(one.folder)
        if one.was_skipped:
            yield f"{place}: offline, left as it is ({printable(one.reason)}); {_to_prune(one)}"
        if one.files:
            reason = f" ({printable(one.reason)})" if one.reason else ""
            yield f"{place}: {len(one.files):,} files are not there any more{reason}"
        if one.missing:
            yield f"{place}: {len(one.missing):,} files have been missing"
    if any(map(len, gone)):
        yield _what_of_vectors(vectors=vectors)


def _to_prune(one: "Gone") -> str:
    return f"to forget what is gone: photoseek prune {command_path(one.folder)}"


def _what_of_vectors(*, vectors: bool) -> str:
    if vectors:
        return "their vectors are dropped where no path holds the picture: it cannot be undone"
    return "their vectors are kept; to drop those too, add --vectors"


def pruned_fields(gone: "Sequence[Gone]", pruned: "Pruned") -> dict[str, Any]:
    return {
        "files": pruned.files,
        "pictures": pruned.pictures,
        "roots": [
            {"path": str(one.folder), "files": len(one), "skipped": one.was_skipped} for one in gone
        ],
    }


def pruned_for_people(pruned: "Pruned") -> Iterator[str]:
    dropped = f", the vectors of {pruned.pictures:,} pictures dropped" if pruned.pictures else ""
    yield f"{pruned.files:,} files forgotten{dropped}"


def command_path(path: Path) -> str:
    """A path as it can be typed into a shell."""
    return shlex.quote(printable(path))
