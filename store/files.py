"""Writing a file so that it is either the old one or the whole new one, whatever happens."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from errors import StorageError
from store.faults import reach


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write to a temporary neighbour, fsync it if ``durable``, and rename it into place."""
    scratch = scratch_name(path)
    try:
        with scratch.open("xb") as stream:
            stream.write(data)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        reach("file.written")
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def scratch_name(path: Path) -> Path:
    """A name beside ``path`` that no other writer uses."""
    return path.with_name(f".{path.name}-{uuid4().hex[:8]}")


def sync(path: Path) -> None:
    """Force a written file to the disk."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """The system's errors as ours, naming what was to be written."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        way_out = "make room" if full else "give permission, or look after the disk"
        raise StorageError(
            f"{path}: cannot be written ({error.strerror}); {way_out}, and run again"
        ) from error
