"""Taking photographs out of a library: copies and contact sheets."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StorageError
from photoseek.library.paths import PathLike, absolute
from photoseek.library.showing import Showing
from search import DEFAULT_LIMIT, Answer, Hit
from store import Photo

if TYPE_CHECKING:
    from photoseek.placing import Copied


class Sharing(Showing):
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


def _reachable(photo: Photo) -> Path:
    """The first path that is there now, else the first."""
    for path in photo.paths:
        with suppress(OSError):
            if path.is_file():
                return path
    return photo.paths[0]
