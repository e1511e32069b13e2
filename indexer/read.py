"""One file at a time, in a worker thread: its hash, and its pixels only if they are not known."""

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

from PIL import Image

from encoder import EncoderInfo
from errors import PictureError
from indexer.plan import ToRead
from indexer.sources import FileGone, Source
from pictures import Content, Decoded, Decoder, Decoders
from pictures.decode import raw_problem
from store import ContentFacts, KnownContent, RootRecord

SMALLEST_SHORT_SIDE = 288
"""Pixels decoded at least, so that a 4:3 picture still fills a thumbnail of 384."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Contents(Protocol):
    """What is known of contents: the ``Catalog``, or what asks it from another machine."""

    def find_content(self, content_hash: bytes, space_ids: Sequence[int]) -> KnownContent | None:
        """What is known of a content, and whether it has a vector in every one of the spaces."""
        ...

    def searchable_among(self, hashes: Collection[bytes], space_id: int) -> set[bytes]:
        """Those of a few contents that have a vector in the space."""
        ...


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

    contents: Contents
    root: RootRecord
    source: Source
    space_ids: tuple[int, ...]
    short_side: int
    decoders: Decoders
    follow: bool = False

    def read(self, task: ToRead) -> ReadFile:
        """Read a file; whatever is wrong with it is in the result, not raised.

        Raises FileGone, DecoderError if there is no process to read it.
        """
        path = self.root.path / task.found.path
        if problem := raw_problem(path.name):
            return ReadFile(task, self.root, None, failure=problem)
        try:
            fetched = self.source.fetch(task.found)
            with self.decoders.borrowed() as decoder:
                if fetched is not None:
                    content = decoder.hold(fetched, path.name)
                else:
                    content = decoder.read(path, task.found.bytes, follow=self.follow)
                return self._decoded(task, content, decoder)
        except FileGone:
            raise
        except PictureError as error:
            return ReadFile(task, self.root, None, failure=str(error))

    def _decoded(self, task: ToRead, content: Content, decoder: Decoder) -> ReadFile:
        known = self.contents.find_content(content.hash, self.space_ids)
        if known and known.searchable:
            return ReadFile(task, self.root, ContentFacts(content.hash, content.bytes), known)
        try:
            picture = decoder.decode(self.short_side)
        except PictureError as error:
            facts = ContentFacts(content.hash, content.bytes, failure=str(error))
            return ReadFile(task, self.root, facts, known)
        facts = content_facts(content, picture)
        return ReadFile(task, self.root, facts, known, picture.image, picture.thumbnail)


def short_side(encoder: EncoderInfo) -> int:
    """Pixels that pictures are decoded to for an encoder, whether indexed or asked with."""
    return max(*encoder.image_size, SMALLEST_SHORT_SIDE)


def content_facts(content: Content, picture: Decoded) -> ContentFacts:
    exif = picture.exif
    return ContentFacts(
        hash=content.hash,
        bytes=content.bytes,
        width=picture.width,
        height=picture.height,
        format=picture.format,
        taken_at=exif.taken_at,
        camera=exif.camera,
        lens=exif.lens,
        latitude=exif.latitude,
        longitude=exif.longitude,
        perceptual_hash=picture.perceptual_hash,
    )


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
