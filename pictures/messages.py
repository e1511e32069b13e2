"""What a decoder's process and the one that started it say to each other.

Pickles, read so that nothing but these values can come of them: a picture may have taken the
other end over.
"""

import pickle
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from pictures.exif import ExifFacts


@dataclass(frozen=True, slots=True)
class Read:
    """Read a file, given by the file system's own bytes. Answered by ``Content``."""

    path: bytes
    follow: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Take these bytes for those of a file that was read. Answered by ``Content``."""

    data: bytes
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Decode:
    """Decode what was read last, with so many bytes of memory. ``alone`` allows large pictures.

    Answered by ``Decoded``, or by ``Large`` if it may not.
    """

    short_side: int
    memory: int
    seconds: float
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """The process is there."""


@dataclass(frozen=True, slots=True)
class Content:
    """The BLAKE3 hash of a file's bytes, and their number."""

    hash: bytes
    bytes: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture and what was learnt of it; ``pixels`` are RGB, ``size`` their width and height,
    ``width`` and ``height`` the original's."""

    size: tuple[int, int]
    pixels: bytes
    width: int
    height: int
    format: str
    exif: ExifFacts
    perceptual_hash: int
    thumbnail: bytes

    @property
    def image(self) -> Image.Image:
        return Image.frombytes("RGB", self.size, self.pixels)


@dataclass(frozen=True, slots=True)
class Large:
    """Too large to be decoded beside others."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The file cannot be read or decoded, and why."""

    reason: str


Request = Read | Hold | Decode
Reply = Ready | Content | Decoded | Large | Refused

_KNOWN = {
    *((kind.__module__, kind.__name__) for kind in (Read, Hold, Decode, Ready, Content)),
    *((kind.__module__, kind.__name__) for kind in (Decoded, Large, Refused, ExifFacts)),
    ("datetime", "datetime"),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a message")
        return super().find_class(module, name)


def send(stream: BinaryIO, message: Request | Reply) -> None:
    """Raises OSError if the other end is gone."""
    pickle.dump(message, stream, protocol=5)
    stream.flush()


def receive(stream: BinaryIO) -> object:
    """The next message. Raises EOFError if there is none, and, for what is no message, anything
    that ``pickle`` may raise."""
    return _Unpickler(stream).load()
