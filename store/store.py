"""One library folder, opened: the truth, its caches, and the right to write."""

import weakref
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from store.addresses import Place
from store.calibrations import Calibrations
from store.catalog import Catalog
from store.database import one_state
from store.faiss_caches import FaissCaches
from store.homes import Home, home_of
from store.merge import Merged, merge
from store.records import SpaceRecord
from store.saved import SavedSearches
from store.tags import Tags
from store.thumbnails import Thumbnails
from store.vector_index import VectorIndex
from store.writer import CatalogWriter

if TYPE_CHECKING:
    from store.caches import VectorCaches

WAIT_FOR_READERS = 3.0
"""Seconds; a search that mends the cache holds the lock for a moment."""


class Store:
    """Everything a library remembers. Use ``Store.open`` or ``Store.create``.

    ``caches`` are where its vectors are searched: in its folder, or on a Milvus.
    """

    def __init__(self, home: Home, vectors: str | None = None, *, create: bool = False) -> None:
        engine = home.open(create=create)
        self.home = home
        self.folder = home.folder
        self.catalog = Catalog(engine)
        self.calibrations = Calibrations(engine)
        self.saved = SavedSearches(engine)
        self.tags = Tags(engine)
        self.thumbnails = Thumbnails(home.folder.thumbnails)
        self._engine = engine
        # A server counts the connections that nobody uses any more.
        weakref.finalize(self, engine.dispose).atexit = False
        history = home.history(self.catalog.library_id())
        self._local = FaissCaches(self.catalog, home, history)
        on_milvus = _on_milvus(vectors, engine, home, history) if vectors else None
        self.caches: VectorCaches = on_milvus or self._local
        self._identity = home.identity()

    @classmethod
    def open(cls, place: Place, vectors: str | None = None) -> "Store":
        """Open an existing library, read-only where its folder or its user is.

        ``vectors`` says on which Milvus they are kept (``store.milvus.address``). Raises NoLibrary,
        NotALibrary, LibraryTooNew, LibraryDamaged, EngineUnreachable or StorageError.
        """
        return cls(home_of(place), vectors)

    @classmethod
    def create(cls, place: Place, vectors: str | None = None) -> "Store":
        """Open a library, making it first if there is none."""
        return cls(home_of(place), vectors, create=True)

    def close(self) -> None:
        for caches in (self.caches, self._local):
            caches.close()
        self._engine.dispose()

    def is_at_home(self) -> bool:
        """Whether the catalog that was opened is still the one in the library's place."""
        return self._identity == self.home.identity()

    def bytes(self) -> int:
        """Size on the disk of the catalog and the vector caches, without thumbnails."""
        caches = self.folder.vectors.glob("*")
        return self.home.bytes() + sum(file.stat().st_size for file in caches if file.exists())

    @contextmanager
    def writer(self, *, sharing: bool = False) -> Iterator[CatalogWriter]:
        """Be the one writer for a while. Raises LibraryLocked, or StorageError if read-only.

        With ``sharing``, others may write too where the engine can keep them apart; the writer
        then keeps to the roots that it has claimed.
        """
        with (
            self.home.lock(wait=WAIT_FOR_READERS, sharing=sharing) as claims,
            self._local.writing(),
        ):
            writer = CatalogWriter(self._engine, claims)
            yield writer
            writer.note_coverage()

    def one_state(self) -> AbstractContextManager[None]:
        """Inside it, everything this thread reads here is of one committed state."""
        return one_state(self._engine)

    def vectors(self, space: SpaceRecord) -> VectorIndex:
        """The space's index, caught up with the catalog. Raises EngineError of one on Milvus."""
        return self.caches.index(space)

    def merge(self, theirs: Path, *, dry_run: bool = False) -> Merged:
        """Join a catalog file, as ``store.backup.prepared`` gives it. The writer calls this."""
        return merge(self._engine, theirs, dry_run=dry_run)

    def drop_caches(self, spaces: Iterable[SpaceRecord]) -> None:
        """Delete the vector caches of spaces that are no more, in the folder and elsewhere."""
        for space in spaces:
            for caches in {self.caches, self._local}:
                caches.drop(space)


def _on_milvus(vectors: str, engine: Engine, home: Home, history: str) -> "VectorCaches":
    from store.milvus import MilvusCaches, address_of

    return MilvusCaches(address_of(vectors), engine, home.folder, history)
