"""Taking photographs out of a library: copies, contact sheets, thumbnails."""

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from errors import PictureError, StorageError
from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, absolute
from search import DEFAULT_LIMIT, Answer, Hit
from store import Photo

if TYPE_CHECKING:  # pictures are looked at only if somebody wants to see them
    from PIL.Image import Image

    from photoseek.placing import Copied


class Sharing(OpenedLibrary):
    """What is done with the hits of an answer. Nothing that exists is ever overwritten."""

    def copy_hits(self, hits: Sequence[Hit], folder: PathLike) -> "list[Copied]":
        """Copy the best photograph of each hit to a folder; names that are taken are numbered.

        Raises PathError for a folder that cannot be written to, or is a library's own.
        """
        from photoseek.placing import copy_all, target_folder

        paths = [_reachable(hit.photo) for hit in hits]
        return copy_all(paths, target_folder(absolute(folder)))

    def export_sheet(self, answer: Answer, hits: Sequence[Hit], path: PathLike) -> None:
        """Write a contact sheet of hits, self-contained HTML or PDF by the file's suffix.

        Raises UsageError for another suffix, PathError if the file exists or cannot be made.
        """
        from photoseek.sheets import Sheet, require_sheet, write_sheet

        target = require_sheet(absolute(path))
        asked = replace(answer.query, limit=DEFAULT_LIMIT, offset=0, sort="relevance", group=True)
        sheet = Sheet(str(asked), answer.photos, tuple(hits), self.thumbnail_image)
        try:
            write_sheet(sheet, target)
        except OSError as error:
            target.unlink(missing_ok=True)
            raise StorageError(f"{target}: cannot be written ({error.strerror})") from error

    def thumbnail_image(self, photo: Photo) -> "Image | None":
        """A small picture of a photograph, made from it if the cache has none; None if neither
        can be read."""
        from PIL import Image

        jpeg = self._store.thumbnails.read(photo.hash)
        if jpeg is None:  # a cache: absent, or not what was written
            return _shrunk(photo)
        with Image.open(io.BytesIO(jpeg)) as image:
            image.load()
            return image


def _shrunk(photo: Photo) -> "Image | None":
    from pictures import decode_apart
    from pictures.thumbnail import THUMBNAIL_SIDE

    for path in photo.paths:
        try:
            image = decode_apart(path, short_side=THUMBNAIL_SIDE).image
        except PictureError:
            continue
        image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        return image
    return None


def _reachable(photo: Photo) -> Path:
    """The first path that is there now, else the first."""
    for path in photo.paths:
        with suppress(OSError):
            if path.is_file():
                return path
    return photo.paths[0]
