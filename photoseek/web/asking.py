"""A question as it comes over HTTP, and its answer: the grammar is the command line's, but a query
names pictures by number or sends them; it reads no file and fetches nothing."""

import time
from collections.abc import Sequence
from dataclasses import replace

from blake3 import blake3

from errors import PictureError, QueryError
from photoseek.library import Library
from photoseek.web import schemas, shapes
from photoseek.web.cursors import Cursor, digest
from photoseek.web.metrics import Metrics
from photoseek.web.uploads import Upload, as_files
from search import DEFAULT_LIMIT, Answer, Picture, Query


class Asking:
    """Answers questions of one library."""

    def __init__(self, library: Library, metrics: Metrics) -> None:
        self._library = library
        self._metrics = metrics

    def search(
        self, request: schemas.SearchRequest, uploads: Sequence[Upload] = ()
    ) -> schemas.Answer:
        """The page of an answer that a request wants. Raises Refused for a wrong cursor."""
        asked = self.query(request)
        settings = (request.model, request.sort, request.group, request.strictness)
        pictures = ((blake3(one.data).hexdigest(), one.weight) for one in uploads)
        question = digest(str(asked), settings, *pictures)
        with self._library.one_state():
            version = self._library.version()
            start = Cursor(version.library, version.change, 0, question)
            if request.cursor is not None:
                start = Cursor.read(request.cursor, version.library, question)
            found = self._answer(asked, uploads, start, request)
        return shapes.answer(
            found,
            asked,
            [(upload.name, upload.weight < 0) for upload in uploads],
            _next(asked, found, start, request.limit),
        )

    def query(self, request: schemas.SearchRequest) -> Query:
        """What the text asks. Raises QueryError for mistakes, and for pictures that it names."""
        if not request.q.strip():
            return Query(everything=True)
        query = self._library.question(request.q, everything=True)
        for part in query.parts:
            if isinstance(part, Picture) and not isinstance(part.source, int):
                raise QueryError(
                    "pictures by path or address are for the command line; send the picture "
                    "itself, or name one of the library with id:"
                )
        return query

    def _answer(
        self, asked: Query, uploads: Sequence[Upload], start: Cursor, request: schemas.SearchRequest
    ) -> Answer:
        with as_files(uploads) as paths:
            pictures = [
                Picture(path, upload.weight) for path, upload in zip(paths, uploads, strict=True)
            ]
            query = replace(
                _set(asked, request),
                parts=(*asked.parts, *pictures),
                limit=_page(asked, start, request.limit),
                offset=asked.offset + start.offset,
            )
            begun = time.monotonic()
            try:
                found = self._library.ask(query, request.model, as_of=start.change)
            except PictureError as error:
                raise _named(error, paths, uploads) from error
        self._metrics.note_steps({**found.steps, "all": time.monotonic() - begun})
        return found


def _set(asked: Query, request: schemas.SearchRequest) -> Query:
    """With the request's settings, where the text has none of its own."""
    usual = Query(everything=True)
    given = {name: getattr(request, name) for name in ("sort", "group", "strictness")}
    wanted = {
        name: value
        for name, value in given.items()
        if value is not None and getattr(asked, name) == getattr(usual, name)
    }
    return replace(asked, **wanted)


def _page(asked: Query, start: Cursor, limit: int) -> int:
    """How many hits this page has at most; a ``limit:`` in the text is of all pages together."""
    return limit if not _is_limited(asked) else max(1, min(limit, asked.limit - start.offset))


def _is_limited(asked: Query) -> bool:
    return asked.limit != DEFAULT_LIMIT


def _next(asked: Query, found: Answer, start: Cursor, limit: int) -> str | None:
    seen = start.offset + len(found)
    ended = len(found) < limit or (_is_limited(asked) and seen >= asked.limit)
    return None if ended else str(replace(start, offset=seen))


def _named(error: PictureError, paths: Sequence[object], uploads: Sequence[Upload]) -> PictureError:
    """The error with the pictures' own names."""
    text = str(error)
    for path, upload in zip(paths, uploads, strict=True):
        text = text.replace(str(path), upload.name)
    return PictureError(text)
