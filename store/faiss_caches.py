"""The vectors of a library in its folder: FAISS indexes, opened, caught up, saved, made again."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import numpy as np

from errors import LibraryLocked, StorageError
from store.building import build, is_outgrown, renewed, retuned
from store.catalog import Catalog
from store.database import newest_state
from store.homes import Home
from store.inverted import InvertedBase
from store.records import SpaceRecord, VectorChanges
from store.replay import most_replayed, worth_a_rebuild
from store.snapshot_info import SnapshotRejected
from store.snapshots import Snapshots
from store.vector_index import Vectors
from store.vectors import FaissIndex

log = logging.getLogger(__name__)


class FaissCaches:
    """Every space's index, in memory and as a snapshot in the library's folder.

    ``history`` names the row of states that change numbers count.
    """

    def __init__(self, catalog: Catalog, home: Home, history: str) -> None:
        self._catalog = catalog
        self._home = home
        self._snapshots = Snapshots(home.folder.vectors, history)
        self._indexes: dict[int, FaissIndex] = {}
        self._catching_up = threading.Lock()
        self._writer_thread: int | None = None

    def close(self) -> None:
        self._indexes.clear()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What the thread inside it makes is saved.

        Numbers about to be given again must not be taken for those of a snapshot that a restored
        backup, or a power cut, has left ahead of its catalog.
        """
        with self._home.saving(is_writer=True):
            self._snapshots.drop_newer_than(self._catalog.last_change())
        self._writer_thread = threading.get_ident()
        try:
            yield
        finally:
            self._writer_thread = None

    def index(self, space: SpaceRecord) -> FaissIndex:
        """The space's index, caught up with the catalog."""
        with self._catching_up:
            return self._caught_up(space)

    def save(self, space: SpaceRecord) -> None:
        """Write a new snapshot if the present one leaves much to replay, or if the library has
        outgrown its kind."""
        try:
            info = self._snapshots.describe(space.fingerprint)
        except SnapshotRejected:
            info = None
        count, change = (info.count, info.change) if info else (0, 0)
        is_due = self._catalog.count_changes(space.id, change) > most_replayed(count)
        if not is_due and not (info and info.is_outgrown):
            return
        self._home.take_stock()
        with self._catching_up:
            if info is None:
                self._rebuilt(space)
                return
            index = self._caught_up(space)
            if index.tail_count or is_outgrown(index):
                self._kept(space, renewed(index, self._reader(space), self._texts(space)))

    def tune(self, space: SpaceRecord, texts: Callable[[], Vectors]) -> None:
        """Tune lists, if there are any, and remember what with for those made later."""
        if not isinstance(self.index(space).base, InvertedBase):
            return
        asked = texts()  # a large model may take a minute, in which others search
        with self._catching_up:
            index = self._indexes[space.id] = retuned(self._caught_up(space), asked)
            self._noted(lambda: self._snapshots.note_tuning(space.fingerprint, index, asked))

    def rebuild(self, space: SpaceRecord) -> None:
        """Write a space's snapshot anew from the catalog."""
        with self._catching_up:
            self._snapshots.remove(space.fingerprint)
            self._rebuilt(space)

    def why_stale(self, space: SpaceRecord) -> str | None:
        """Why the snapshot has to be mended; every byte of it is checked."""
        try:
            index = self._loaded(space, self._catalog.last_change, every_byte=True)
        except SnapshotRejected as reason:
            return f"the vector cache {reason}"
        behind = self._catalog.count_changes(space.id, index.change if index else 0)
        if index is not None and not self._catalog.replays_from(index.change):
            return "the vector cache holds pictures that were forgotten"
        is_due = behind > most_replayed(index.count if index else 0)
        return f"the vector cache is {behind:,} changes behind" if is_due else None

    def differences(self, space: SpaceRecord) -> Iterator[str]:
        """A snapshot with what came after it, against the catalog, bit for bit."""
        name = f"the cache of {space.model}"
        try:
            index = self._as_on_the_disk(space)
        except SnapshotRejected as reason:
            yield f"{name} {reason}"
            return
        if index is None:
            return
        total, wrong, here = 0, 0, index.ids()
        for piece in self._catalog.changes(space.id, 0):
            if not len(piece.ids):
                continue
            total += len(piece.ids)
            known = np.isin(piece.ids, here)
            same = index.vectors(piece.ids[known]) == piece.vectors[known].astype(np.float32)
            wrong += len(piece.ids) - int(same.all(axis=1).sum())
        if wrong or index.count != total:
            yield f"{name} holds {index.count:,} vectors for {total:,}, {wrong:,} of them wrong"

    def described(self, space: SpaceRecord) -> str | None:
        """How the snapshot sorts its vectors; None where all are compared."""
        with suppress(SnapshotRejected):
            info = self._snapshots.describe(space.fingerprint)
            if info is not None and info.lists:
                return str(info.effort)
        return None

    def drop(self, space: SpaceRecord) -> None:
        """Delete what there is of a space that is no more."""
        self._indexes.pop(space.id, None)
        self._snapshots.forget(space.fingerprint)

    def _as_on_the_disk(self, space: SpaceRecord) -> FaissIndex | None:
        """The snapshot, caught up; None if there is none. Raises SnapshotRejected for what no
        search would use."""
        index = self._loaded(space, self._catalog.last_change, every_byte=True)
        if index is None or not self._catalog.replays_from(index.change):
            return None
        for piece in self._catalog.changes(space.id, index.change):
            index.apply(piece)
        return index

    def _caught_up(self, space: SpaceRecord) -> FaissIndex:
        index = self._indexes.get(space.id)
        if index is not None and index.change == self._catalog.last_change():
            return index
        if index is None or not self._catalog.replays_from(index.change):
            index = self._open_index(space)
        if self._catalog.count_changes(space.id, index.change) > worth_a_rebuild(index.base_count):
            index = self._rebuilt(space)  # a run was killed before its snapshot
        if index.change != self._catalog.last_change():
            since, index = index.change, index.copy()  # other threads may be searching it
            for piece in self._catalog.changes(space.id, since):
                index.apply(piece)
        self._indexes[space.id] = index
        return index

    def _open_index(self, space: SpaceRecord) -> FaissIndex:
        try:
            index = self._loaded(space, self._newest_change)
        except SnapshotRejected as reason:
            log.warning("the vector cache %s; rebuilt from the catalog", reason)
            return self._rebuilt(space)
        if index is not None and index.change > self._catalog.last_change():
            # of a state committed after the one this thread looks at
            return FaissIndex.build(space.dimension, self._catalog.changes(space.id, 0))
        if index is not None and not self._catalog.replays_from(index.change):
            return self._rebuilt(space)  # pictures it holds were forgotten for good
        return index or self._first(space)

    def _first(self, space: SpaceRecord) -> FaissIndex:
        """An index where there is no snapshot: it was deleted, or a first run is not done yet."""
        if not self._catalog.count_changes(space.id, 0):
            return FaissIndex(space.dimension)
        index = self._rebuilt(space)
        if self._home.is_a_folder and self._snapshots.describe(space.fingerprint) is not None:
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
            return self._catalog.last_change()

    def _rebuilt(self, space: SpaceRecord) -> FaissIndex:
        """Build the index from the catalog; save it if that is ours to do or nobody writes.

        A search that finds no cache does not stop to sort a million vectors into lists.
        """
        read, count = self._reader(space), self._catalog.count_vectors(space.id)
        if self._writer_thread == threading.get_ident():
            return self._kept(space, build(space.dimension, read, count, self._texts(space)))
        return self._kept(space, FaissIndex.build(space.dimension, read()))

    def _kept(self, space: SpaceRecord, index: FaissIndex) -> FaissIndex:
        self._indexes[space.id] = index
        is_writer = self._writer_thread == threading.get_ident()
        with suppress(LibraryLocked, StorageError), self._home.saving(is_writer=is_writer):
            self._noted(lambda: self._snapshots.save(space.fingerprint, index))
        return index

    def _texts(self, space: SpaceRecord) -> Vectors | None:
        return self._snapshots.texts(space.fingerprint, space.dimension)

    def _reader(self, space: SpaceRecord) -> Callable[[], Iterable[VectorChanges]]:
        return lambda: self._catalog.changes(space.id, 0)

    def _noted(self, write: Callable[[], None]) -> None:
        try:
            write()
        except (OSError, RuntimeError, SnapshotRejected) as error:
            where = self._home.folder.path
            log.warning("%s: no cache written (%s); searches start slower", where, error)
