"""Photographs made small enough to be sent: JPEGs of a given longer side, the newest kept."""

import io
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from errors import PictureError
from pictures import decode_apart

SIDES = (1024, 2048)
QUALITY = 85
MOST_BYTES = 64 * 1024 * 1024


class Previews:
    """A cache in memory of at most ``most_bytes`` of JPEGs. Safe to use from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[bytes, int], bytes] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, content_hash: bytes, paths: Sequence[Path], side: int) -> bytes:
        """The JPEG of a photograph whose longer side is at most ``side`` pixels.

        Raises PictureError if none of its files can be read.
        """
        key = (content_hash, side)
        with self._changing:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = _made(paths, side)
        with self._changing:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += len(made)
            while self._bytes > self._most_bytes and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return made


def _made(paths: Sequence[Path], side: int) -> bytes:
    reason = "no file of it is there"
    for path in paths:
        try:
            image = decode_apart(path, short_side=side).image
        except PictureError as error:
            reason = str(error)
            continue
        image.thumbnail((side, side))
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=QUALITY, progressive=True)
        return stream.getvalue()
    raise PictureError(f"the photograph cannot be read: {reason}")
