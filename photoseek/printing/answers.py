"""How answers look: for people, as JSON, as CSV, as bare paths."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from search import Answer, Hit


COLUMNS = ("rank", "score", "relevance", "verdict", "path", "taken_at", "width", "height", "camera")


NEAREST = 3
"""Hits that are shown when nothing matches."""


def answer_for_people(answer: "Answer", *, everything: bool) -> Iterator[str]:
    """What matches for certain, below a line what may, and with ``everything`` the rest."""
    if answer.nothing:
        yield "nothing here matches; the nearest are:"
        yield from hits_for_people(answer if everything else answer[:NEAREST])
        return
    yield from hits_for_people(answer.strong)
    if answer.strong and answer.possible:
        yield "      possible:"
    yield from hits_for_people(answer.possible)
    if everything and answer.rest:
        yield "      unlikely:"
        yield from hits_for_people(answer.rest)


def shown(answer: "Answer", *, everything: bool) -> "Sequence[Hit]":
    """The hits that a script is given: those that match."""
    return answer if everything else (*answer.strong, *answer.possible)


def folded(answer: "Answer", *, everything: bool) -> Iterator[str]:
    """What a person should know of the hits that were not shown."""
    if everything or not answer.rest:
        return
    if answer.nothing:
        yield "nothing here matches; to see all that is nearest, add --all"
    else:
        yield f"{len(answer.rest)} unlikely ones not shown; to see them, add --all"


def hits_for_people(hits: "Iterable[Hit]") -> Iterator[str]:
    """A line a hit; paths below the current folder are shown from there."""
    here = _here()
    for hit in hits:
        path = hit.path.relative_to(here) if hit.path.is_relative_to(here) else hit.path
        copies = f"  (+{len(hit.paths) - 1} more)" if len(hit.paths) > 1 else ""
        offline = "  (offline)" if hit.photo.offline else ""
        yield f"{hit.rank:>4}  {_number(hit)}  {printable(path)}{copies}{offline}"


def _number(hit: "Hit") -> str:
    """How likely it is what was asked for; before a library was calibrated, the cosine."""
    return f"{hit.score:.3f}" if hit.relevance is None else f"{100 * hit.relevance:3.0f} %"


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # deleted under us
        return Path("/nowhere")


def hits_as_csv(hits: "Iterable[Hit]") -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for hit in hits:
        fields = hit_fields(hit)
        writer.writerow([fields[name] for name in COLUMNS])
    return stream.getvalue()


def hits_as_paths(hits: "Iterable[Hit]", end: bytes) -> bytes:
    """The best path of each hit in the file system's own bytes, each followed by ``end``."""
    return b"".join(os.fsencode(hit.path) + end for hit in hits)


def answer_fields(answer: "Answer") -> dict[str, Any]:
    return {
        "hits": [hit_fields(hit) for hit in answer],
        "query": {
            "text": str(answer.query),
            "texts": answer.query.texts,
            "images": [str(path) for path in answer.query.images],
            "limit": answer.query.limit,
        },
        "nothing": answer.nothing,
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
        "named": sorted(hit.named),
        "relevance": None if hit.relevance is None else round(hit.relevance, 4),
        "verdict": hit.verdict,
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
