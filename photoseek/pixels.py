"""The pixels by which duplicates are verified: from thumbnails, else from the photographs."""

import io
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

import numpy as np
from PIL import Image

from errors import PictureError
from search.same_picture import SIDE, Pixels, Reference, to_compare
from store import Looks, Store

_KEPT = 50_000  # pictures of 9 KB
_REFERENCES = 8  # of 300 KB; a group is compared with its first and a few others


class PixelVerifier:
    """Says of two contents whether they are one picture; of one that cannot be read, no.

    Inside a ``with`` a thread loads what it was told to ``expect``: decoding leaves Python's lock,
    aligning mostly holds it, so one thread for each is faster than two for both.
    """

    def __init__(self, store: Store, looks: Looks) -> None:
        self._ending = threading.Event()
        self._loader: threading.Thread | None = None
        self._store = store
        self._hashes = dict(zip(looks.ids.tolist(), looks.contents, strict=True))
        self._grey = lru_cache(maxsize=_KEPT)(self._load)
        self._reference = lru_cache(maxsize=_REFERENCES)(self._as_reference)

    def __enter__(self) -> "PixelVerifier":
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._loader is not None:
            self._loader.join()

    def expect(self, contents: Sequence[int]) -> None:
        """Begin to load the pixels of contents that will be asked about, in this order."""

        def load() -> None:
            for content in contents[:_KEPT]:
                if self._ending.is_set():
                    return
                self._grey(content)

        self._loader = threading.Thread(target=load, name="thumbnails", daemon=True)
        self._loader.start()

    def __call__(self, reference: int, other: int) -> bool:
        one, grey = self._reference(reference), self._grey(other)
        if one is None or grey is None:
            return False
        return one.agreement(_pixels(grey)).same

    def _as_reference(self, content: int) -> Reference | None:
        grey = self._grey(content)
        return None if grey is None else Reference(_pixels(grey))

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
