"""How answers and reports look: for people, as JSON, as CSV, as bare paths."""

import csv
import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from indexer import IndexReport
    from photoseek.library import Status
    from photoseek.models import Comparison, ModelStatus
    from search import Answer, Hit
    from search.evaluation import Evaluation
    from store import FailedFile, RootRecord

COLUMNS = ("rank", "score", "path", "taken_at", "width", "height", "camera")


def printable(text: object) -> str:
    """Text that cannot move a terminal's cursor: control and undecodable characters escaped."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in str(text))


def _escaped(letter: str) -> str:
    """Python's escape; for a byte that was no UTF-8, the byte."""
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode()


def as_json(document: object) -> str:
    """One line of JSON. A file name that is not UTF-8 keeps its bytes as lone surrogates."""
    return json.dumps(document, default=str)


def hits_for_people(answer: "Answer") -> Iterator[str]:
    """A line a hit; paths below the current folder are shown from there."""
    here = _here()
    for hit in answer:
        path = hit.path.relative_to(here) if hit.path.is_relative_to(here) else hit.path
        copies = f"  (+{len(hit.paths) - 1} more)" if len(hit.paths) > 1 else ""
        offline = "  (offline)" if hit.photo.offline else ""
        yield f"{hit.rank:>4}  {hit.score:.3f}  {printable(path)}{copies}{offline}"


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # deleted under us
        return Path("/nowhere")


def hits_as_csv(answer: "Answer") -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for hit in answer:
        fields = hit_fields(hit)
        writer.writerow([fields[name] for name in COLUMNS])
    return stream.getvalue()


def hits_as_paths(answer: "Answer", end: bytes) -> bytes:
    """The best path of each hit in the file system's own bytes, each followed by ``end``."""
    return b"".join(os.fsencode(hit.path) + end for hit in answer)


def answer_fields(answer: "Answer") -> dict[str, Any]:
    return {
        "hits": [hit_fields(hit) for hit in answer],
        "query": {
            "texts": answer.query.texts,
            "images": [str(path) for path in answer.query.images],
            "limit": answer.query.limit,
        },
        "photos": answer.photos,
        "model": answer.model,
        "notes": answer.notes,
        "seconds": round(answer.seconds, 4),
    }


def hit_fields(hit: "Hit") -> dict[str, Any]:
    photo = hit.photo
    return {
        "rank": hit.rank,
        "path": str(hit.path),
        "score": round(hit.score, 6),
        "id": photo.id,
        "paths": [str(path) for path in hit.paths],
        "width": photo.width,
        "height": photo.height,
        "bytes": photo.bytes,
        "format": photo.format,
        "taken_at": photo.taken_at.isoformat() if photo.taken_at else None,
        "camera": photo.camera,
        "lens": photo.lens,
        "latitude": photo.latitude,
        "longitude": photo.longitude,
        "offline": photo.offline,
    }


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
        yield f"if it is gone for good: photoseek forget {printable(root.path)}"
    if report.skipped:
        kinds = (f"{count:,} {reason}" for reason, count in sorted(report.skipped.items()))
        yield f"passed by: {', '.join(kinds)}"
    if report.interrupted:
        yield "interrupted; what was done is kept, the next run continues"


def failed_for_people(failed: "list[FailedFile]") -> Iterator[str]:
    for file in failed:
        yield f"{printable(file.path)}: {printable(file.reason)}"


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


def evaluation_for_people(evaluation: "Evaluation") -> Iterator[str]:
    counts = f"{evaluation.captions:,} captions, {evaluation.photos:,} photographs"
    yield f"{evaluation.model}: {counts}"
    yield f"words -> photograph   {evaluation.text_to_photo}"
    yield f"photograph -> words   {evaluation.photo_to_text}"


def model_fields(status: "ModelStatus") -> dict[str, Any]:
    model = status.installed
    return {
        "name": status.name,
        "state": status.state,
        "covered": status.covered,
        "photos": status.photos,
        "installed": model is not None,
        "bundled": bool(model and model.bundled),
        "dimension": model.dimension if model else None,
        "bytes": model.bytes if model else None,
        "source": model.source if model else None,
        "licence": model.licence if model else None,
        "problem": model.problem if model else "not installed",
    }


def models_for_people(statuses: "list[ModelStatus]") -> Iterator[str]:
    for status in statuses:
        fields = model_fields(status)
        covered = f"{status.covered:,} of {status.photos:,} photos" if status.state else "not used"
        size = f"{fields['bytes'] / 1e6:,.0f} MB" if fields["bytes"] else "-"
        state = status.state or "installed"
        shape = f"{fields['dimension'] or '-':>5} dims {size:>9}"
        yield f"{status.name:<32} {state:<9} {covered:<24} {shape}"
        if fields["problem"]:
            yield f"    {printable(fields['problem'])}"


def comparison_fields(comparison: "Comparison") -> dict[str, Any]:
    return {
        "query": comparison.query,
        "shared": comparison.shared,
        "answers": [answer_fields(answer) for answer in comparison.answers],
    }


def comparisons_for_people(comparisons: "list[Comparison]", width: int = 48) -> Iterator[str]:
    """Two columns, a line a rank."""
    for comparison in comparisons:
        first, second = comparison.answers
        yield f"{printable(comparison.query)}  ({comparison.shared} shared)"
        yield f"      {first.model:<{width}}  {second.model}"
        for left, right in zip_longest(first, second):
            cells = [
                "" if hit is None else f"{hit.score:.3f} {_tail(hit, width - 6)}"
                for hit in (left, right)
            ]
            yield f"{(left or right).rank:>4}  {cells[0]:<{width}}  {cells[1]}"


def _tail(hit: "Hit", width: int) -> str:
    """The end of a hit's path, where names differ."""
    path = printable(hit.path)
    return path if len(path) <= width else f"…{path[1 - width :]}"
