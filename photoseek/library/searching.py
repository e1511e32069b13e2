"""Asking a library."""

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from encoder import Encoder
from errors import NoLibrary, QueryError
from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, absolute, located
from photoseek.library.photos import known_photos
from search import (
    Answer,
    Example,
    OpenExample,
    Picture,
    Query,
    Searcher,
    Url,
    Words,
    parse,
    understand,
)
from search.saved import expand
from store import ObjectPath, SpaceRecord


class Searching(OpenedLibrary):
    """Questions by words and by pictures."""

    def one_state(self) -> AbstractContextManager[None]:
        """Inside it, everything this thread asks here is of one committed state.

        Raises NoLibrary if there is no library.
        """
        return self._store.one_state()

    def search(
        self,
        query: str | Iterable[str] = (),
        *,
        images: PathLike | Iterable[PathLike] = (),
        model: str | None = None,
        allow_url: bool = False,
        **settings: Any,
    ) -> Answer:
        """Photographs nearest to a query, best first.

        A string is a query's text (docs/query.md): ``"beach in:Trips -people"``; several are
        phrases, taken as they stand. ``images`` are looked for beside them. ``settings`` are
        fields of ``Query`` such as ``limit``, ``only`` or ``strictness``. ``model`` asks another
        model than the one in use, if it was indexed with.

        Raises QueryError, PathError or PictureError for what cannot be asked, NoLibrary before
        the first index run.
        """
        question = self.question(query, images=images, **settings)
        return self.ask(question, model, allow_url=allow_url)

    def similar(self, *images: PathLike, model: str | None = None, **settings: Any) -> Answer:
        """Photographs that look like the given ones, which need not be in the library."""
        return self.search(images=images, model=model, **settings)

    def question(
        self,
        query: str | Iterable[str] = (),
        *,
        images: PathLike | Iterable[PathLike] = (),
        **settings: Any,
    ) -> Query:
        """What ``search`` asks, as a value. Raises QueryError for a mistake in it."""
        paths = (images,) if isinstance(images, str | os.PathLike) else tuple(images)
        pictures = tuple(Picture(self._source(path)) for path in paths)
        if not isinstance(query, str):
            words = tuple(Words(text, literal=True) for text in query)
            return Query((*words, *pictures), **settings)
        if not query and pictures:
            return Query(pictures, **settings)
        read = parse(self._expanded(query), **settings)
        return understand(replace(read, parts=(*read.parts, *pictures)), self._cameras(read))

    def _source(self, path: PathLike) -> Path | int:
        """Where a picture is; of one in object storage, its number: it is asked by its vector."""
        where = located(path)
        return known_photos(self._store, [where])[0] if isinstance(where, ObjectPath) else where

    def _cameras(self, query: Query) -> Sequence[str]:
        """The names of the library's cameras, if the query could hold one: they have digits."""
        if not any(letter.isdigit() for text in query.texts for letter in text):
            return []
        try:
            return self._store.catalog.cameras()
        except NoLibrary:
            return []

    def _expanded(self, text: str) -> str:
        """A query's text with the saved search that it may begin with, ``@name``, in full."""
        return expand(text, self._store.saved) if text.startswith("@") else text

    def ask(
        self,
        query: Query,
        model: str | None = None,
        *,
        allow_url: bool = False,
        as_of: int | None = None,
    ) -> Answer:
        """Answer a query object, from one committed state whatever is written meanwhile.

        Only with ``allow_url`` is a picture of the web fetched. ``as_of`` a change number,
        photographs that came later are left out.
        """
        with self._store.one_state():
            space = self._space(model)
            encoder = self._encoders.of(space)
            open_example = opener(encoder, allow_url=allow_url)
            answer = Searcher(self._store, encoder, open_example).search(query, space, as_of)
            return self._with_coverage(answer, space)

    def _with_coverage(self, answer: Answer, space: SpaceRecord) -> Answer:
        """The answer with a note of what it could not consider, if there is such."""
        count = self._store.catalog.unsearchable(space.id)
        if not count:
            return answer
        notes = (*answer.notes, coverage_note(count))
        return replace(answer, notes=notes, unsearchable=count)


def coverage_note(count: int) -> str:
    """What an answer could not consider, for a person at a command line."""
    photos = "photo" if count == 1 else "photos"
    return f"{count:,} {photos} not searchable: photoseek status --failed"


def opener(encoder: Encoder, *, allow_url: bool) -> OpenExample:
    def open_it(source: Path | Url) -> Example:
        from photoseek.examples import fetch_example, open_example  # brings every decoder

        if isinstance(source, Url):
            if not allow_url:
                raise QueryError(f"{source}: is on the web; allow it with --allow-url")
            return fetch_example(source.address, encoder.info)
        return open_example(absolute(source), encoder.info)

    return open_it
