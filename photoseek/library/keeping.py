"""Looking after a library: what it holds and how it is."""

from dataclasses import dataclass
from pathlib import Path

from photoseek.library.opened import OpenedLibrary
from store import Counts, FailedFile, RootRecord


@dataclass(frozen=True, slots=True)
class Status:
    """What a library holds. ``model`` is None before the first index run."""

    library: Path
    counts: Counts
    roots: tuple[RootRecord, ...]
    model: str | None
    dimension: int | None
    bytes: int  # of the catalog and the vectors; thumbnails come on top


class Keeping(OpenedLibrary):
    """The state of a library."""

    def status(self) -> Status:
        """What the library holds. Raises NoLibrary if there is none."""
        store = self._store
        catalog = store.catalog
        space = catalog.active_space()
        return Status(
            library=self.path,
            counts=catalog.counts(space.id if space else None),
            roots=tuple(catalog.roots()),
            model=space.model if space else None,
            dimension=space.dimension if space else None,
            bytes=store.bytes(),
        )

    def failed(self) -> list[FailedFile]:
        """Every file and folder that cannot be searched, with the reason."""
        return self._store.catalog.failed_files()
