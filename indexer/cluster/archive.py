"""What is known already, told to workers by an actor that runs where the catalog is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, cast

import ray

from indexer.cluster.nodes import place_on
from store import KnownContent, Place, Store


class Archive:
    """Answers from the catalog, which nobody else on the cluster can reach."""

    def __init__(self, library: Place) -> None:
        self._catalog = Store.open(library).catalog

    def find_content(self, content_hash: bytes, space_ids: Sequence[int]) -> KnownContent | None:
        return self._catalog.find_content(content_hash, space_ids)

    def searchable_among(self, hashes: Collection[bytes], space_id: int) -> set[bytes]:
        return self._catalog.searchable_among(hashes, space_id)


@dataclass(frozen=True, slots=True)
class AskedContents:
    """An archive as a worker asks it: an actor's handle, which can be sent."""

    archive: Any

    def find_content(self, content_hash: bytes, space_ids: Sequence[int]) -> KnownContent | None:
        found = ray.get(self.archive.find_content.remote(content_hash, space_ids))
        return cast("KnownContent | None", found)

    def searchable_among(self, hashes: Collection[bytes], space_id: int) -> set[bytes]:
        found = ray.get(self.archive.searchable_among.remote(list(hashes), space_id))
        return cast("set[bytes]", found)


def open_archive(library: Place) -> AskedContents:
    """Have it run on this machine. It only reads, so it may be started and asked again."""
    here = ray.get_runtime_context().get_node_id()
    options = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1, "max_concurrency": 8}
    actor = ray.remote(Archive).options(**options, **place_on(here)).remote(library)
    return AskedContents(actor)
