"""Where a library lives: its catalog, the folder of its caches, and the right to write.

``FileHome`` is a library folder with a catalog in it. A catalog on a server has another home, see
``store.servers``; ``Store`` knows only what both promise.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from errors import LibraryDamaged, UsageError
from store.addresses import Place
from store.database import check_version, migrate
from store.engines.sqlite import open_engine
from store.folder import LibraryFolder
from store.records import RootRecord
from store.schema import HEAD

Choose = Callable[[], Sequence[RootRecord]]


class Claims(Protocol):
    """What a writer holds."""

    def claim(self, choose: Choose) -> Sequence[RootRecord]:
        """The roots that ``choose`` gives, this writer's alone from now on.

        Nobody else chooses meanwhile. Raises LibraryLocked if another writer has one of them.
        """


class Home(Protocol):
    """One library's place. ``folder`` holds the caches; ``where`` is what messages call it."""

    folder: LibraryFolder
    where: str
    is_a_folder: bool
    """With the caches beside the catalog, which are here unless somebody deleted them."""

    def open(self, *, create: bool) -> Engine:
        """The catalog's engine, of today's format; made if there is none, with ``create``.

        Raises NoLibrary, NotALibrary, LibraryTooNew, LibraryDamaged or StorageError.
        """

    def lock(self, *, wait: float, sharing: bool) -> AbstractContextManager[Claims]:
        """Be the one writer, waiting at most ``wait`` seconds; LibraryLocked names the holder.

        ``sharing`` lets others write about other roots, where the engine can.
        """

    def saving(self, *, is_writer: bool) -> AbstractContextManager[None]:
        """Be the one who writes the caches; ``is_writer`` is in a ``lock`` already."""

    def history(self, library_id: str) -> str:
        """Names the row of states that change numbers count: no number is in it twice."""

    def take_stock(self) -> None:
        """Let the engine look at what it holds now; a writer that wrote much calls this."""

    def describe(self) -> str:
        """What keeps the catalog, for ``doctor``."""

    def may_write(self) -> bool:
        """Whether this process has the permission to write the catalog."""

    def identity(self) -> object:
        """What tells this catalog from another that is put in its place; None if it is gone."""

    def bytes(self) -> int:
        """Size of the catalog."""


class _OneWriter:
    """Whoever holds the lock of a folder has every root."""

    def claim(self, choose: Choose) -> Sequence[RootRecord]:
        return choose()


class FileHome:
    """A library folder, see docs/design.md: one catalog file, and one writer."""

    is_a_folder = True

    def __init__(self, path: Path) -> None:
        self.folder = LibraryFolder(path)
        self.where = str(path)

    def open(self, *, create: bool) -> Engine:
        folder = self.folder
        if create:
            folder.create()
        else:
            folder.require()
        existed = folder.catalog.exists()
        engine = open_engine(folder.catalog, read_only=not folder.writable)
        version = check_version(engine)
        if version is None and existed and folder.has_caches:
            raise LibraryDamaged(f"{folder.catalog}: damaged (it is empty); run: photoseek repair")
        if version is None or version < HEAD:
            with folder.lock():
                migrate(engine)
        return engine

    @contextmanager
    def lock(self, *, wait: float, sharing: bool) -> Iterator[Claims]:  # noqa: ARG002
        with self.folder.lock(wait=wait):
            yield _OneWriter()

    def saving(self, *, is_writer: bool) -> AbstractContextManager[None]:
        return nullcontext() if is_writer else self.folder.lock()

    def history(self, library_id: str) -> str:
        return library_id  # a writer drops what a restored catalog's caches know more

    def take_stock(self) -> None:
        pass

    def describe(self) -> str:
        return self.where

    def may_write(self) -> bool:
        return self.folder.writable

    def identity(self) -> tuple[int, int] | None:
        try:
            status = self.folder.catalog.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def bytes(self) -> int:
        return self.folder.catalog.stat().st_size if self.folder.catalog.exists() else 0


def home_of(place: Place) -> Home:
    """The home at a place. Raises UsageError where its engine's driver is not installed."""
    if isinstance(place, Path):
        return FileHome(place)
    try:
        from store.servers import ServerHome  # brings the driver, which a folder needs not
    except ImportError as error:
        raise UsageError(
            f"{place}: needs psycopg; install it with: pip install 'photoseek[postgresql]'"
        ) from error
    return ServerHome(place)
