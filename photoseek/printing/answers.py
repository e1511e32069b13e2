"""How answers look: for people, as JSON, as CSV, as bare paths."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from search import Answer, Hit


COLUMNS = ("rank", "score", "path", "taken_at", "width", "height", "camera")


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
            "text": str(answer.query),
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
