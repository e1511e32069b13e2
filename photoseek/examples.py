"""Opens the pictures a query names, with the indexer's own decoder and in a process of its own.

A picture that comes from anywhere can at worst cost its own question. One that the library knows by
its hash is not decoded at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from blake3 import blake3
from PIL.Image import Image

from encoder import EncoderInfo
from errors import PathError, PictureError
from indexer.read import short_side
from pictures import decode_apart
from pictures.decode import read_bytes
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
        digest = blake3(read_bytes(path)).digest()

    def load() -> Image:
        with _naming(path):
            return decode_apart(path, short_side=short_side(encoder)).image

    return Example(digest, load)


def fetch_example(address: str, encoder: EncoderInfo) -> Example:
    """A picture of the web. Raises QueryError or PictureError, see ``photoseek.fetching``."""
    from photoseek.fetching import fetch  # brings TLS, which no other search needs

    data = fetch(address)

    def load() -> Image:
        with TemporaryDirectory() as folder, _naming(address):
            path = Path(folder) / "fetched"
            path.write_bytes(data)
            return decode_apart(path, short_side=short_side(encoder)).image

    return Example(blake3(data).digest(), load)


@contextmanager
def _naming(path: Path | str) -> Iterator[None]:
    """Put the path before the reason why a picture cannot be used."""
    try:
        yield
    except PictureError as error:
        raise PictureError(f"{path}: {error}") from error
