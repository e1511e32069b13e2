"""Copies of a catalog: made while it is in use, checked, and put back in one transaction."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from errors import LibraryDamaged, NotALibrary, PathError
from store.database import check_version, migrate, writing
from store.engines.sqlite import connect, connect_untouched, errors_at, open_engine
from store.faults import reach
from store.files import scratch_name, storage_errors, sync
from store.folder import LibraryFolder
from store.liveness import begin_new_history
from store.soundness import check_catalog


def back_up(catalog: Path, target: Path) -> None:
    """Copy a catalog that may be in use into one file, checked, whole or not at all.

    Takes SQLite's online backup (https://sqlite.org/backup.html) of one committed state. Raises
    LibraryDamaged if that is not sound, StorageError if the copy cannot be written.
    """
    with _scratch(target) as scratch:
        copy_catalog(catalog, scratch)
        reach("backup.copied")
        _require_sound(scratch, catalog)
        sync(scratch)
        scratch.replace(target)


@contextmanager
def prepared(backup: Path, folder: LibraryFolder) -> Iterator[Path]:
    """A checked copy of somebody's catalog file in the library folder, in today's format.

    Raises PathError if there is none, NotALibrary, LibraryTooNew or LibraryDamaged.
    """
    if not backup.is_file():
        raise PathError(f"{backup}: no such file")
    with _scratch(folder.path / "copy.db") as scratch:
        try:
            copy_catalog(backup, scratch)
        except LibraryDamaged as error:
            raise NotALibrary(f"{backup}: not a catalog of photoseek") from error
        engine = open_engine(scratch, read_only=False)
        try:
            if check_version(engine) is None:
                raise NotALibrary(f"{backup}: not a catalog of photoseek, but an empty file")
            _require_sound(scratch, backup)
            migrate(engine)
        finally:
            engine.dispose()
        yield scratch


def restore(backup: Path, folder: LibraryFolder) -> Path | None:
    """Put a backup in the catalog's place; where the catalog before it was put, if there was one.

    The caller holds the lock. Readers see the old catalog or the new one. Raises as ``prepared``.
    """
    with prepared(backup, folder) as scratch:
        _begin_new_history(scratch, newer_than=_last_change(folder.catalog))
        if check_catalog(folder.catalog):
            return swap(folder, scratch, "damaged")
        aside = aside_name(folder, "before-restore")
        back_up(folder.catalog, aside)
        reach("restore.aside")
        copy_catalog(scratch, folder.catalog)
        reach("restore.filled")
    return aside


def swap(folder: LibraryFolder, fresh: Path, label: str) -> Path:
    """Put a new file in the place of a catalog that SQLite cannot write to; keep that aside.

    At any moment there is one of the two in its place.
    """
    aside = aside_name(folder, label)
    with storage_errors(folder.path):
        shutil.copy2(folder.catalog, aside)
        for suffix in ("-wal", "-shm"):
            beside = folder.catalog.with_name(folder.catalog.name + suffix)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + suffix))
        reach("repair.aside")
        sync(fresh)
        fresh.replace(folder.catalog)
        reach("repair.placed")
    return aside


def copy_catalog(source: Path, target: Path) -> None:
    """Copy one committed state, in one transaction, over whatever ``target`` holds."""
    with (
        errors_at(source),
        closing(connect_untouched(source)) as ours,
        closing(sqlite3.connect(target)) as copy,
    ):
        kept = target.exists() and target.stat().st_size > 0
        ours.backup(copy)
        if not kept:
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be carried away


def aside_name(folder: LibraryFolder, label: str) -> Path:
    now = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    return folder.path / f"{folder.catalog.name}.{label}-{now}"


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    scratch = scratch_name(beside)
    try:
        with storage_errors(beside):
            yield scratch
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            scratch.with_name(scratch.name + suffix).unlink(missing_ok=True)


def _require_sound(path: Path, named: Path) -> None:
    if found := check_catalog(path):
        raise LibraryDamaged(f"{named}: not sound ({found[0].text}); see: photoseek verify")


def _last_change(catalog: Path) -> int:
    """0 where it cannot be read."""
    try:
        with closing(connect(catalog, read_only=True)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'change'").fetchone()
            return int(row[0])
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return 0


def _begin_new_history(catalog: Path, *, newer_than: int) -> None:
    engine: Engine = open_engine(catalog, read_only=False)
    try:
        with writing(engine) as connection:
            begin_new_history(connection, newer_than=newer_than)
    finally:
        engine.dispose()
