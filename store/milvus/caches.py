"""The collections of a library: opened, caught up with the catalog, checked, made again.

A collection is trusted only after its count, and the stamps of a sample of its rows, were compared
with the catalog: those that came last, which a lost write or another copy of the library would have
left different, and some from the first to the last.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Engine

from errors import EngineError, LibraryLocked
from store.catalog import Catalog
from store.database import newest_state, one_state
from store.folder import LibraryFolder
from store.milvus.address import Address
from store.milvus.checking import differences
from store.milvus.client import Client
from store.milvus.collection import SpaceCollection, State, Unusable
from store.milvus.index import MilvusIndex
from store.milvus.plans import KINDS, LITE_KINDS, IndexPlan, choose
from store.milvus.rows import row_changes
from store.milvus.stored import StoredVectors
from store.records import SpaceRecord
from store.vector_index import Vectors

log = logging.getLogger(__name__)

WAIT_FOR_OTHERS = 60.0
"""Seconds; another process may be filling the collection."""
CHECKED = 64
"""Rows that are compared at opening: so many of the newest, and as many of all."""
MANY = 10_000
"""Photographs that take so long to put that a person is told."""


class MilvusCaches:
    """Every space's collection at one address. Safe to use from several threads.

    ``history`` names the row of states that change numbers count.
    """

    def __init__(
        self, address: Address, engine: Engine, folder: LibraryFolder, history: str
    ) -> None:
        self.address = address
        self._engine = engine
        self._catalog = Catalog(engine)
        self._folder = folder
        self._client = Client(address)
        self._library = history
        self._known: dict[int, MilvusIndex] = {}
        self._catching_up = threading.RLock()

    def close(self) -> None:
        self._known.clear()
        self._client.close()

    def index(self, space: SpaceRecord) -> MilvusIndex:
        """The space's index, caught up with the catalog.

        Raises EngineError, or LibraryLocked if another process is filling the collection.
        """
        with self._catching_up:
            known = self._known.get(space.id)
            if known is None or known.change != self._catalog.last_change():
                known = self._opened(space, trusted=known is not None)
                self._known[space.id] = known
            return known

    def save(self, space: SpaceRecord) -> None:
        """Catch up, and build another kind of index if the library has outgrown it.

        The writer calls this; without an answer from Milvus it is left for later.
        """
        try:
            index = self.index(space)
            plan = self._plan(index.total)
            if plan.kind != index.state.plan.kind:
                log.warning("%s: building %s for %s vectors", self.address, plan.kind, index.total)
                with self._catching_up, self._alone():
                    index.collection.reindex(index.state, plan)
                    self._known.pop(space.id)
        except EngineError as error:
            log.warning("%s; the next run or search catches up", error)

    def tune(self, space: SpaceRecord, texts: Callable[[], Vectors]) -> None:
        """Milvus's own defaults do."""

    def rebuild(self, space: SpaceRecord) -> None:
        """Make the space's collection anew from the catalog."""
        with self._catching_up, self._alone(), one_state(self._engine):
            collection = self._collection(space)
            self._known[space.id] = self._indexed(collection, self._filled(collection))

    def why_stale(self, space: SpaceRecord) -> str | None:
        """Why the collection has to be caught up or made anew; None if it hasn't."""
        try:
            state = self._collection(space).state()
        except Unusable as reason:
            return f"the collection {reason}"
        behind = self._catalog.count_changes(space.id, state.change if state else 0)
        return f"the collection is {behind:,} changes behind" if behind else None

    def differences(self, space: SpaceRecord) -> Iterator[str]:
        """What is wrong with the collection, every row of it compared. Nothing is changed."""
        collection = self._collection(space)
        try:
            state = collection.state()
        except Unusable as reason:
            yield str(reason)
            return
        if state is not None:
            yield from differences(collection, state, self._engine)

    def described(self, space: SpaceRecord) -> str:
        """Where, the kind of index and how far it has come. Raises EngineError."""
        where = f"Milvus at {self.address}"
        try:
            state = self._collection(space).state()
        except Unusable as reason:
            return f"{where}: the collection {reason}"
        if state is None:
            return f"{where}: no collection yet"
        behind = self._catalog.count_changes(space.id, state.change)
        fresh = f"{behind:,} changes behind" if behind else "up to date"
        return f"{where}: {state.plan.kind}, {fresh}"

    def drop(self, space: SpaceRecord) -> None:
        """Delete the collection of a space that is no more."""
        self._known.pop(space.id, None)
        try:
            self._collection(space).drop()
        except EngineError as error:
            log.warning("%s; the collection of %s is left there", error, space.model)

    def _opened(self, space: SpaceRecord, *, trusted: bool) -> MilvusIndex:
        collection = self._collection(space)
        with self._alone(), one_state(self._engine):
            try:
                return self._caught_up(collection, trusted=trusted)
            except Unusable as reason:
                log.warning("%s %s; made anew from the catalog", collection.address, reason)
                return self._indexed(collection, self._filled(collection))

    def _caught_up(self, collection: SpaceCollection, *, trusted: bool) -> MilvusIndex:
        """Raises Unusable for a collection that cannot be caught up, or then differs."""
        state = collection.state()
        if state is None:
            return self._indexed(collection, self._filled(collection))
        with newest_state():
            newest = self._catalog.last_change()
        if state.change > newest:
            raise Unusable("is newer than the catalog")
        last = self._catalog.last_change()
        if state.change < last:
            if not self._catalog.replays_from(state.change):
                raise Unusable("holds pictures that were forgotten")
            pieces = row_changes(self._engine, collection.space.id, state.change)
            state = collection.apply(pieces, state)
        index = self._indexed(collection, state)
        if not index.ahead:
            self._require_same(index, sample=not trusted)
        return index

    def _require_same(self, index: MilvusIndex, *, sample: bool) -> None:
        stored = self._stored(index.collection.space)
        expected = stored.count()
        if index.total != expected:
            raise Unusable(f"holds {index.total:,} vectors for {expected:,}")
        if not sample:
            return
        ids = sorted({*stored.newest(index.change, CHECKED), *stored.spread(CHECKED)})
        if ids and index.stamps(ids) != stored.stamps(ids):
            raise Unusable("does not hold what the catalog does")

    def _filled(self, collection: SpaceCollection) -> State:
        count = self._stored(collection.space).count()
        if count >= MANY:
            log.warning("%s: putting %s photographs there", collection.address, f"{count:,}")
        state = collection.make(self._plan(count))
        return collection.apply(row_changes(self._engine, collection.space.id, 0), state)

    def _indexed(self, collection: SpaceCollection, state: State) -> MilvusIndex:
        return MilvusIndex(
            collection,
            self._engine,
            state,
            total=self._client.count(collection.name),
            crowded=self._client.count(collection.name, "crowded == true"),
            make_again=lambda: self.rebuild(collection.space),
            ahead=state.change > self._catalog.last_change(),
        )

    def _plan(self, count: int) -> IndexPlan:
        able = LITE_KINDS if self.address.is_file else frozenset(KINDS)
        return choose(count, self.address.index, able)

    def _collection(self, space: SpaceRecord) -> SpaceCollection:
        return SpaceCollection(self._client, self._library, space)

    def _stored(self, space: SpaceRecord) -> StoredVectors:
        return StoredVectors(self._engine, space.id, space.dimension)

    def _alone(self) -> AbstractContextManager[None]:
        """One process of this library at a time brings its collections up to date."""
        return self._locked() if self._folder.writable else nullcontext()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout  # imports asyncio, which few searches need

        lock = FileLock(self._folder.path / "lock.vectors", timeout=WAIT_FOR_OTHERS)
        try:
            lock.acquire()
        except Timeout:
            raise LibraryLocked(
                f"{self.address}: another process is putting photographs there; try again later"
            ) from None
        try:
            yield
        finally:
            lock.release()
