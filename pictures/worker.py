"""The process that decodes: what a crafted picture can crash, stall or fill is this one alone.

It reads requests from standard input, answers on standard output, and ends when the other end is
gone. It knows nothing of libraries: no database, no vectors, no model.
"""

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

import pillow_heif
from blake3 import blake3
from PIL import AvifImagePlugin

from errors import PictureError
from pictures.decode import LargePicture, Picture, TooLittleMemory, decode, read_bytes
from pictures.limits import MIB
from pictures.messages import (
    Content,
    Decode,
    Decoded,
    Hold,
    Large,
    Read,
    Ready,
    Refused,
    Reply,
    Request,
    receive,
    send,
)
from pictures.perceptual import perceptual_hash
from pictures.thumbnail import make_thumbnail

IDLE = 120.0
"""Seconds without a request after which the process is not needed any more."""
GRACE = 5.0
"""Seconds beyond a limit after which the process ends itself: its parent should have done so."""


def main() -> None:
    """Serve until standard input ends."""
    requests, replies = _channels()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    pillow_heif.options.DECODE_THREADS = 1  # there is a process for every core
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    send(replies, Ready())
    _mute(sys.stderr.fileno())  # from here on only C libraries write there, about bad pictures
    serve(requests, replies)


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, kept from everybody else."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    _mute(0)
    _mute(1)
    return requests, replies


def _mute(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, descriptor)
    os.close(null)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer one request after the other."""
    worker = Worker()
    while True:
        _end_by_itself(IDLE)
        try:
            request = receive(requests)
        except EOFError:
            return
        if not isinstance(request, Request):
            return
        _end_by_itself(request.seconds + GRACE)
        send(replies, worker.answer(request))


def _end_by_itself(seconds: float) -> None:
    """Have the kernel end this process after so long, whatever it is doing then."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


class Worker:
    """Answers requests; holds the file that was read last."""

    def __init__(self) -> None:
        self._data = b""
        self._name = ""

    def answer(self, request: Request) -> Reply:
        try:
            if isinstance(request, Decode):
                return self._decode(request)
            return self._read(request) if isinstance(request, Read) else self._hold(request)
        except PictureError as error:
            return Refused(str(error))
        except Exception as error:  # noqa: BLE001  (a decoder may raise anything)
            return Refused(f"decoder failed: {type(error).__name__}")

    def _read(self, request: Read) -> Content:
        path = Path(os.fsdecode(request.path))
        self._data = b""  # before the next one is read: there is room for one
        self._data, self._name = read_bytes(path, follow=request.follow), path.name
        return Content(blake3(self._data).digest(), len(self._data))

    def _hold(self, request: Hold) -> Content:
        if not request.data:
            raise PictureError("empty file")
        self._data, self._name = request.data, request.name
        return Content(blake3(self._data).digest(), len(self._data))

    def _decode(self, request: Decode) -> Reply:
        _limit_memory(request.memory)
        try:
            picture = decode(
                self._data, short_side=request.short_side, name=self._name, alone=request.alone
            )
            return _decoded(picture)
        except LargePicture:
            return Large()
        except (MemoryError, TooLittleMemory):
            if not request.alone:
                return Large()
            return Refused(f"needs more than {request.memory // MIB:,} MiB of memory")
        finally:
            _limit_memory(None)


def _decoded(picture: Picture) -> Decoded:
    image = picture.image
    return Decoded(
        size=image.size,
        pixels=image.tobytes(),
        width=picture.width,
        height=picture.height,
        format=picture.format,
        exif=picture.exif,
        perceptual_hash=perceptual_hash(image),
        thumbnail=make_thumbnail(image),
    )


def _limit_memory(most: int | None) -> None:
    """Let the kernel refuse this process more memory, where it does; None lifts the limit.

    RLIMIT_DATA counts what a process may write to and not what it maps of files (setrlimit(2)).
    Elsewhere than on Linux it does not count mapped memory: the parent watches there.
    """
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        allowed = most is not None and (hard == resource.RLIM_INFINITY or most < hard)
        soft = most if most is not None and allowed else hard
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


if __name__ == "__main__":
    main()
