"""Making thumbnails again, from photographs that are still what they were."""

from collections.abc import Collection
from pathlib import Path

from blake3 import blake3

from errors import PictureError
from indexer.decode import decode, read_bytes
from indexer.read import SMALLEST_SHORT_SIDE, make_thumbnail
from store import Photo, Store


def remake_thumbnails(store: Store, content_ids: Collection[int]) -> int:
    """Make the thumbnails of contents again; how many could be made.

    One whose photograph is away, or is another picture by now, is left.
    """
    made = 0
    for photo in store.catalog.photos(content_ids).values():
        jpeg = next(filter(None, (_thumbnail(photo, path) for path in photo.paths)), None)
        if jpeg is not None:
            store.thumbnails.put(photo.hash, jpeg)
            made += 1
    return made


def _thumbnail(photo: Photo, path: Path) -> bytes | None:
    try:
        data = read_bytes(path)
        if blake3(data).digest() != photo.hash:
            return None
        return make_thumbnail(decode(data, short_side=SMALLEST_SHORT_SIDE, name=path.name).image)
    except PictureError:
        return None
