"""The library folder: where things are in it, whose it is, and who may write."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from errors import LibraryLocked, NoLibrary, NotALibrary, StorageError


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
    def writable(self) -> bool:
        return os.access(self.path, os.W_OK)

    def require(self) -> None:
        """Raise NoLibrary or NotALibrary unless a catalog is here."""
        if self.catalog.is_file():
            return
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise NotALibrary(f"{self.path}: not a photoseek library; give another --library")
        raise NoLibrary(f"{self.path}: no library yet; make one with: photoseek index FOLDER")

    def create(self) -> None:
        """Make the folder. Raises NotALibrary if it holds other files, StorageError if it can't."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            foreign = not self.catalog.exists() and any(
                entry.name not in ("lock", "lock.holder") for entry in self.path.iterdir()
            )
        except (FileExistsError, NotADirectoryError):
            raise NotALibrary(f"{self.path}: is not a folder; give another --library") from None
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be made ({error.strerror})") from error
        if foreign:
            raise NotALibrary(f"{self.path}: holds other files; give a new or empty --library")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one writer. Raises LibraryLocked, naming the holder, if another process is."""
        from filelock import FileLock, Timeout  # imports asyncio, which no search needs

        lock = FileLock(self.path / "lock", timeout=0)
        holder = self.path / "lock.holder"
        try:
            lock.acquire()
        except Timeout:
            raise LibraryLocked(f"{self.path}: {_describe(holder)}; wait for it to end") from None
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written ({error.strerror})") from error
        try:
            _write_holder(holder)
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()


def _write_holder(path: Path) -> None:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    try:
        path.write_text(json.dumps({"pid": os.getpid(), "since": now}), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path.parent}: cannot be written ({error.strerror})") from error


def _describe(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} has been writing since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process is writing"
