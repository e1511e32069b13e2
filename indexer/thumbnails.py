"""Making thumbnails again, from photographs that are still what they were."""

from collections.abc import Collection
from pathlib import Path

from errors import PictureError
from indexer.read import SMALLEST_SHORT_SIDE
from pictures import SECONDS, Allowance, Decoder, Decoders
from store import Photo, Store


def remake_thumbnails(store: Store, content_ids: Collection[int]) -> int:
    """Make the thumbnails of contents again; how many could be made.

    One whose photograph is away, or is another picture by now, is left.
    """
    made = 0
    with Decoders(1, Allowance.of_machine(SECONDS, 1)) as decoders, decoders.borrowed() as decoder:
        for photo in store.catalog.photos(content_ids).values():
            made_now = (_thumbnail(decoder, photo, path) for path in photo.paths)
            jpeg = next(filter(None, made_now), None)
            if jpeg is not None:
                store.thumbnails.put(photo.hash, jpeg)
                made += 1
    return made


def _thumbnail(decoder: Decoder, photo: Photo, path: Path) -> bytes | None:
    try:
        if decoder.read(path).hash != photo.hash:
            return None
        return decoder.decode(SMALLEST_SHORT_SIDE).thumbnail
    except PictureError:
        return None
