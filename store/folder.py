"""The library folder: where things are in it, whose it is, and who may write."""

import errno
import json
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from platformdirs import user_cache_path

from errors import LibraryLocked, NoLibrary, NotALibrary, StorageError

_OURS = re.compile(r"lock(\.holder|\.vectors)?|vectors|thumbnails|\.?catalog\.db.+|\.copy\.db.+")
"""What may be left of a library whose catalog is gone."""
_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class LibraryFolder:
    """Names of the things in a library folder; see docs/design.md."""

    path: Path

    @property
    def catalog(self) -> Path:
        return self.path / "catalog.db"

    @property
    def vectors(self) -> Path:
        return self.path / "vectors"

    @property
    def thumbnails(self) -> Path:
        return self.path / "thumbnails"

    @property
    def has_caches(self) -> bool:
        """Whether there is anything here that only a filled catalog leads to."""
        return any(path.is_file() for path in self.path.glob("vectors/*")) or any(
            path.is_file() for path in self.path.glob("thumbnails/*/*")
        )

    @property
    def writable(self) -> bool:
        return os.access(self.path, os.W_OK)

    def require(self) -> None:
        """Raise NoLibrary or NotALibrary unless a catalog is here."""
        try:
            found = self.catalog.exists()
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be opened ({error.strerror})") from error
        if found:
            return
        if self.path.is_dir() and self.has_caches:
            raise NoLibrary(
                f"{self.path}: its catalog.db is gone; run: photoseek restore FILE, or begin anew "
                "with: photoseek index FOLDER"
            )
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise NotALibrary(f"{self.path}: not a photoseek library; give another --library")
        raise NoLibrary(f"{self.path}: no library yet; make one with: photoseek index FOLDER")

    def create(self) -> None:
        """Make the folder. Raises NotALibrary if it holds other files, StorageError if it can't."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            foreign = not self.catalog.exists() and any(
                not _OURS.fullmatch(entry.name) for entry in self.path.iterdir()
            )
        except (FileExistsError, NotADirectoryError):
            raise NotALibrary(f"{self.path}: is not a folder; give another --library") from None
        except OSError as error:
            raise StorageError(
                f"{self.path}: cannot be made ({error.strerror}); give another --library"
            ) from error
        if foreign:
            raise NotALibrary(f"{self.path}: holds other files; give a new or empty --library")

    @contextmanager
    def lock(self, *, wait: float = 0) -> Iterator[None]:
        """Be the one writer, waiting at most ``wait`` seconds.

        Raises LibraryLocked, naming the holder, if another process is.
        """
        from filelock import FileLock, Timeout  # imports asyncio, which no search needs

        lock = FileLock(self.path / "lock", timeout=wait)
        holder = self.path / "lock.holder"
        try:
            lock.acquire()
        except Timeout:
            raise LibraryLocked(f"{self.path}: {_describe(holder)}; wait for it to end") from None
        except OSError as error:
            raise StorageError(_unwritable(self.path, error)) from error
        try:
            _write_holder(holder)
            yield
        finally:
            with suppress(OSError):  # only a note, and no reason to keep the lock
                holder.unlink(missing_ok=True)
            lock.release()


def _write_holder(path: Path) -> None:
    now = datetime.now().astimezone().strftime(_TIME)
    try:
        path.write_text(json.dumps({"pid": os.getpid(), "since": now}), encoding="utf-8")
    except OSError as error:
        raise StorageError(_unwritable(path.parent, error)) from error


def caches_home() -> Path:
    """Where libraries on servers have their caches, a folder each: ``$PHOTOSEEK_CACHE`` if it is
    set, else below the platform's folder of caches."""
    if chosen := os.environ.get("PHOTOSEEK_CACHE"):
        return Path(chosen).expanduser().absolute()
    return user_cache_path("photoseek", appauthor=False) / "libraries"


def holds_library(names: Collection[str]) -> bool:
    """Whether a folder with these names in it is a library, ours or another's."""
    return "catalog.db" in names and not {"lock", "vectors", "thumbnails"}.isdisjoint(names)


def _unwritable(path: Path, error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    way_out = "make room and run again" if full else "give write permission, or another --library"
    return f"{path}: cannot be written ({error.strerror}); {way_out}"


def _describe(path: Path) -> str:
    """Who writes. A note of a dead process, or of the future, is not believed."""
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        since = datetime.strptime(holder["since"], _TIME).astimezone()
        if not _alive(holder["pid"]):
            return "another process is writing"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process is writing"
    if since > datetime.now().astimezone():  # the clock was set back
        return f"process {holder['pid']} is writing"
    return f"process {holder['pid']} has been writing since {holder['since']}"


def _alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # os.kill would end it there
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
