"""How answers look: for people, as JSON, as CSV, as bare paths."""

import csv
import io
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click import style

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from photoseek.placing import Copied
    from search import Answer, Hit
    from store import Photo


COLUMNS = (
    "rank",
    "score",
    "relevance",
    "verdict",
    "path",
    "taken_at",
    "width",
    "height",
    "camera",
    "count",
)


_SHADES = {"strong": "green", "possible": "yellow"}

NEAREST = 3
"""Hits that are shown when nothing matches."""


def answer_for_people(
    answer: "Answer", *, everything: bool, colour: bool = False, here: Path | None = None
) -> Iterator[str]:
    """What matches for certain, below a line what may, and with ``everything`` the rest."""
    rows = answer_in_rows(answer, everything=everything, colour=colour, here=here)
    return (line for _, line in rows)


def answer_in_rows(
    answer: "Answer", *, everything: bool, colour: bool = True, here: Path | None = None
) -> "Iterator[tuple[Hit | None, str]]":
    """Each hit with its line; a heading with no hit. In another order than by relevance, what
    matches is one list. ``here`` is where paths are shown from: the current folder."""
    dated = answer.query.sort == "date"
    rows = partial(_rows, colour=colour, dated=dated, here=here or current_folder())
    if answer.nothing:
        yield None, "nothing here matches; the nearest are:"
        yield from rows(answer if everything else answer[:NEAREST])
        return
    if answer.query.sort == "relevance":
        yield from rows(answer.strong)
        if answer.strong and answer.possible:
            yield None, "      possible:"
        yield from rows(answer.possible)
    else:
        yield from rows(hit for hit in answer if hit.verdict != "rest")
    if everything and answer.rest:
        yield None, "      unlikely:"
        yield from rows(answer.rest)


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


def _rows(
    hits: "Iterable[Hit]", *, colour: bool, dated: bool, here: Path
) -> "Iterator[tuple[Hit, str]]":
    """A line a hit; paths below a folder are shown from there."""
    for hit in hits:
        path = hit.path.relative_to(here) if hit.path.is_relative_to(here) else hit.path
        figures = _figures(hit, colour=colour) + (f"  {when(hit.photo)}" if dated else "")
        yield hit, f"{figures}  {_path(path, colour=colour)}{_remarks(hit)}"


def _remarks(hit: "Hit") -> str:
    copies = f"  (+{len(hit.paths) - 1} more)" if len(hit.paths) > 1 else ""
    moment = f"  (+{hit.count - 1} of this moment)" if hit.count > 1 else ""
    offline = "  (offline)" if hit.photo.offline else ""
    return f"{copies}{moment}{offline}"


def _figures(hit: "Hit", *, colour: bool) -> str:
    if not colour:
        return f"{hit.rank:>4}  {_number(hit)}"
    shade = _SHADES.get(hit.verdict or "")
    return f"{style(f'{hit.rank:>4}', dim=True)}  {style(_number(hit), fg=shade)}"


def _path(path: Path, *, colour: bool) -> str:
    name = printable(path.name)
    folder = printable(path).removesuffix(name)
    return style(folder, dim=True) + style(name, bold=True) if colour else f"{folder}{name}"


def _number(hit: "Hit") -> str:
    """How likely it is what was asked for; before a library was calibrated, the cosine.

    Of a photograph that only had to meet filters, nothing.
    """
    if hit.relevance is None:
        return f"{hit.score:.3f}" if hit.score else "     "
    return f"{100 * hit.relevance:3.0f} %"


def current_folder() -> Path:
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
        "count": hit.count,
        "moment": [{"id": one.id, "path": str(one.paths[0])} for one in hit.moment],
        "width": photo.width,
        "height": photo.height,
        "bytes": photo.bytes,
        "format": photo.format,
        "taken_at": photo.taken_at.isoformat() if photo.taken_at else None,
        "file_time": photo.file_time.isoformat() if photo.file_time else None,
        "camera": photo.camera,
        "lens": photo.lens,
        "latitude": photo.latitude,
        "longitude": photo.longitude,
        "offline": photo.offline,
    }


def when(photo: "Photo") -> str:
    """The day a photograph was taken, else that of its file, which is said."""
    if photo.taken_at:
        return f"{photo.taken_at:%Y-%m-%d %H:%M}"
    return f"file of {photo.file_time:%Y-%m-%d}" if photo.file_time else ""


def copies_for_people(copied: "Sequence[Copied]", folder: Path) -> Iterator[str]:
    for one in copied:
        if one.target is None:
            yield f"{printable(one.source)}: not copied ({one.reason})"
    done = sum(one.target is not None for one in copied)
    yield f"{done} photographs copied to {printable(folder)}"
