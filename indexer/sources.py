"""Where a root's files are: in a folder of this machine, or in object storage."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from errors import PictureError
from indexer.objects import Objects
from indexer.walk import FoundFile
from pictures import LIMITS
from store import ObjectPath

Stamp: TypeAlias = tuple[int, int]
"""Size in bytes and time of change in nanoseconds."""
GONE: Stamp = (-1, -1)


class FileGone(PictureError):
    """A file that was there when its folder was listed."""


class Source(Protocol):
    def stamp(self, path: str) -> Stamp | None:
        """A file as it is now; ``GONE``, or None if that cannot be told."""
        ...

    def fetch(self, found: FoundFile) -> bytes | None:
        """A file's bytes, or None for a file that the decoder reads by itself.

        Raises PictureError with the reason, FileGone if there is none any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    root: Path

    def stamp(self, path: str) -> Stamp | None:
        try:
            status = (self.root / path).stat()
        except FileNotFoundError:
            return GONE
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns

    def fetch(self, found: FoundFile) -> bytes | None:  # noqa: ARG002 - the decoder reads it
        return None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Objects are whole or not there, and each question costs money: none is asked but for bytes.

    One that was replaced since it was listed is taken as it is, and read again by the next run,
    which finds another version listed.
    """

    objects: Objects

    def stamp(self, path: str) -> Stamp | None:  # noqa: ARG002
        return None

    def fetch(self, found: FoundFile) -> bytes | None:
        if found.bytes > LIMITS.file_bytes:
            raise PictureError(f"larger than {LIMITS.file_bytes >> 20} MiB")
        try:
            return self.objects.get(found.path)
        except FileNotFoundError as error:
            raise FileGone("gone since it was listed") from error
        except OSError as error:
            raise PictureError(f"cannot be read: {error.strerror}") from error


def source_of(root: Path) -> Source:
    return Bucket(Objects(str(root))) if isinstance(root, ObjectPath) else Folder(root)


def size_at(root: Path, path: str) -> int | None:
    """Bytes of a file below a root, None if there is none."""
    try:
        if isinstance(root, ObjectPath):
            return Objects(str(root)).size(path)
        return (root / path).stat().st_size
    except OSError:
        return None
