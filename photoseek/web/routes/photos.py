"""Single photographs: facts, thumbnails, originals; and several as a download."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Form, Query, Request, Response

from errors import QueryError
from photoseek.library import Library
from photoseek.web import problems, schemas, shapes
from photoseek.web.bundles import bundle
from photoseek.web.caching import is_known
from photoseek.web.context import Here
from photoseek.web.guard import client_of
from photoseek.web.problems import Refused
from photoseek.web.serving import file_response, open_below
from photoseek.web.settings import is_loopback
from store import ObjectPath, Photo

Responses: TypeAlias = dict[int | str, dict[str, Any]]

router = APIRouter(prefix="/photos", tags=["photos"])
changing = APIRouter(prefix="/photos", tags=["photos"])

_JPEG: Responses = {200: {"content": {"image/jpeg": {}}}}
_FILE: Responses = {200: {"content": {"image/*": {}, "application/octet-stream": {}}}}
_NO_OPENER: Responses = {
    501: {"description": "No program of this machine opens folders", **problems.DESCRIBED}
}
_MOST = 10_000


@router.get("/{id}")
def photo(here: Here, id: schemas.Id) -> schemas.PhotoDetails:  # noqa: A002
    """All that is known of one photograph."""
    try:
        return shapes.photo_details(here.library.photo(id))
    except QueryError as error:
        raise Refused(404, str(error)) from error


@router.get("/{id}/thumbnail", response_class=Response, responses=_JPEG)
def thumbnail(
    here: Here,
    request: Request,
    id: schemas.Id,  # noqa: A002
    size: Annotated[Literal["384", "1024", "2048"], Query()] = "384",
) -> Response:
    """A JPEG whose longer side is at most ``size`` pixels."""
    found = _photo(here.library, id)
    etag = f'"{found.hash.hex()[:32]}-{size}"'
    headers = {"etag": etag, "cache-control": "private, max-age=3600"}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    jpeg = _jpeg(here, found, int(size))
    return Response(jpeg, headers=headers, media_type="image/jpeg")


@router.get("/{id}/file", response_class=Response, responses=_FILE)
def file(
    here: Here,
    request: Request,
    id: schemas.Id,  # noqa: A002
    *,
    download: bool = False,
) -> Response:
    """The original; with ``download``, to be saved. A Range header gives a part."""
    found = _photo(here.library, id)
    etag = f'"{found.hash.hex()[:32]}"'
    if is_known(request, etag):
        return Response(status_code=304, headers={"etag": etag})
    asked = request.headers.get("range")
    if request.headers.get("if-range", etag) != etag:
        asked = None
    root, path = _original(here.library, found)
    try:
        opened = open_below(root, path)
    except OSError as error:
        raise Refused(404, f"{path.name}: cannot be opened ({error.strerror})") from error
    return file_response(opened, path.name, found.format, etag=etag, asked=asked, download=download)


@changing.post("/{id}/reveal", status_code=204, response_class=Response, responses=_NO_OPENER)
def reveal(here: Here, request: Request, id: schemas.Id) -> Response:  # noqa: A002
    """Open the photograph's folder on this machine, for whoever sits at it."""
    if not can_reveal(here.settings.read_only, request):
        raise Refused(403, "folders are opened only for who sits at the server's own machine")
    import click

    _, path = _original(here.library, _photo(here.library, id))
    if click.launch(str(path), locate=True):
        raise Refused(501, "this machine has no program that opens folders (on Linux: xdg-open)")
    return Response(status_code=204)


@router.post("/export", response_class=Response, responses={200: {"content": {"*/*": {}}}})
def export(
    here: Here,
    ids: Annotated[str, Form(max_length=200_000, pattern=r"^\d{1,18}(,\d{1,18})*$")],
    format: Annotated[Literal["zip", "csv", "json", "txt"], Form()] = "zip",  # noqa: A002
) -> Response:
    """Photographs as one ZIP of originals, or a list of them, as a download."""
    numbers = list(dict.fromkeys(map(int, ids.split(","))))[:_MOST]
    known = here.library.photos(numbers)
    photos = [known[key] for key in numbers if key in known]
    if not photos:
        raise Refused(404, "none of these photographs is here")
    return bundle(here.library, photos, format)


def can_reveal(read_only: bool, request: Request) -> bool:  # noqa: FBT001
    """Whether who asks sits at this machine: a proxy on it does not, and asks by another name."""
    asked_here = is_loopback(client_of(request.scope)) and is_loopback(request.url.hostname or "")
    return not read_only and asked_here


def _photo(library: Library, content_id: int) -> Photo:
    found = library.photos([content_id]).get(content_id)
    if found is None:
        raise Refused(404, f"id:{content_id}: no photograph of this number is here")
    return found


def _original(library: Library, found: Photo) -> tuple[Path, Path]:
    """A file that is there, after its root."""
    for root, path in library.originals(found):
        try:
            if path.is_file():
                return root, path
        except OSError:
            continue
    if all(isinstance(path, ObjectPath) for path in found.paths):
        raise Refused(404, f"{found.paths[0].name}: is in object storage, not on this machine")
    away = "its drive is away" if found.offline else "its file is not there any more"
    raise Refused(404, f"{found.paths[0].name}: {away}")


def _jpeg(here: Here, found: Photo, size: int) -> bytes:
    if size == 384:
        jpeg = here.library.thumbnail_of(found)
        if jpeg is not None:
            here.metrics.thumbnails.labels("library").inc()
            return jpeg
        raise Refused(404, f"{found.paths[0].name}: no thumbnail, and none can be made")
    here.metrics.thumbnails.labels("preview").inc()
    return here.previews.get(found.hash, found.paths, size)
