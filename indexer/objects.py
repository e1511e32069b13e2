"""Object storage through fsspec: folders as a walk wants them, and whole objects.

An object is never changed, only replaced. What tells a version from another is its size, its time
and, where the store has one, its tag (ETag, generation). The catalog keeps a size and a time in
nanoseconds; stores count time in seconds, so the digits below hold a digest of the tag.
"""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from errors import PathError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")
_TAGS = ("ETag", "etag", "generation", "content_md5", "md5Hash", "VersionId")
_SECOND = 10**9
NOT_STORAGE = ("http", "https", "data", "github", "git", "hf")
"""What fsspec can read and nobody keeps a folder of photographs in."""


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An object or a folder of objects, seen as ``os.DirEntry`` and ``os.stat_result`` are."""

    name: str
    is_folder: bool
    st_size: int
    st_mtime_ns: int

    @property
    def st_mode(self) -> int:
        return stat.S_IFDIR if self.is_folder else stat.S_IFREG

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        return self.is_folder

    def is_symlink(self) -> bool:
        return False

    def stat(self, *, follow_symlinks: bool = True) -> "ObjectEntry":  # noqa: ARG002
        return self


class Objects:
    """What is below an address. Safe to share between threads."""

    def __init__(self, address: str) -> None:
        self.address = address

    def require(self) -> None:
        """Raises PathError with the way out unless something can be listed at the address."""
        try:
            self.entries("")
        except FileNotFoundError as error:
            raise PathError(f"{self.address}: no such bucket or folder") from error
        except OSError as error:
            raise PathError(f"{self.address}: cannot be listed ({error.strerror})") from error

    def entries(self, prefix: str) -> list[ObjectEntry]:
        """What is in a folder, given by its path below the address. Raises OSError."""
        files, base = self._opened
        folder = f"{base}/{prefix}".rstrip("/")
        with _as_os_errors(folder):
            listed = files.ls(folder, detail=True)
        found = (entry_of(info) for info in listed if _is_below(info, folder))
        return list(found)

    def get(self, path: str) -> bytes:
        """The bytes of an object. Raises OSError, FileNotFoundError if it is gone."""
        files, base = self._opened
        with _as_os_errors(path):
            return bytes(files.cat_file(f"{base}/{path}"))

    def size(self, path: str) -> int:
        """Bytes of an object. Raises OSError."""
        files, base = self._opened
        with _as_os_errors(path):
            return int(files.info(f"{base}/{path}")["size"] or 0)

    @cached_property
    def _opened(self) -> "tuple[AbstractFileSystem, str]":
        """The file system and the path in it. Raises PathError for one that cannot be had."""
        scheme = self.address.partition("://")[0]
        try:
            import fsspec

            if scheme in NOT_STORAGE:
                raise PathError(f"{self.address}: not object storage; give s3://, gs:// or a path")
            files, path = fsspec.url_to_fs(self.address, use_listings_cache=False)
        except ImportError as error:
            way_out = "pip install 'photoseek[cluster]'"
            raise PathError(f"{self.address}: {error}; {way_out}") from error
        except ValueError as error:
            raise PathError(f"{self.address}: {error}") from error
        return files, path.rstrip("/")


def entry_of(info: Mapping[str, Any]) -> ObjectEntry:
    """An entry of what fsspec's ``ls`` and ``info`` say."""
    name = str(info["name"]).rstrip("/").rpartition("/")[2]
    return ObjectEntry(name, info["type"] == "directory", int(info["size"] or 0), version_of(info))


def version_of(info: Mapping[str, Any]) -> int:
    """When an object was written, in nanoseconds, those below a second telling its tag instead."""
    nanoseconds = _nanoseconds(next((info[name] for name in _TIMES if info.get(name)), 0))
    tag = next((str(info[name]) for name in _TAGS if info.get(name)), None)
    if tag is None:
        return nanoseconds
    digest = int.from_bytes(blake3(tag.encode()).digest(8), "big")
    return nanoseconds // _SECOND * _SECOND + digest % _SECOND


def _nanoseconds(time: object) -> int:
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    if isinstance(time, datetime):
        return int(time.timestamp()) * _SECOND + time.microsecond * 1000
    if not isinstance(time, int | float):
        return 0
    return int(time) * _SECOND + int(time % 1 * _SECOND)


def _is_below(info: Mapping[str, Any], folder: str) -> bool:
    """Whether an entry is in the folder, and not the marker that some tools make for it."""
    return str(info["name"]).strip("/") != folder.strip("/")


@contextmanager
def _as_os_errors(what: str) -> Iterator[None]:
    """Storage has errors of many classes; here they are what a drive would raise."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), what) from error
    except PathError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) and error.errno else errno.EIO
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        text = " ".join(said.split()) or type(error).__name__
        raise OSError(number, text, what) from error
