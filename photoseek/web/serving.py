"""Originals: opened below their root without following a link out of it, given in ranges."""

import mimetypes
import os
import re
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from anyio import to_thread
from starlette.responses import Response, StreamingResponse

from photoseek.web.problems import Refused

INLINE = {
    "AVIF": "image/avif",
    "BMP": "image/bmp",
    "GIF": "image/gif",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
}
"""Formats that browsers show, and that hold no script; the others are only downloaded."""

_PIECE = 256 * 1024
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def is_inline(picture_format: str) -> bool:
    """Whether a page may show files of a format as they are."""
    return picture_format in INLINE


def open_below(root: Path, path: Path) -> BinaryIO:
    """Open a regular file of a root for reading.

    A link inside the root that leads to another place inside it is followed; one that leads out,
    or that is put there meanwhile, is not. Raises Refused, OSError.
    """
    real_root, real = root.resolve(strict=True), path.resolve(strict=True)
    if not real.is_relative_to(real_root):
        raise Refused(403, "this photograph is behind a link out of its folder; it is not given")
    descriptor = _open_steps(real_root, real.relative_to(real_root))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused(403, "this is not a regular file; it is not given")
    return os.fdopen(descriptor, "rb")


def _open_steps(root: Path, below: Path) -> int:
    """From folder to folder, following no link on the way, where the system can."""
    flags = os.O_RDONLY | _NO_FOLLOW | _BINARY | getattr(os, "O_NONBLOCK", 0)
    if os.open not in os.supports_dir_fd:
        return os.open(root / below, flags)
    *folders, name = below.parts
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            deeper = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW, dir_fd=at)
            os.close(at)
            at = deeper
        return os.open(name, flags, dir_fd=at)
    finally:
        os.close(at)


def file_response(
    file: BinaryIO, name: str, picture_format: str, *, etag: str, asked: str | None, download: bool
) -> Response:
    """A file, or the range that ``asked``, a Range header, wants. RFC 9110: one range; a request
    for several gets the whole."""
    status = os.fstat(file.fileno())
    size, inline = status.st_size, is_inline(picture_format) and not download
    headers = {
        "accept-ranges": "bytes",
        "etag": etag,
        "cache-control": "private, max-age=3600",
        "last-modified": formatdate(status.st_mtime, usegmt=True),
        "content-disposition": disposition(name, inline=inline),
    }
    media_type = INLINE[picture_format] if inline else _download_type(name)
    span = _span(asked, size)
    if span == ():
        file.close()
        raise Refused(416, "no such part of the file", {"content-range": f"bytes */{size}"})
    first, last = span or (0, size - 1)
    if span:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    headers["content-length"] = str(last - first + 1)
    body = _pieces(file, first, last)
    return StreamingResponse(body, 206 if span else 200, headers, media_type)


def disposition(name: str, *, inline: bool) -> str:
    """Content-Disposition (RFC 6266), with any name a file may have."""
    plain = re.sub(r"[^\w .()+,=@~-]", "_", name, flags=re.ASCII)[:150] or "photo"
    encoded = quote(name.encode("utf-8", "surrogateescape"), safe="")
    return (
        f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    )


def _download_type(name: str) -> str:
    """By the suffix, if that is a picture's and cannot hold a script."""
    guess = mimetypes.guess_type(name)[0] or ""
    safe = guess.startswith("image/") and "svg" not in guess and "xml" not in guess
    return guess if safe else "application/octet-stream"


def _span(asked: str | None, size: int) -> tuple[int, int] | tuple[()] | None:
    """First and last byte of one range; None for the whole, () for what is not there."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", (asked or "").strip())
    if not found or found[0] == "bytes=-":
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, size - 1) if length else ()
    first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
    if found[2] and int(found[2]) < first:
        return None
    return (first, last) if first < size else ()


async def _pieces(file: BinaryIO, first: int, last: int) -> AsyncIterator[bytes]:
    with closing(file):
        await to_thread.run_sync(file.seek, first)
        left = last - first + 1
        while left > 0:
            piece = await to_thread.run_sync(file.read, min(_PIECE, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
