"""How the soundness of a library, and what was done for it, look."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photoseek.printing.reports import report_fields, report_for_people
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.library import Repair, Soundness, Status
    from store.merge import Merged

MOST_SHOWN = 20
NAMES = {
    "roots": "folders",
    "contents": "photographs",
    "files": "files",
    "spaces": "models",
    "embeddings": "vectors",
}
"""What a person calls the rows of a table."""


def soundness_fields(soundness: "Soundness") -> dict[str, Any]:
    return {
        "sound": soundness.sound,
        "findings": [{"part": one.part, "text": one.text} for one in soundness.findings],
    }


def soundness_for_people(soundness: "Soundness") -> Iterator[str]:
    if soundness.sound:
        yield "sound: the catalog, its vectors and its thumbnails"
        return
    yield from _findings(soundness)
    yield "to mend it: photoseek repair"


def _findings(soundness: "Soundness") -> Iterator[str]:
    for found in soundness.findings[:MOST_SHOWN]:
        yield f"{found.part}: {printable(found.text)}"
    if len(soundness.findings) > MOST_SHOWN:
        yield f"and {len(soundness.findings) - MOST_SHOWN:,} more; all of them: --json"


def repair_fields(repair: "Repair") -> dict[str, Any]:
    return {
        "before": soundness_fields(repair.before),
        "after": soundness_fields(repair.after),
        "salvaged": repair.salvaged.rows if repair.salvaged else None,
        "dropped": repair.salvaged.dropped if repair.salvaged else 0,
        "aside": str(repair.aside) if repair.aside else None,
        "thumbnails": repair.thumbnails,
        "report": report_fields(repair.report) if repair.report else None,
    }


def repair_for_people(repair: "Repair") -> Iterator[str]:
    if repair.before.sound:
        yield "nothing to mend"
        return
    yield from _findings(repair.before)
    if repair.salvaged is not None:
        yield f"kept of the catalog: {_counts(repair.salvaged.rows)}"
        yield f"the damaged one is kept: {printable(repair.aside)}"
        yield from _read_again(repair)
    if repair.thumbnails:
        yield f"{repair.thumbnails:,} thumbnails made again"
    yield "sound again" if repair.after.sound else "not mended all of it:"
    yield from _findings(repair.after)


def _read_again(repair: "Repair") -> Iterator[str]:
    if repair.report is None:
        yield "no folder could be read from it; give yours: photoseek index FOLDER"
    else:
        yield from (f"read again: {line}" for line in report_for_people(repair.report))


def backup_for_people(path: Path) -> Iterator[str]:
    yield f"{printable(path)}: {path.stat().st_size / 1e6:,.1f} MB, checked"


def restored_for_people(status: "Status", aside: Path | None) -> Iterator[str]:
    counts = status.counts
    yield f"restored: {counts.photos:,} photographs searchable, in {counts.files:,} files"
    if aside is not None:
        yield f"the catalog before it is kept: {printable(aside)}"


def merge_for_people(other: "Path | str", merged: "Merged") -> Iterator[str]:
    """What a merge would bring; for standard error."""
    yield f"{printable(other)} would bring {_counts(merged.added)}"
    if bettered := _counts(merged.bettered, none=""):
        yield f"and say more than is known here of {bettered}"


def merged_fields(merged: "Merged", *, dry_run: bool) -> dict[str, Any]:
    return {"added": merged.added, "bettered": merged.bettered, "dry_run": dry_run}


def merged_for_people(merged: "Merged", *, dry_run: bool) -> Iterator[str]:
    if not dry_run:
        yield f"joined: {_counts(merged.added)}"


def _counts(rows: dict[str, int], none: str = "nothing new") -> str:
    counted = ((rows.get(table, 0), name) for table, name in NAMES.items())
    said = [f"{count:,} {name if count != 1 else name[:-1]}" for count, name in counted if count]
    return ", ".join(said) or none
