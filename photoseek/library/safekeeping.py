"""Keeping a library whole: verify, repair, back up, restore, merge."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from errors import NoLibrary, PathError, UsageError
from photoseek.library.indexing import Indexing
from photoseek.library.paths import PathLike, absolute, place_at
from store import Store
from store.faults import reach
from store.files import scratch_name, storage_errors
from store.folder import LibraryFolder
from store.store import WAIT_FOR_READERS
from store.thumbnails import Thumbnails

if TYPE_CHECKING:
    from indexer import IndexReport, OnProgress
    from store.merge import Merged
    from store.salvage import Salvaged
    from store.soundness import Finding


@dataclass(frozen=True, slots=True)
class Soundness:
    """What is wrong with a library; nothing, if there are no findings."""

    findings: "tuple[Finding, ...]"

    @property
    def sound(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Repair:
    """What was wrong and what was done about it.

    ``salvaged`` rows came into a new catalog and the old one was put ``aside``, if it was damaged;
    ``report`` is of the run that read the rest again. ``thumbnails`` were made again.
    """

    before: Soundness
    after: Soundness
    salvaged: "Salvaged | None" = None
    aside: Path | None = None
    report: "IndexReport | None" = None
    thumbnails: int = 0


class Safekeeping(Indexing):
    """The library against damage and loss."""

    def verify(self) -> Soundness:
        """Check everything: the catalog, then its caches against it. Nothing is changed.

        Raises NoLibrary or NotALibrary if there is none.
        """
        from store.soundness import check_caches, check_catalog, check_rows

        if isinstance(self.place, Path):
            folder = LibraryFolder(self.place)
            folder.require()
            found = check_catalog(folder.catalog, may_be_empty=not folder.has_caches)
        else:
            found = list(check_rows(self._store))  # its pages are the server's business
        found = found or list(check_caches(self._store))
        return Soundness(tuple(found))

    def _folder(self, way_out: str) -> LibraryFolder:
        """The folder with the catalog in it. Raises UsageError with the way out on a server."""
        if isinstance(self.place, Path):
            return LibraryFolder(self.place)
        raise UsageError(f"{self.place}: is in the keeping of PostgreSQL; {way_out}")

    def repair(self, *folders: PathLike, on_progress: "OnProgress | None" = None) -> Repair:
        """Mend what ``verify`` finds.

        A damaged catalog is kept aside; what SQLite can read of it goes into a new one, and the
        rest is read from the photographs again: of the folders it knew, and of ``folders``.
        """
        before = self.verify()
        salvaged = aside = report = None
        if any(found.part == "catalog" for found in before.findings):
            salvaged, aside = self._salvage()
            if folders or self._known_roots():
                report = self.index(*folders, on_progress=on_progress)
        thumbnails = self._mend_caches()
        return Repair(before, self.verify(), salvaged, aside, report, thumbnails)

    def _salvage(self) -> "tuple[Salvaged, Path]":
        from store.backup import swap
        from store.salvage import salvage

        self.close()
        folder = self._folder("restore a dump of it with: pg_restore")
        fresh = scratch_name(folder.catalog)
        with folder.lock(wait=WAIT_FOR_READERS):
            try:
                salvaged = salvage(folder.catalog, fresh)
                reach("repair.salvaged")
                return salvaged, swap(folder, fresh, "damaged")
            finally:
                fresh.unlink(missing_ok=True)

    def _mend_caches(self) -> int:
        """Rebuild what vectors need it, and make thumbnails again; how many."""
        from store.soundness import check_caches

        store = self._store
        with store.writer():
            if any(found.part == "vectors" for found in check_caches(store)):
                for space in store.catalog.spaces():
                    store.caches.rebuild(space)
            for path in store.thumbnails.damaged():
                path.unlink(missing_ok=True)
            return self._make_missing_thumbnails()

    def _make_missing_thumbnails(self) -> int:
        from indexer import thumbnail_again

        store = self._store
        known = {content: key for key, content in store.catalog.searchable().items()}
        missing = [known[content] for content in store.thumbnails.missing(known)]
        made = 0
        for photo in store.catalog.photos(missing).values():
            jpeg = thumbnail_again(photo)
            if jpeg is not None:
                with storage_errors(store.folder.thumbnails):
                    store.thumbnails.put(photo.hash, jpeg)
                made += 1
        return made

    def back_up(self, file: PathLike, *, replace: bool = False) -> Path:
        """Copy the catalog, which may be in use, into one checked file; return its path.

        Raises PathError for a file that exists, unless it may be ``replace``d.
        """
        from store.backup import back_up

        self._folder("dump it with: pg_dump --format=custom --file=FILE")
        store, target = self._store, absolute(file)
        if target.is_dir() or not target.parent.is_dir():
            raise PathError(f"{target}: name a file in a folder that exists")
        if target.resolve() == store.folder.catalog.resolve():
            raise PathError(f"{target}: is the library's own catalog; name another file")
        if target.exists() and not replace:
            raise PathError(f"{target}: exists; name another file, or add --yes")
        back_up(store.folder.catalog, target)
        return target

    def restore(self, file: PathLike, *, replace: bool = False) -> Path | None:
        """Put a backup in the place of this library's catalog; where that was kept, if it was.

        Raises UsageError if there is a catalog and it may not be ``replace``d, PathError,
        NotALibrary, LibraryTooNew or LibraryDamaged for what is no good backup.
        """
        from store.backup import prepared, restore

        folder = self._folder("restore a dump with: pg_restore; a FILE of ours, with: merge")
        backup = absolute(file)
        is_new = not folder.catalog.exists()
        if not is_new and not replace:
            raise UsageError(f"{folder.path}: holds a library; to replace its catalog, add --yes")
        folder.create()
        self.close()
        if is_new:
            with prepared(backup, folder):
                pass  # nothing is made for a file that is no backup
            Store.create(folder.path).close()
        with folder.lock(wait=WAIT_FOR_READERS):
            aside = restore(backup, folder)
        if is_new and aside is not None:
            aside.unlink()
        return None if is_new else aside

    def merge(self, other: PathLike, *, dry_run: bool = False) -> "Merged":
        """Join another library, or a backup of one, to this one; nothing is encoded.

        With ``dry_run`` it is only counted. Raises PathError, NotALibrary, LibraryTooNew or
        LibraryDamaged for what cannot be joined.
        """
        from store.backup import prepared

        theirs = place_at(other)
        if not isinstance(theirs, Path):
            raise UsageError(f"{theirs}: is on a server; only a folder's library can be joined")
        catalog = theirs / "catalog.db" if theirs.is_dir() else theirs
        with suppress(NoLibrary):
            if catalog.resolve() == self._store.folder.catalog.resolve():
                raise UsageError(f"{theirs}: is this library itself; name another")
        store = self._created()
        with store.writer(), prepared(catalog, store.folder) as copy:
            merged = store.merge(copy, dry_run=dry_run)
            if not dry_run:
                for space in store.catalog.spaces():
                    store.caches.save(space)
                self._take_thumbnails(Thumbnails(catalog.parent / "thumbnails"))
        return merged

    def _take_thumbnails(self, theirs: Thumbnails) -> None:
        ours = self._store.thumbnails
        hashes: Iterable[bytes] = ours.missing(self._store.catalog.searchable().values())
        for content_hash in hashes:
            if jpeg := theirs.read(content_hash):
                ours.put(content_hash, jpeg)
