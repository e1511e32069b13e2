"""Groups of photographs that look alike."""

from dataclasses import dataclass

from photoseek.library.opened import OpenedLibrary
from search.clusters import embed_vocabulary, find_clusters
from search.collection import collect
from store import Photo

EXAMPLES = 4


@dataclass(frozen=True, slots=True)
class NamedCluster:
    """``examples`` are its most typical photographs; ``ids``, all of them, the most typical first.

    ``names`` are words for it, the most telling first; none for a model without words.
    """

    names: tuple[str, ...]
    ids: tuple[int, ...]
    examples: tuple[Photo, ...]


class Clustering(OpenedLibrary):
    """Clusters of a library."""

    def clusters(
        self, count: int | None = None, *, model: str | None = None, examples: int = EXAMPLES
    ) -> list[NamedCluster]:
        """Groups of photographs that look alike, the largest first; ``count`` None chooses.

        Raises UsageError for a number that makes no sense, or an empty library.
        """
        space = self._space(model)
        collection = collect(self._store, space)
        info = self._encoders.of(space).info
        words = None
        if "text" in info.modalities:
            words = embed_vocabulary(self._encoders.of(space))
        found = find_clusters(collection, count, words)
        shown = [key for cluster in found for key in cluster.ids[:examples]]
        photos = self._store.catalog.photos(shown)
        return [
            NamedCluster(
                cluster.names,
                cluster.ids,
                tuple(photos[key] for key in cluster.ids[:examples] if key in photos),
            )
            for cluster in found
        ]
