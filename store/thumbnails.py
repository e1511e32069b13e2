"""Small JPEGs by content hash: a cache that may be deleted at any time.

A JPEG is followed by a seal, which decoders pass over: four letters and the BLAKE3 of the content's
hash and the JPEG. So a file that was cut, altered, or put under another's name is noticed.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from blake3 import blake3

from store.files import write_atomically

SEAL = b"PSK1"
SEAL_BYTES = len(SEAL) + 32


class Thumbnails:
    """``thumbnails/ab/ab….jpg``, two hex digits to a folder so that none grows large."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, content_hash: bytes) -> Path:
        """Where the thumbnail of a content is, whether or not it exists."""
        name = content_hash.hex()
        return self._folder / name[:2] / f"{name}.jpg"

    def read(self, content_hash: bytes) -> bytes | None:
        """The JPEG of a content; None if it was never made, or is not what was written."""
        try:
            data = self.path(content_hash).read_bytes()
        except OSError:
            return None
        jpeg, seal = data[:-SEAL_BYTES], data[-SEAL_BYTES:]
        return jpeg if seal == _seal(content_hash, jpeg) else None

    def put(self, content_hash: bytes, jpeg: bytes) -> None:
        """Write a thumbnail, unless a sound one is there."""
        path = self.path(content_hash)
        if path.exists() and self.read(content_hash) is not None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, jpeg + _seal(content_hash, jpeg), durable=False)

    def missing(self, hashes: Iterable[bytes]) -> list[bytes]:
        """Those of the contents that have no file here, sound or not."""
        here = {path.name for path in self._files()}
        return [content for content in hashes if f"{content.hex()}.jpg" not in here]

    def damaged(self) -> list[Path]:
        """Files that are not what was written: cut, altered, renamed, or without a seal."""
        return [path for path in self._files() if not self._sound(path)]

    def remove(self, hashes: Iterable[bytes]) -> None:
        """Delete the thumbnails of contents that are forgotten."""
        for content_hash in hashes:
            with suppress(OSError):  # a cache; what stays behind does no harm
                self.path(content_hash).unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*/*") if not path.name.startswith("."))

    def _sound(self, path: Path) -> bool:
        try:
            content_hash = bytes.fromhex(path.stem)
        except ValueError:
            return False
        return self.path(content_hash) == path and self.read(content_hash) is not None


def _seal(content_hash: bytes, jpeg: bytes) -> bytes:
    return SEAL + blake3(content_hash + jpeg).digest()
