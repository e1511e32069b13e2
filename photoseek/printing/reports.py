"""How a run of the indexer looks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from photoseek.printing.roots import command_path
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from indexer import IndexReport
    from store import FailedFile


def report_fields(report: "IndexReport") -> dict[str, Any]:
    counts = ("indexed", "unchanged", "moved", "copied", "returned", "missing", "failed_before")
    return {
        **{name: getattr(report, name) for name in counts},
        "failed": failed_fields(report.failed),
        "skipped": dict(report.skipped),
        "offline": failed_fields(report.offline),
        "interrupted": report.interrupted,
        "seconds": round(report.seconds, 3),
    }


def failed_fields(failed: "list[FailedFile]") -> list[dict[str, str]]:
    return [{"path": str(file.path), "reason": file.reason} for file in failed]


def report_for_people(report: "IndexReport") -> Iterator[str]:
    counts = {
        "indexed": report.indexed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "copied": report.copied,
        "back again": report.returned,
        "missing": report.missing,
        "not readable": len(report.failed) + report.failed_before,
    }
    said = [f"{count:,} {name}" for name, count in counts.items() if count]
    nothing = "nothing looked at" if report.offline else "no photographs found"
    yield f"{', '.join(said) or nothing} in {report.seconds:.1f} s"


def report_notes(report: "IndexReport") -> Iterator[str]:
    """What the person should know beside the counts; for standard error."""
    yield from failed_for_people(report.failed[:10])
    if len(report.failed) > 10 or report.failed_before:
        yield "all that cannot be searched: photoseek status --failed"
    for root in report.offline:
        yield f"{printable(root.path)}: offline, its photographs are kept ({root.reason})"
        path = command_path(root.path)
        yield f"if its files are gone: photoseek prune {path}"
        yield f"if they are elsewhere now: photoseek roots relocate {path} NEW"
    if report.skipped:
        kinds = (f"{count:,} {reason}" for reason, count in sorted(report.skipped.items()))
        yield f"passed by: {', '.join(kinds)}"
    if report.interrupted:
        yield "interrupted; what was done is kept, the next run continues"


def failed_for_people(failed: "list[FailedFile]") -> Iterator[str]:
    for file in failed:
        yield f"{printable(file.path)}: {printable(file.reason)}"
