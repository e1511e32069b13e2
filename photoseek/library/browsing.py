"""Looking through a library: by time, by what its photographs say of themselves, one by one."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from errors import QueryError
from photoseek.library.opened import OpenedLibrary
from search import Filter, parse
from search.query.forms import tree_of
from store import Photo, RootRecord, Store
from store.columns import NO_DAY, Columns
from store.filetypes import FILE_TYPES
from store.filters import (
    Camera,
    Condition,
    InFolder,
    InPlace,
    Lens,
    OfType,
    Oriented,
    Shape,
    Tagged,
    Taken,
)


@dataclass(frozen=True, slots=True)
class Facet:
    """``count`` photographs of one kind; ``filter`` is the piece of a query that keeps them."""

    value: str
    count: int
    filter: str


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """A photograph with the nearest town and its labels."""

    photo: Photo
    place: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A library's own name, 32 hex digits, and the number of its last change."""

    library: str
    change: int


class Browsing(OpenedLibrary):
    """A library without a question."""

    _columns: Columns | None = None
    _reading_columns = threading.Lock()

    def columns(self, query: str = "") -> Columns:
        """All photographs that meet the filters of a query's text, newest first, in columns.

        What the query looks for beside its filters counts for nothing. Raises QueryError for a
        mistake in it, NoLibrary before the first index run.
        """
        store = self._store
        tree = tree_of(parse(query).filters) if query.strip() else None
        ids = None if tree is None else store.catalog.matching(tree)
        return self._all_columns(store).among(ids)

    def facets(self, query: str = "") -> dict[str, list[Facet]]:
        """How many photographs there are of each kind, among those that meet a query's filters.

        By ``dates`` (months, newest first), ``cameras``, ``lenses``, ``types``, ``orientations``,
        ``places`` and ``tags``, the most first, and ``folders`` at every level, by name.
        """
        return self.facets_among(self.columns(query))

    def facets_among(self, found: Columns) -> dict[str, list[Facet]]:
        """As ``facets``, of photographs that were found already."""
        return {
            "dates": _months(found),
            "cameras": _facets(found.cameras.counts(), Camera),
            "lenses": _facets(found.lenses.counts(), Lens),
            "types": _facets(_types(found.formats.counts()), OfType),
            "orientations": [
                Facet(shape, count, str(Filter(Oriented(shape))))
                for shape, count in _shapes(found).items()
            ],
            "places": _facets(found.cities.counts(), InPlace),
            "tags": _facets(self._store.tags.tally(found.ids), Tagged),
            "folders": _facets(
                {"/".join(names): count for names, count in found.folder_counts().items()}, InFolder
            ),
        }

    def photo(self, content_id: int) -> PhotoFacts:
        """One photograph. Raises QueryError if there is none of that number."""
        photo = self._store.catalog.photos([content_id]).get(content_id)
        if photo is None:
            raise QueryError(f"id:{content_id}: no photograph of this number is here")
        place = self._store.catalog.place_of(content_id)
        tags = self._store.tags.of([content_id]).get(content_id, [])
        return PhotoFacts(photo, place, tuple(dict.fromkeys(tag.label for tag in tags)))

    def version(self) -> Version:
        """Which library this is, and in which state. Raises NoLibrary if there is none."""
        catalog = self._store.catalog
        return Version(catalog.library_id(), catalog.last_change())

    def folders(self) -> list[RootRecord]:
        """The folders that were given to ``index``. Raises NoLibrary if there is no library."""
        return self._store.catalog.roots()

    def originals(self, photo: Photo) -> list[tuple[Path, Path]]:
        """The files of a photograph, each after its root, those on drives that are there first."""
        roots = sorted(self._store.catalog.roots(), key=lambda root: root.offline)
        return [
            (root.path, path)
            for root in roots
            for path in photo.paths
            if path.is_relative_to(root.path)
        ]

    def photos(self, content_ids: Iterable[int]) -> dict[int, Photo]:
        """Photographs by their numbers; those that are not here are left out."""
        return self._store.catalog.photos(content_ids)

    def _all_columns(self, store: Store) -> Columns:
        with self._reading_columns:
            known = self._columns
            if known is None or known.change != store.catalog.last_change():
                known = self._columns = store.catalog.columns()
            return known


def _facets(counts: Mapping[str, int], condition: Callable[[str], Condition]) -> list[Facet]:
    return [Facet(value, n, str(Filter(condition(value)))) for value, n in counts.items()]


def _months(found: Columns) -> list[Facet]:
    days = found.days[found.days != NO_DAY]
    each = days.astype("datetime64[D]").astype("datetime64[M]")
    months, counts = np.unique(each, return_counts=True)
    facets = []
    for month, count in zip(months[::-1].tolist(), counts[::-1].tolist(), strict=True):
        last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        facets.append(Facet(f"{month:%Y-%m}", count, str(Filter(Taken(month, last)))))
    return facets


def _types(formats: Mapping[str, int]) -> dict[str, int]:
    """Formats as the decoder names them, counted as the types that people name."""
    counts = {kind.name: sum(formats.get(name, 0) for name in kind.formats) for kind in FILE_TYPES}
    return {name: counts[name] for name in sorted(counts, key=lambda n: -counts[n]) if counts[name]}


def _shapes(found: Columns) -> dict[Shape, int]:
    compared = np.sign(found.widths - found.heights)
    signs: dict[Shape, int] = {"landscape": 1, "portrait": -1, "square": 0}
    counts = {name: int(np.count_nonzero(compared == sign)) for name, sign in signs.items()}
    return {name: count for name, count in counts.items() if count}
