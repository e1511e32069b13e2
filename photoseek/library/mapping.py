"""The map of a library."""

from collections.abc import Sequence
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


class Mapping(Showing):
    """Photographs on a plane."""

    def map(self, out: PathLike, *, most: int = MOST_PHOTOS, model: str | None = None) -> MapReport:
        """Write a page that shows the library as a map; of more than ``most``, a sample.

        Raises PathError if the file exists or cannot be written, UsageError for an empty library.
        """
        from photoseek.mapping import MapData, Place, map_page  # brings Pillow

        path = new_file(absolute(out))
        if not 1 <= most <= _LARGEST:
            raise UsageError(f"{most} photographs: give a number from 1 to {_LARGEST:,}")
        space = self._space(model)
        everything = collect(self._store, space)
        shown = self._on_the_map(everything, most)
        layout = lay_out(shown.vectors.astype(np.float32))
        known = self._store.catalog.photos(shown.ids.tolist())
        photos = [known[key] for key in shown.ids.tolist()]
        page = map_page(
            MapData(
                title=f"{len(shown):,} photographs",
                photos=photos,
                thumbnails=map(self._thumbnail_of, photos),
                points=layout.points,
                places=[
                    Place(*place)
                    for place in _places(self._encoders.of(space), shown, layout.points)
                ],
            )
        )
        data = page.encode()
        write_new(path, data)
        return MapReport(len(shown), len(everything), layout.method, len(data))

    def _on_the_map(self, everything: Collection, most: int) -> Collection:
        """At most so many, evenly spread, that still have a path."""
        count = len(everything)
        rows = np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64))
        known = self._store.catalog.photos(everything.ids[rows].tolist())
        rows = rows[[key in known for key in everything.ids[rows].tolist()]]
        return Collection(everything.ids[rows], everything.vectors[rows])


def _places(
    encoder: Encoder, shown: Collection, points: Points
) -> Sequence[tuple[str, float, float, int]]:
    """Names of the clusters where their photographs lie."""
    if "text" not in encoder.info.modalities:
        return []
    places = []
    for cluster in find_clusters(shown, None, embed_vocabulary(encoder)):
        x, y = np.median(points[shown.rows(np.array(cluster.ids))], axis=0).tolist()
        places.append((cluster.name, x, y, len(cluster.ids)))
    return places
