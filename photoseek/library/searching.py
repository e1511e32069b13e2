"""Asking a library."""

import os
from collections.abc import Iterable
from pathlib import Path

from encoder import Encoder
from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, absolute
from search import DEFAULT_LIMIT, Answer, Example, OpenExample, Query, Searcher


class Searching(OpenedLibrary):
    """Questions by words and by pictures."""

    def search(
        self,
        texts: str | Iterable[str] = (),
        *,
        images: PathLike | Iterable[PathLike] = (),
        limit: int = DEFAULT_LIMIT,
        model: str | None = None,
    ) -> Answer:
        """Photographs nearest to words, to example pictures, or to several of either, best first.

        ``model`` asks another model than the one in use, if it was indexed with. Raises
        QueryError, PathError or PictureError for what cannot be asked, NoLibrary before the first
        index run.
        """
        words = (texts,) if isinstance(texts, str) else tuple(texts)
        examples = (images,) if isinstance(images, str | os.PathLike) else tuple(images)
        return self.ask(Query(words, tuple(absolute(path) for path in examples), limit), model)

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
            return Searcher(self._store, encoder, _opener(encoder)).search(query, space)


def _opener(encoder: Encoder) -> OpenExample:
    def open_it(path: Path) -> Example:
        from photoseek.examples import open_example  # brings every picture decoder

        return open_example(path, encoder.info)

    return open_it
