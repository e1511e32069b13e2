"""One file at a time, in a worker thread: bytes, hash, and pixels only if they are not known."""

import io
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TypeVar

from blake3 import blake3
from PIL import Image

from encoder import EncoderInfo
from errors import PictureError
from indexer.decode import Picture, decode, raw_problem, read_bytes
from indexer.perceptual import perceptual_hash
from indexer.plan import ToRead
from store import Catalog, ContentFacts, KnownContent, RootRecord

THUMBNAIL_SIDE = 384
THUMBNAIL_QUALITY = 80
SMALLEST_SHORT_SIDE = 288
"""Pixels decoded at least, so that a 4:3 picture still fills a thumbnail of 384."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What reading gave. ``image`` and ``thumbnail`` only where the content lacks a vector."""

    task: ToRead
    root: RootRecord
    facts: ContentFacts | None
    known: KnownContent | None = None
    image: Image.Image | None = None
    thumbnail: bytes | None = None
    failure: str | None = None

    @property
    def reason(self) -> str | None:
        """Why this file cannot be searched, if it cannot."""
        return self.failure or (self.facts.failure if self.facts else None)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a root's files for some spaces. Safe to share between threads."""

    catalog: Catalog
    root: RootRecord
    space_ids: tuple[int, ...]
    short_side: int

    def read(self, task: ToRead) -> ReadFile:
        """Read a file; whatever is wrong with it is in the result, not raised."""
        path = self.root.path / task.found.path
        if problem := raw_problem(path.name):
            return ReadFile(task, self.root, None, failure=problem)
        try:
            data = read_bytes(path)
        except PictureError as error:
            return ReadFile(task, self.root, None, failure=str(error))
        digest = blake3(data).digest()
        known = self.catalog.find_content(digest, self.space_ids)
        if known and known.searchable:
            return ReadFile(task, self.root, ContentFacts(digest, len(data)), known)
        try:
            picture = decode(data, short_side=self.short_side, name=path.name)
        except PictureError as error:
            facts = ContentFacts(digest, len(data), failure=str(error))
            return ReadFile(task, self.root, facts, known)
        facts = content_facts(digest, len(data), picture)
        thumbnail = make_thumbnail(picture.image)
        return ReadFile(task, self.root, facts, known, picture.image, thumbnail)


def short_side(encoder: EncoderInfo) -> int:
    """Pixels that pictures are decoded to for an encoder, whether indexed or asked with."""
    return max(*encoder.image_size, SMALLEST_SHORT_SIDE)


def content_facts(digest: bytes, size: int, picture: Picture) -> ContentFacts:
    exif = picture.exif
    return ContentFacts(
        hash=digest,
        bytes=size,
        width=picture.width,
        height=picture.height,
        format=picture.format,
        taken_at=exif.taken_at,
        camera=exif.camera,
        lens=exif.lens,
        latitude=exif.latitude,
        longitude=exif.longitude,
        perceptual_hash=perceptual_hash(picture.image),
    )


def make_thumbnail(image: Image.Image) -> bytes:
    """A JPEG of at most 384 pixels on its long side."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=THUMBNAIL_QUALITY)
    return stream.getvalue()


def look_ahead(
    pool: Executor, work: Callable[[Item], Result], items: Iterable[Item], ahead: int
) -> Generator[Result]:
    """Results in the order of ``items``, with at most ``ahead`` of them begun or waiting."""
    begun: deque[Future[Result]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) >= ahead:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()
