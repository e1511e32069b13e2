"""Several photographs as one download: a ZIP of originals, or a list of them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from starlette.responses import Response, StreamingResponse
from zipstream import ZIP_STORED, ZipStream

from photoseek.library import Library
from photoseek.printing.answers import hits_as_csv
from photoseek.web import shapes
from photoseek.web.problems import Refused
from photoseek.web.serving import disposition, open_below
from search import Hit
from store import Photo

Format = Literal["zip", "csv", "json", "txt"]


_PIECE = 256 * 1024


def bundle(library: Library, photos: Sequence[Photo], form: Format) -> Response:
    """What a person saves. A photograph that cannot be read is named in the ZIP's own list."""
    headers = {"content-disposition": disposition(f"photoseek.{form}", inline=False)}
    if form == "zip":
        return StreamingResponse(_zipped(library, photos), 200, headers, "application/zip")
    if form == "csv":
        hits = [Hit(rank, 0.0, photo) for rank, photo in enumerate(photos, 1)]
        return Response(hits_as_csv(hits).encode("utf-8", "replace"), 200, headers, "text/csv")
    if form == "json":
        values = [shapes.photo(photo).model_dump(mode="json") for photo in photos]
        text = json.dumps(values, ensure_ascii=False, indent=1)
        return Response(text, 200, headers, "application/json")
    lines = "".join(f"{path}\n" for photo in photos for path in photo.paths[:1])
    return Response(lines.encode("utf-8", "replace"), 200, headers, "text/plain")


def _zipped(library: Library, photos: Sequence[Photo]) -> Iterator[bytes]:
    """Stored, not deflated: pictures are compressed already. Never whole in memory."""
    archive = ZipStream(compress_type=ZIP_STORED)
    taken: set[str] = set()
    missing: list[str] = []
    for photo in photos:
        found = _readable(library, photo)
        if found is None:
            missing.append(photo.paths[0].name)
            continue
        archive.add(_pieces(*found), _free(found[1].name, taken))
    if missing:
        listed = "These photographs could not be read:\n" + "\n".join(missing) + "\n"
        archive.add(listed.encode("utf-8", "replace"), _free("not in this archive.txt", taken))
    yield from archive


def _readable(library: Library, photo: Photo) -> tuple[Path, Path] | None:
    for root, path in library.originals(photo):
        try:
            open_below(root, path).close()
        except (OSError, Refused):
            continue
        return root, path
    return None


def _pieces(root: Path, path: Path) -> Iterator[bytes]:
    with open_below(root, path) as file:
        while piece := file.read(_PIECE):
            yield piece


def _free(name: str, taken: set[str]) -> str:
    """A name that the archive has not: numbered if it has."""
    stem, suffix = Path(name).stem, Path(name).suffix
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{stem} ({number}){suffix}"
    taken.add(free.casefold())
    return free.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
