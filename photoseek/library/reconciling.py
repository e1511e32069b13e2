"""What is where and what is gone: plans, roots, and photographs that are no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from encoder.registry import name_of
from errors import NoLibrary, PathError, UsageError
from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, located, photo_folder
from store import Catalog, RootCounts, RootRecord

if TYPE_CHECKING:  # the indexer brings every picture decoder
    from indexer import Gone, IndexOptions, RootPlan, Scanner


@dataclass(frozen=True, slots=True)
class RootStatus:
    """A folder that the library looks after."""

    root: RootRecord
    counts: RootCounts


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was forgotten: paths, and pictures whose vectors were dropped."""

    files: int
    pictures: int = 0


class Reconciling(OpenedLibrary):
    """The library's folders against what is on the disk."""

    def plan(
        self,
        *folders: PathLike,
        exclude: str | Sequence[str] | None = None,
        hidden: bool | None = None,
        follow_symlinks: bool | None = None,
        model: str | None = None,
        options: "IndexOptions | None" = None,
    ) -> "list[RootPlan]":
        """What ``index`` with the same arguments would do, root by root; nothing is written."""
        from indexer import IndexOptions, preview, wanted_roots

        catalog = self._catalog_if_any() if folders else self._store.catalog
        known = catalog.roots() if catalog else []
        paths = [photo_folder(folder, [root.path for root in known]) for folder in folders]
        exclude = [exclude] if isinstance(exclude, str) else exclude
        roots = wanted_roots(
            known, paths, exclude=exclude, hidden=hidden, follow_symlinks=follow_symlinks
        )
        scanner = self._scanner(catalog, roots, model, options or IndexOptions())
        return preview(scanner, roots)

    def roots(self) -> list[RootStatus]:
        """Every folder that was given to ``index``, with its counts."""
        catalog = self._store.catalog
        counts = catalog.root_counts()
        return [RootStatus(root, counts.get(root.id, RootCounts())) for root in catalog.roots()]

    def relocate(self, old: PathLike, new: PathLike, *, anyway: bool = False) -> None:
        """Look for the folder ``old`` at ``new`` from now on; nothing is read or encoded.

        Raises PathError unless ``old`` was given to ``index`` and ``new`` is a folder, UsageError
        if nothing of what is known is there, unless ``anyway``.
        """
        from indexer import resemblance

        catalog = self._store.catalog
        root = self._root_at(old)
        place = photo_folder(new, [])
        found, looked_for = resemblance(catalog.known_files(root.id, ()), place)
        if looked_for and not found and not anyway:
            raise UsageError(
                f"{place}: has none of the files known from {root.path}; "
                "to look for them there all the same, add --anyway"
            )
        with self._store.writer() as writer:
            writer.relocate_root(root.id, place)

    def gone(self, *folders: PathLike) -> "list[Gone]":
        """What ``prune`` would forget: below ``folders``, all that is not there now.

        Without any, what is marked missing in every folder whose drive is there. Raises PathError
        for a folder that is not in the library.
        """
        from indexer import IndexOptions, gone_from, missing_of

        catalog = self._store.catalog
        roots = catalog.roots()
        scanner = self._scanner(catalog, roots, None, IndexOptions())
        if not folders:
            return [missing_of(scanner, root) for root in roots]
        places = [located(folder).resolve() for folder in folders]
        return [gone_from(scanner, self._root_holding(place), place) for place in places]

    def prune(self, gone: "Sequence[Gone]", *, vectors: bool = False) -> Pruned:
        """Forget the files that ``gone`` lists. No file is touched.

        Their vectors are kept, so that a photograph that comes back after all needs no encoding;
        with ``vectors``, those of pictures that are at no path any more are dropped for good.
        """
        from indexer import forget_gone

        store = self._store
        with store.writer() as writer:
            files = forget_gone(writer, gone)
            hashes = writer.forget_unheld() if vectors else []
            store.thumbnails.remove(hashes)
            for space in store.catalog.spaces():
                store.caches.save(space)
        return Pruned(files, len(hashes))

    def _scanner(
        self,
        catalog: Catalog | None,
        roots: Sequence[RootRecord],
        model: str | None,
        options: "IndexOptions",
    ) -> "Scanner":
        from indexer import Scanner

        every = [*roots, *(catalog.roots() if catalog else ())]
        return Scanner(
            catalog,
            self._space_ids(catalog, model),
            apart=[self.path.resolve(), *(root.path for root in every)],
            retry_failed=options.retry_failed,
            rehash=options.rehash,
        )

    def _space_ids(self, catalog: Catalog | None, model: str | None) -> list[int]:
        """The spaces that a run would fill; of one that is to be made, an id that has no vector."""
        spaces = catalog.spaces() if catalog else []
        model = None if model is None else name_of(model)
        wanted = [s for s in spaces if s.active or s.building or s.model == model]
        is_new = model is not None and all(space.model != model for space in spaces)
        return [*(space.id for space in wanted), *([-1] if is_new or not wanted else [])]

    def _catalog_if_any(self) -> Catalog | None:
        try:
            return self._store.catalog
        except NoLibrary:
            return None

    def _root_at(self, folder: PathLike) -> RootRecord:
        roots = self._store.catalog.roots()
        path = located(folder)
        for root in roots:
            if root.path in (path, path.resolve()):
                return root
        known = ", ".join(str(root.path) for root in roots) or "none"
        raise PathError(f"{path}: not a folder that was indexed; those are: {known}")

    def _root_holding(self, place: Path) -> RootRecord:
        from indexer import root_of

        root = root_of(self._store.catalog.roots(), place)
        return root if root is not None else self._root_at(place)
