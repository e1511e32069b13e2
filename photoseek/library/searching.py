"""Asking a library."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from encoder import Encoder
from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, absolute
from search import DEFAULT_LIMIT, DEFAULT_STRICTNESS, Answer, Example, OpenExample, Query, Searcher
from store import SpaceRecord


class Searching(OpenedLibrary):
    """Questions by words and by pictures."""

    def search(
        self,
        texts: str | Iterable[str] = (),
        *,
        images: PathLike | Iterable[PathLike] = (),
        limit: int = DEFAULT_LIMIT,
        model: str | None = None,
        strictness: float = DEFAULT_STRICTNESS,
    ) -> Answer:
        """Photographs nearest to words, to example pictures, or to several of either, best first.

        ``model`` asks another model than the one in use, if it was indexed with; ``strictness``,
        0 to 100, says how sure a match must be. Raises QueryError, PathError or PictureError for
        what cannot be asked, NoLibrary before the first index run.
        """
        words = (texts,) if isinstance(texts, str) else tuple(texts)
        examples = (images,) if isinstance(images, str | os.PathLike) else tuple(images)
        paths = tuple(absolute(path) for path in examples)
        return self.ask(Query(words, paths, limit, strictness), model)

    def similar(
        self, *images: PathLike, limit: int = DEFAULT_LIMIT, model: str | None = None
    ) -> Answer:
        """Photographs that look like the given ones, which need not be in the library."""
        return self.search(images=images, limit=limit, model=model)

    def ask(self, query: Query, model: str | None = None) -> Answer:
        """Answer a query object, from one committed state whatever is written meanwhile."""
        with self._store.one_state():
            space = self._space(model)
            encoder = self._encoders.get(space.model)
            answer = Searcher(self._store, encoder, _opener(encoder)).search(query, space)
            return self._with_coverage(answer, space)

    def _with_coverage(self, answer: Answer, space: SpaceRecord) -> Answer:
        """The answer with a note of what it could not consider, if there is such."""
        count = self._store.catalog.unsearchable(space.id)
        if not count:
            return answer
        photos = "photo" if count == 1 else "photos"
        note = f"{count:,} {photos} not searchable: photoseek status --failed"
        return replace(answer, notes=(*answer.notes, note))


def _opener(encoder: Encoder) -> OpenExample:
    def open_it(path: Path) -> Example:
        from photoseek.examples import open_example  # brings every picture decoder

        return open_example(path, encoder.info)

    return open_it
