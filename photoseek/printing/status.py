"""How the state of a library looks."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.library import Status
    from store import RootRecord


def status_fields(status: "Status") -> dict[str, Any]:
    return {
        "library": str(status.library),
        **asdict(status.counts),
        "model": status.model,
        "dimension": status.dimension,
        "bytes": status.bytes,
        "roots": [
            {"path": str(root.path), "offline": root.offline, **root.rules} for root in status.roots
        ],
    }


def status_for_people(status: "Status") -> Iterator[str]:
    counts = status.counts
    yield f"library   {printable(status.library)} ({status.bytes / 1e6:,.1f} MB)"
    yield f"photos    {counts.photos:,} searchable, in {counts.files:,} files"
    yield from _unless_zero(f"          {counts.waiting:,} waiting to be indexed", counts.waiting)
    yield from _unless_zero(f"          {counts.missing:,} missing", counts.missing)
    unreadable = f"          {counts.failed:,} not readable: photoseek status --failed"
    yield from _unless_zero(unreadable, counts.failed)
    model = f"{status.model}, {status.dimension} dimensions, exact search"
    yield f"model     {model if status.model else 'none yet'}"
    for root in status.roots:
        offline = "  (offline)" if root.offline else ""
        yield f"folder    {printable(root.path)}{_rules(root)}{offline}"


def _rules(root: "RootRecord") -> str:
    said = [f"without {pattern}" for pattern in root.rules.get("exclude", ())]
    said += ["with hidden files"] if root.rules.get("hidden") else []
    return f"  ({printable(', '.join(said))})" if said else ""


def _unless_zero(line: str, count: int) -> Iterator[str]:
    if count:
        yield line
