"""Writing a file so that it is either the old one or the whole new one, whatever happens."""

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write to a temporary neighbour, fsync it if ``durable``, and rename it into place."""
    descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Force a written file to the disk."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
