"""Making thumbnails again, from photographs that are still what they were."""

from contextlib import suppress

from errors import PictureError
from indexer.read import SMALLEST_SHORT_SIDE
from pictures import decode_apart
from store import Photo


def thumbnail_again(photo: Photo) -> bytes | None:
    """The JPEG that indexing made of a photograph; None if it is away or another picture now."""
    for path in photo.paths:
        with suppress(PictureError):
            return decode_apart(path, short_side=SMALLEST_SHORT_SIDE, known=photo.hash).thumbnail
    return None
