"""How the state of a library looks."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.checks import Check
    from photoseek.library import Status
    from store import FailedFile, RootRecord, RunRecord


def status_fields(status: "Status") -> dict[str, Any]:
    return {
        "library": str(status.library),
        **asdict(status.counts),
        "model": status.model,
        "dimension": status.dimension,
        "bytes": status.bytes,
        "unsearchable": status.unsearchable,
        "coverage": _rounded_down(status.coverage),
        "spaces": [
            {"model": m.name, "state": m.state, "covered": m.covered, "photos": m.photos}
            for m in status.models
        ],
        "roots": [
            {
                "path": str(root.path),
                "offline": root.offline,
                "reason": root.offline_reason,
                **root.rules,
            }
            for root in status.roots
        ],
        "vectors": status.vectors,
        "last_run": _run_fields(status.last_run) if status.last_run else None,
    }


def _run_fields(run: "RunRecord") -> dict[str, Any]:
    return {
        "command": run.command,
        "began_at": f"{run.began_at.isoformat(timespec='seconds')}Z",
        "seconds": round(run.seconds, 3),
        "interrupted": run.interrupted,
        **run.counts,
    }


def _rounded_down(percent: float) -> float:
    """To a tenth; 99.96 % is not 100 %."""
    return int(percent * 10) / 10


def status_for_people(status: "Status") -> Iterator[str]:
    counts = status.counts
    yield f"library   {printable(status.library)} ({status.bytes / 1e6:,.1f} MB)"
    yield f"photos    {counts.photos:,} searchable, in {counts.files:,} files"
    yield from _unless_zero(f"          {counts.waiting:,} waiting to be indexed", counts.waiting)
    yield from _unless_zero(f"          {counts.missing:,} missing", counts.missing)
    unreadable = f"          {counts.failed:,} not readable: photoseek status --failed"
    yield from _unless_zero(unreadable, counts.failed)
    yield f"coverage  {_rounded_down(status.coverage):g} % of what is there can be searched"
    search = "" if status.vectors else ", exact search"
    model = f"{status.model}, {status.dimension} dimensions{search}"
    yield f"model     {model if status.model else 'none yet'}"
    for other in status.models[1:]:
        yield f"          {other.name}, {other.state}, {other.covered:,} of {other.photos:,} photos"
    if status.vectors:
        yield f"vectors   {printable(status.vectors)}"
    if status.last_run:
        yield f"last run  {_run_for_people(status.last_run)}"
    for root in status.roots:
        offline = f"  (offline: {printable(root.offline_reason)})" if root.offline else ""
        yield f"folder    {printable(root.path)}{_rules(root)}{offline}"


def _run_for_people(run: "RunRecord") -> str:
    """When, in the person's own time zone, and what became of files."""
    moment = run.began_at.replace(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    said = [f"{count:,} {name}" for name, count in run.counts.items() if count]
    end = ", interrupted" if run.interrupted else ""
    return f"{moment}, {run.seconds:.1f} s{end}: {', '.join(said) or 'nothing there'}"


def unsearchable_fields(files: "list[FailedFile]") -> list[dict[str, str]]:
    from indexer.advice import way_out

    return [
        {"path": str(file.path), "reason": file.reason, "way_out": way_out(file.reason)}
        for file in files
    ]


def unsearchable_for_people(files: "list[FailedFile]") -> Iterator[str]:
    from indexer.advice import way_out

    for file in files:
        reason = printable(file.reason)
        yield f"{printable(file.path)}: {reason} -> {printable(way_out(file.reason))}"


def check_fields(check: "Check") -> dict[str, Any]:
    return asdict(check)


def checks_for_people(checks: "list[Check]") -> Iterator[str]:
    for check in checks:
        way_out = f" -> {printable(check.way_out)}" if check.way_out else ""
        yield f"{check.verdict:<8}  {check.name:<10}  {printable(check.found)}{way_out}"


def _rules(root: "RootRecord") -> str:
    said = [f"without {pattern}" for pattern in root.rules.get("exclude", ())]
    said += ["with hidden files"] if root.rules.get("hidden") else []
    said += ["behind symbolic links too"] if root.rules.get("follow_symlinks") else []
    return f"  ({printable(', '.join(said))})" if said else ""


def _unless_zero(line: str, count: int) -> Iterator[str]:
    if count:
        yield line
