"""Looking after a library: what it holds and how it is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from errors import EngineError, LibraryError, NoLibrary
from photoseek.library.opened import OpenedLibrary
from photoseek.models import ModelStatus, list_models
from store import Counts, FailedFile, Place, RootRecord, RunRecord, SpaceRecord, Store

if TYPE_CHECKING:
    from photoseek.checks import Check


@dataclass(frozen=True, slots=True)
class Status:
    """What a library holds. ``model`` is None before the first index run.

    ``unsearchable`` counts the files and folders that are there and cannot be searched; ``models``
    are those that the library has vectors of, the one in use first. ``vectors`` says how they
    are kept and where, unless all are compared on this machine.
    """

    library: Place
    counts: Counts
    roots: tuple[RootRecord, ...]
    model: str | None
    dimension: int | None
    bytes: int  # of the catalog and the vectors; thumbnails come on top
    unsearchable: int = 0
    models: tuple[ModelStatus, ...] = ()
    last_run: RunRecord | None = None
    vectors: str | None = None

    @property
    def coverage(self) -> float:
        """Percent of what is there that can be searched; 100 only if all of it can."""
        there = self.counts.files + self.counts.failed
        return 100 * (there - self.unsearchable) / there if there else 100.0


class Keeping(OpenedLibrary):
    """The state of a library."""

    def status(self) -> Status:
        """What the library holds. Raises NoLibrary if there is none."""
        store = self._store
        catalog = store.catalog
        space = catalog.active_space()
        counts = catalog.counts(space.id if space else None)
        return Status(
            library=self.place,
            counts=counts,
            roots=tuple(catalog.roots()),
            model=space.model if space else None,
            dimension=space.dimension if space else None,
            bytes=store.bytes(),
            unsearchable=catalog.unsearchable(space.id) if space else counts.failed,
            models=tuple(model for model in list_models(store) if model.state),
            last_run=catalog.last_run(),
            vectors=_how_kept(store, space) if space else None,
        )

    def failed(self) -> list[FailedFile]:
        """Every file and folder that cannot be read, with the reason."""
        return self._store.catalog.failed_files()

    def unsearchable(self) -> list[FailedFile]:
        """Every file and folder that is there and cannot be searched, with the reason."""
        space = self._store.catalog.active_space()
        waiting = self._store.catalog.waiting_files(space.id) if space else []
        reason = f"has no vector of {space.model} yet" if space else ""
        return [*self.failed(), *(FailedFile(path, reason) for path in waiting)]

    def check_up(self) -> "list[Check]":
        """What ``doctor`` finds of this machine and this library, which need not exist."""
        from photoseek import __version__, checks

        found = [checks.python_check(__version__), *checks.machine_checks(self.path)]
        try:
            space = self._store.catalog.active_space()
            found += [
                checks.model_check(space.model if space else None),
                *checks.library_checks(self._store),
            ]
        except NoLibrary:
            found += [checks.model_check(None), *checks.no_library_checks()]
        except LibraryError as error:
            found.append(checks.Check("library", "problem", str(error), "see the message"))
        return found


def _how_kept(store: Store, space: SpaceRecord) -> str | None:
    """How the vectors are kept, unless all are compared; what is wrong, if it cannot be told."""
    try:
        return store.caches.described(space)
    except EngineError as error:
        return str(error)
