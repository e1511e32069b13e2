"""How clusters look."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.library.clustering import NamedCluster


def clusters_fields(clusters: "list[NamedCluster]") -> dict[str, Any]:
    return {
        "clusters": [
            {
                "name": cluster.names[0] if cluster.names else None,
                "names": cluster.names,
                "photos": len(cluster.ids),
                "examples": [str(photo.paths[0]) for photo in cluster.examples],
                "ids": cluster.ids,
            }
            for cluster in clusters
        ]
    }


def clusters_for_people(clusters: "list[NamedCluster]") -> Iterator[str]:
    for cluster in clusters:
        first, *others = cluster.names or ("(no words: the model is image-only)",)
        yield f"{len(cluster.ids):>7,}  {first}" + (f"  ({', '.join(others)})" if others else "")
        for photo in cluster.examples:
            yield f"           {printable(photo.paths[0])}"
