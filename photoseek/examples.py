"""Opens the pictures a query names, with the indexer's own decoder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blake3 import blake3
from PIL.Image import Image

from encoder import EncoderInfo
from errors import PathError, PictureError
from indexer.decode import decode, read_bytes
from indexer.read import short_side
from search import Example


def open_example(path: Path, encoder: EncoderInfo) -> Example:
    """Read a picture; its pixels are decoded, as the indexer would, only if they are asked for.

    Raises PathError if it is not there, PictureError, with its path, if it cannot be read.
    """
    try:
        exists = path.exists()
    except OSError as error:
        raise PathError(f"{path}: cannot be looked at ({error.strerror})") from error
    if not exists:
        raise PathError(f"{path}: no such picture")
    with _naming(path):
        data = read_bytes(path)

    def load() -> Image:
        with _naming(path):
            return decode(data, short_side=short_side(encoder), name=path.name).image

    return Example(blake3(data).digest(), load)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the path before the reason why a picture cannot be used."""
    try:
        yield
    except PictureError as error:
        raise PictureError(f"{path}: {error}") from error
