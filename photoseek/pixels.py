"""The pixels by which duplicates are verified: from thumbnails, else from the photographs."""

import io
from contextlib import suppress
from functools import lru_cache

import numpy as np
from PIL import Image

from errors import PictureError
from search.same_picture import SIDE, Pixels, same_picture, to_compare
from store import Looks, Store

_KEPT = 50_000  # pictures of 9 KB


class PixelVerifier:
    """Says of two contents whether they are one picture; of one that cannot be read, no."""

    def __init__(self, store: Store, looks: Looks) -> None:
        self._store = store
        self._hashes = dict(zip(looks.ids.tolist(), looks.contents, strict=True))
        self._grey = lru_cache(maxsize=_KEPT)(self._load)

    def __call__(self, one: int, other: int) -> bool:
        first, second = self._grey(one), self._grey(other)
        if first is None or second is None:
            return False
        return same_picture(_pixels(first), _pixels(second))

    def _load(self, content: int) -> bytes | None:
        """One byte a pixel, which is a quarter of what is computed with."""
        image = self._thumbnail(content) or self._photograph(content)
        return None if image is None else to_compare(image).astype(np.uint8).tobytes()

    def _thumbnail(self, content: int) -> Image.Image | None:
        jpeg = self._store.thumbnails.read(self._hashes[content])
        if jpeg is None:  # a cache: absent, or not what was written
            return None
        try:
            image = Image.open(io.BytesIO(jpeg))
            image.draft("L", (SIDE, SIDE))
            image.load()
        except (OSError, SyntaxError):
            return None
        return image

    def _photograph(self, content: int) -> Image.Image | None:
        from pictures import decode_apart

        for copy in self._store.catalog.copies([content]).get(content, ()):
            with suppress(PictureError):
                return decode_apart(copy.path, short_side=SIDE, known=self._hashes[content]).image
        return None


def _pixels(grey: bytes) -> Pixels:
    return np.frombuffer(grey, dtype=np.uint8).reshape(SIDE, SIDE).astype(np.float32)
