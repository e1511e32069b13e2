"""Answers that a client may keep: entity tags (RFC 9110)."""

from collections.abc import Callable

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from photoseek.library.browsing import Version


def is_known(request: Request, etag: str) -> bool:
    """Whether the client says that it has just this."""
    given = request.headers.get("if-none-match", "")
    return given == "*" or etag in (tag.strip().removeprefix("W/") for tag in given.split(","))


def cached(request: Request, version: Version, make: Callable[[], BaseModel]) -> Response:
    """What ``make`` gives as JSON, unless the client has it for this state of the library.

    The columns follow photographs, not tags: a filter by tag is answered anew each time.
    """
    etag = f'"{version.library[:8]}-{version.change}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    if "tag:" in request.url.query or "tag%3A" in request.url.query:
        headers.pop("etag")
    elif is_known(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(make().model_dump_json(), headers=headers, media_type="application/json")
