"""Small pictures of photographs, each checked before it is shown."""

import io
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from photoseek.library.opened import OpenedLibrary
from store import Photo

if TYPE_CHECKING:  # pictures are looked at only if somebody wants to see them
    from PIL.Image import Image

log = logging.getLogger(__name__)


class Showing(OpenedLibrary):
    """Thumbnails as they were written. One that is damaged, another's, or gone is made again."""

    _damage_was_said = False

    def thumbnail(self, content_id: int) -> bytes | None:
        """The JPEG of a content, at most 384 pixels on its long side.

        None if no photograph has this number, or its thumbnail is lost and it is away.
        """
        photo = self._store.catalog.photos([content_id]).get(content_id)
        return None if photo is None else self.thumbnail_of(photo)

    def thumbnail_image(self, photo: Photo) -> "Image | None":
        """The thumbnail of a photograph, decoded; None as for ``thumbnail``."""
        from PIL import Image

        jpeg = self.thumbnail_of(photo)
        if jpeg is None:
            return None
        with Image.open(io.BytesIO(jpeg)) as image:
            image.load()
            return image

    def thumbnail_of(self, photo: Photo) -> bytes | None:
        """The JPEG of a photograph that was looked up already; None as for ``thumbnail``."""
        jpeg = self._store.thumbnails.read(photo.hash)
        return self._thumbnail_again(photo) if jpeg is None else jpeg

    def _thumbnail_again(self, photo: Photo) -> bytes | None:
        from indexer import thumbnail_again

        cache = self._store.thumbnails
        was_damaged = cache.path(photo.hash).exists()
        jpeg = thumbnail_again(photo)
        with suppress(OSError):  # a library that is read-only, or full: it is made every time
            cache.remove([photo.hash])
            if jpeg is not None:
                cache.put(photo.hash, jpeg)
        if was_damaged or jpeg is not None:
            self._say("damaged" if was_damaged else "gone", jpeg is not None, photo)
        return jpeg

    def _say(self, wrong: str, made: bool, photo: Photo) -> None:  # noqa: FBT001 - read at one place
        """Once for a library that is open: where one is gone, often all are."""
        done = "made again" if made else "deleted"
        level = logging.DEBUG if self._damage_was_said else logging.WARNING
        text = "thumbnail of %s: %s; %s, as is any other found so"
        log.log(level, text, photo.paths[0], wrong, done)
        self._damage_was_said = True
