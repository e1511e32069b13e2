"""Small JPEGs by content hash: a cache that may be deleted at any time."""

from collections.abc import Iterable
from pathlib import Path

from store.files import write_atomically


class Thumbnails:
    """``thumbnails/ab/ab….jpg``, two hex digits to a folder so that none grows large."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, content_hash: bytes) -> Path:
        """Where the thumbnail of a content is, whether or not it exists."""
        name = content_hash.hex()
        return self._folder / name[:2] / f"{name}.jpg"

    def remove(self, content_hashes: Iterable[bytes]) -> None:
        for content_hash in content_hashes:
            self.path(content_hash).unlink(missing_ok=True)

    def put(self, content_hash: bytes, jpeg: bytes) -> None:
        path = self.path(content_hash)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, jpeg, durable=False)
