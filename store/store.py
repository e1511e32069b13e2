"""One library folder, opened: the truth, its caches, and the right to write."""

import logging
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from errors import LibraryLocked, StorageError
from store.addresses import Place
from store.building import build, is_outgrown, renewed, retuned
from store.calibrations import Calibrations
from store.catalog import Catalog
from store.database import newest_state, one_state
from store.homes import Home, home_of
from store.merge import Merged, merge
from store.records import SpaceRecord, VectorChanges
from store.replay import most_replayed, worth_a_rebuild
from store.saved import SavedSearches
from store.snapshots import SnapshotRejected, Snapshots
from store.tags import Tags
from store.thumbnails import Thumbnails
from store.vector_index import VectorIndex, Vectors
from store.vectors import FaissIndex
from store.writer import CatalogWriter

if TYPE_CHECKING:
    from store.milvus import MilvusCaches

log = logging.getLogger(__name__)

WAIT_FOR_READERS = 3.0
"""Seconds; a search that mends the cache holds the lock for a moment."""


class Store:
    """Everything a library remembers. Use ``Store.open`` or ``Store.create``.

    ``milvus`` are the vector caches of a library that keeps them there and not in its folder.
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
        self._indexes: dict[int, FaissIndex] = {}
        self._catching_up = threading.Lock()
        self._writer_thread: int | None = None
        history = home.history(self.catalog.library_id())
        self._snapshots = Snapshots(home.folder.vectors, history)
        self.milvus = _on_milvus(vectors, engine, home, history) if vectors else None
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
        self._indexes.clear()
        if self.milvus is not None:
            self.milvus.close()
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
        with self.home.lock(wait=WAIT_FOR_READERS, sharing=sharing) as claims:
            # Numbers about to be given again must not be taken for those of a snapshot that
            # a restored backup, or a power cut, has left ahead of its catalog.
            with self.home.saving(is_writer=True):
                self._snapshots.drop_newer_than(self.catalog.last_change())
            self._writer_thread = threading.get_ident()
            writer = CatalogWriter(self._engine, claims)
            try:
                yield writer
                writer.note_coverage()
            finally:
                self._writer_thread = None

    def one_state(self) -> AbstractContextManager[None]:
        """Inside it, everything this thread reads here is of one committed state."""
        return one_state(self._engine)

    def vectors(self, space: SpaceRecord) -> VectorIndex:
        """The space's index, caught up with the catalog. Raises EngineError of one on Milvus."""
        if self.milvus is not None:
            return self.milvus.index(space)
        with self._catching_up:
            return self._caught_up(space)

    def snapshot(self, space: SpaceRecord) -> FaissIndex | None:
        """What the disk holds of a space, caught up with the catalog; None if nothing.

        Raises SnapshotRejected for what no search would use.
        """
        index = self._loaded(space, self.catalog.last_change, every_byte=True)
        if index is None or not self.catalog.replays_from(index.change):
            return None
        for piece in self.catalog.changes(space.id, index.change):
            index.apply(piece)
        return index

    def lists(self, space: SpaceRecord) -> str | None:
        """How the snapshot of a space sorts its vectors, in words; None where all are compared."""
        with suppress(SnapshotRejected):
            info = self._snapshots.describe(space.fingerprint)
            if info is not None and info.lists:
                return str(info.effort)
        return None

    def save_snapshot(self, space: SpaceRecord) -> None:
        """Write a new snapshot if the present one leaves much to replay, or if the library has
        outgrown its kind. The writer calls this."""
        if self.milvus is not None:
            self.milvus.save(space)
            return
        try:
            info = self._snapshots.describe(space.fingerprint)
        except SnapshotRejected:
            info = None
        count, change = (info.count, info.change) if info else (0, 0)
        is_due = self.catalog.count_changes(space.id, change) > most_replayed(count)
        if not is_due and not (info and info.is_outgrown):
            return
        self.home.take_stock()
        with self._catching_up:
            if info is None:
                self._rebuilt(space)
                return
            index = self._caught_up(space)
            if index.tail_count or is_outgrown(index):
                self._kept(space, renewed(index, self._reader(space), self._texts(space)))

    def tune(self, space: SpaceRecord, texts: Vectors) -> None:
        """Tune the search of a space with such questions, float32 (n, d), now and whenever its
        vectors are sorted anew. The writer calls this."""
        if self.milvus is not None:
            return
        with self._catching_up:
            index = self._indexes[space.id] = retuned(self._caught_up(space), texts)
            self._noted(lambda: self._snapshots.note_tuning(space.fingerprint, index, texts))

    def rebuild(self, space: SpaceRecord) -> None:
        """Write a space's snapshot anew from the catalog. The writer calls this."""
        if self.milvus is not None:
            self.milvus.rebuild(space)
            return
        with self._catching_up:
            self._snapshots.remove(space.fingerprint)
            self._rebuilt(space)

    def merge(self, theirs: Path, *, dry_run: bool = False) -> Merged:
        """Join a catalog file, as ``store.backup.prepared`` gives it. The writer calls this."""
        return merge(self._engine, theirs, dry_run=dry_run)

    def why_stale(self, space: SpaceRecord) -> str | None:
        """Why the space's cache on the disk has to be mended before it is used; None if it hasn't.

        Checks every byte of it.
        """
        if self.milvus is not None:
            return self.milvus.why_stale(space)
        try:
            index = self._loaded(space, self.catalog.last_change, every_byte=True)
        except SnapshotRejected as reason:
            return f"the vector cache {reason}"
        behind = self.catalog.count_changes(space.id, index.change if index else 0)
        if index is not None and not self.catalog.replays_from(index.change):
            return "the vector cache holds pictures that were forgotten"
        is_due = behind > most_replayed(index.count if index else 0)
        return f"the vector cache is {behind:,} changes behind" if is_due else None

    def drop_caches(self, spaces: Iterable[SpaceRecord]) -> None:
        """Delete the vector caches of spaces that are no more."""
        for space in spaces:
            self._indexes.pop(space.id, None)
            self._snapshots.forget(space.fingerprint)
            if self.milvus is not None:
                self.milvus.drop(space)

    def _caught_up(self, space: SpaceRecord) -> FaissIndex:
        index = self._indexes.get(space.id)
        if index is not None and index.change == self.catalog.last_change():
            return index
        if index is None or not self.catalog.replays_from(index.change):
            index = self._open_index(space)
        if self.catalog.count_changes(space.id, index.change) > worth_a_rebuild(index.base_count):
            index = self._rebuilt(space)  # a run was killed before its snapshot
        if index.change != self.catalog.last_change():
            since, index = index.change, index.copy()  # other threads may be searching it
            for piece in self.catalog.changes(space.id, since):
                index.apply(piece)
        self._indexes[space.id] = index
        return index

    def _open_index(self, space: SpaceRecord) -> FaissIndex:
        try:
            index = self._loaded(space, self._newest_change)
        except SnapshotRejected as reason:
            log.warning("the vector cache %s; rebuilt from the catalog", reason)
            return self._rebuilt(space)
        if index is not None and index.change > self.catalog.last_change():
            # of a state committed after the one this thread looks at
            return FaissIndex.build(space.dimension, self.catalog.changes(space.id, 0))
        if index is not None and not self.catalog.replays_from(index.change):
            return self._rebuilt(space)  # pictures it holds were forgotten for good
        return index or self._first(space)

    def _first(self, space: SpaceRecord) -> FaissIndex:
        """An index where there is no snapshot: it was deleted, or a first run is not done yet."""
        if not self.catalog.count_changes(space.id, 0):
            return FaissIndex(space.dimension)
        index = self._rebuilt(space)
        if self.home.is_a_folder and self._snapshots.describe(space.fingerprint) is not None:
            log.warning("there was no vector cache; rebuilt from the catalog")
        return index

    def _loaded(
        self, space: SpaceRecord, newest: Callable[[], int], *, every_byte: bool = False
    ) -> FaissIndex | None:
        """The snapshot as it is on the disk; see ``Snapshots.load``."""
        return self._snapshots.load(
            space.fingerprint, space.dimension, newest=newest, every_byte=every_byte
        )

    def _newest_change(self) -> int:
        with newest_state():
            return self.catalog.last_change()

    def _rebuilt(self, space: SpaceRecord) -> FaissIndex:
        """Build the index from the catalog; save it if that is ours to do or nobody writes.

        A search that finds no cache does not stop to sort a million vectors into lists.
        """
        read, count = self._reader(space), self.catalog.count_vectors(space.id)
        if self._writer_thread == threading.get_ident():
            return self._kept(space, build(space.dimension, read, count, self._texts(space)))
        return self._kept(space, FaissIndex.build(space.dimension, read()))

    def _kept(self, space: SpaceRecord, index: FaissIndex) -> FaissIndex:
        self._indexes[space.id] = index
        is_writer = self._writer_thread == threading.get_ident()
        with suppress(LibraryLocked, StorageError), self.home.saving(is_writer=is_writer):
            self._noted(lambda: self._snapshots.save(space.fingerprint, index))
        return index

    def _texts(self, space: SpaceRecord) -> Vectors | None:
        return self._snapshots.texts(space.fingerprint, space.dimension)

    def _reader(self, space: SpaceRecord) -> Callable[[], Iterable[VectorChanges]]:
        return lambda: self.catalog.changes(space.id, 0)

    def _noted(self, write: Callable[[], None]) -> None:
        try:
            write()
        except (OSError, RuntimeError, SnapshotRejected) as error:
            log.warning("%s: no cache written (%s); searches start slower", self.folder.path, error)


def _on_milvus(vectors: str, engine: Engine, home: Home, history: str) -> "MilvusCaches":
    from store.milvus import MilvusCaches, address_of

    return MilvusCaches(address_of(vectors), engine, home.folder, history)
