"""The map of a library."""

from dataclasses import dataclass

import numpy as np

from encoder import Encoder
from errors import UsageError
from photoseek.library.paths import PathLike, absolute
from photoseek.library.showing import Showing
from photoseek.placing import new_file, write_new
from search.clusters import embed_vocabulary, find_clusters
from search.collection import Collection, collect
from search.layout import Points, lay_out

MOST_PHOTOS = 20_000
_LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class MapReport:
    """``photos`` of ``total`` were drawn, laid out by ``method``; ``bytes`` is the file's size."""

    photos: int
    total: int
    method: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Place:
    """A name on the map, at x and y from 0 to 1, with how many photographs it stands for."""

    name: str
    x: float
    y: float
    photos: int


@dataclass(frozen=True, slots=True)
class MapLayout:
    """``ids`` of ``total`` photographs at ``points``, float32 (n, 2) from 0 to 1, laid out by
    ``method``, with names of ``places`` on the plane."""

    ids: tuple[int, ...]
    points: Points
    places: tuple[Place, ...]
    method: str
    total: int


class Mapping(Showing):
    """Photographs on a plane."""

    def map(self, out: PathLike, *, most: int = MOST_PHOTOS, model: str | None = None) -> MapReport:
        """Write a page that shows the library as a map; of more than ``most``, a sample.

        Raises PathError if the file exists or cannot be written, UsageError for an empty library.
        """
        from photoseek.mapping import MapData, map_page  # brings Pillow

        path = new_file(absolute(out))
        plane = self.layout(most=most, model=model)
        known = self._store.catalog.photos(plane.ids)
        photos = [known[key] for key in plane.ids]
        page = map_page(
            MapData(
                title=f"{len(plane.ids):,} photographs",
                photos=photos,
                thumbnails=map(self.thumbnail_of, photos),
                points=plane.points,
                places=plane.places,
            )
        )
        data = page.encode()
        write_new(path, data)
        return MapReport(len(plane.ids), plane.total, plane.method, len(data))

    def layout(self, *, most: int = MOST_PHOTOS, model: str | None = None) -> MapLayout:
        """The library as a map, alike near alike; of more than ``most`` photographs, a sample.

        Raises UsageError for an empty library, or a number that makes no sense.
        """
        if not 1 <= most <= _LARGEST:
            raise UsageError(f"{most} photographs: give a number from 1 to {_LARGEST:,}")
        space = self._space(model)
        everything = collect(self._store, space)
        shown = self._on_the_map(everything, most)
        layout = lay_out(shown.vectors.astype(np.float32))
        return MapLayout(
            ids=tuple(shown.ids.tolist()),
            points=layout.points,
            places=_places(self._encoders.of(space), shown, layout.points),
            method=layout.method,
            total=len(everything),
        )

    def _on_the_map(self, everything: Collection, most: int) -> Collection:
        """At most so many, evenly spread, that still have a path."""
        count = len(everything)
        rows = np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64))
        known = self._store.catalog.photos(everything.ids[rows].tolist())
        rows = rows[[key in known for key in everything.ids[rows].tolist()]]
        return Collection(everything.ids[rows], everything.vectors[rows])


def _places(encoder: Encoder, shown: Collection, points: Points) -> tuple[Place, ...]:
    """Names of the clusters where their photographs lie."""
    if "text" not in encoder.info.modalities:
        return ()
    places = []
    for cluster in find_clusters(shown, None, embed_vocabulary(encoder)):
        x, y = np.median(points[shown.rows(np.array(cluster.ids))], axis=0).tolist()
        places.append(Place(cluster.name, x, y, len(cluster.ids)))
    return tuple(places)
