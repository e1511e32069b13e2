"""Where a library's vectors are kept to be searched: for each space, a cache of its catalog."""

from collections.abc import Callable, Iterator
from typing import Protocol

from store.records import SpaceRecord
from store.vector_index import VectorIndex, Vectors


class VectorCaches(Protocol):
    """The indexes of one library's spaces, in its folder (``store.faiss_caches``) or on a server
    (``store.milvus``). Safe to use from several threads."""

    def index(self, space: SpaceRecord) -> VectorIndex:
        """The space's index, caught up with the catalog. Raises EngineError of one on a server."""
        ...

    def save(self, space: SpaceRecord) -> None:
        """Keep what the next process should not have to catch up with, in the kind of index that
        suits the number of vectors. The writer calls this, and the next two."""
        ...

    def tune(self, space: SpaceRecord, texts: Callable[[], Vectors]) -> None:
        """Tune the search of a space with such questions, float32 (n, d), if it can be, now and
        whenever its vectors are sorted anew."""
        ...

    def rebuild(self, space: SpaceRecord) -> None:
        """Make it anew from the catalog."""
        ...

    def why_stale(self, space: SpaceRecord) -> str | None:
        """Why it has to be mended before it is used; None if it hasn't."""
        ...

    def differences(self, space: SpaceRecord) -> Iterator[str]:
        """What is wrong with it, every vector compared with the catalog. Nothing is changed."""
        ...

    def described(self, space: SpaceRecord) -> str | None:
        """How the vectors are kept, for a person; None where all are simply compared."""
        ...

    def drop(self, space: SpaceRecord) -> None:
        """Delete that of a space that is no more."""
        ...

    def close(self) -> None: ...
