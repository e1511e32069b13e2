"""Errors as problem documents (RFC 9457): the sentence of the command line, and no path of ours."""

import logging
import re
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from errors import (
    DecoderError,
    EngineUnreachable,
    LibraryDamaged,
    LibraryError,
    LibraryLocked,
    ModelError,
    NoLibrary,
    PhotoseekError,
    PictureError,
    StorageError,
    UnknownModel,
    UsageError,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
DESCRIBED = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
"""A problem document as a response, for the OpenAPI document."""

STATUS: tuple[tuple[type[PhotoseekError], int], ...] = (
    (NoLibrary, 409),
    (LibraryLocked, 423),
    (LibraryDamaged, 503),
    (StorageError, 507),
    (LibraryError, 503),
    (UnknownModel, 404),
    (ModelError, 409),
    (PictureError, 422),
    (DecoderError, 503),
    (UsageError, 400),
)
"""The first that fits."""


class Refused(PhotoseekError):
    """A request that is answered with a status of its own; ``headers`` go with it."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


def problem(
    status: int,
    detail: str,
    code: str,
    *,
    column: int | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """The document. ``type`` is ``about:blank``: ``title`` says what the status means."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    body |= {} if column is None else {"column": column}
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def of_error(error: PhotoseekError, hidden: Sequence[Path] = ()) -> JSONResponse:
    """The problem that one of our errors is; paths below ``hidden`` are cut to their names."""
    text = (
        "the library's server cannot be reached; try again"
        if isinstance(error, EngineUnreachable)
        else without_paths(str(error), hidden)
    )
    if isinstance(error, Refused):
        return problem(error.status, text, "Refused", headers=error.headers)
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    headers = {"retry-after": "5"} if status in (423, 503) else None
    column = getattr(error, "column", None)
    return problem(status, text, type(error).__name__, column=column, headers=headers)


def of_invalid(error: RequestValidationError) -> JSONResponse:
    """What is wrong with a request, by the name of the field."""
    faults = [
        f"{'.'.join(str(part) for part in fault['loc'][1:]) or 'the request'}: {fault['msg']}"
        for fault in error.errors()
    ]
    return problem(422, "; ".join(faults[:5]), "Invalid")


def of_status(error: HTTPException) -> JSONResponse:
    """What the framework refuses: unknown addresses, methods that are not allowed."""
    headers = dict(error.headers or {})
    return problem(error.status_code, str(error.detail), "Refused", headers=headers)


def of_fault(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours: written to the log, and nothing of it told."""
    log.error("%s %s: %r", request.method, request.url.path, error, exc_info=error)
    return problem(500, "something went wrong here; the server's log has it", "Fault")


def without_paths(text: str, hidden: Sequence[Path]) -> str:
    """A sentence with paths of this machine cut to the last name.

    ``hidden`` are folders whose paths may hold spaces; others end where a space or a mark does.
    """
    text = re.sub(
        r"postgresql\S*?://[^\s:]+(:[^\s@]*@)?[^\s:]+(:\d+)?[^\s:]*(?=:\s|$)", "the library", text
    )
    for folder in sorted(hidden, key=lambda path: -len(str(path))):
        text = re.sub(rf"{re.escape(str(folder))}(?=[/\\:;,\s]|$)", folder.name, text)
    return re.sub(r"(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:;,]+[/\\])+(?=[^\s/\\])", "", text)
