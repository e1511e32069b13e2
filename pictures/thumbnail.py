"""The small copy of a picture that is shown in its place."""

import io

from PIL import Image

THUMBNAIL_SIDE = 384
THUMBNAIL_QUALITY = 80


def make_thumbnail(image: Image.Image) -> bytes:
    """A JPEG of at most 384 pixels on its long side."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=THUMBNAIL_QUALITY)
    return stream.getvalue()
