"""Decodes in processes of their own, which can be ended and replaced."""

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import LifoQueue
from types import TracebackType
from typing import NoReturn

from errors import PictureError
from pictures.limits import SECONDS, Allowance
from pictures.messages import Content, Decode, Decoded, Hold, Large, Read, Refused, Request
from pictures.process import WorkerProcess
from pictures.reserve import reserve
from pictures.watch import Watch

SLOWEST_READ = 1_000_000
"""Bytes a second that a drive gives at least; what takes longer to read is stuck."""

AT_ONCE = 4
"""Pictures that threads of a server may have decoded apart at the same time."""

_at_once = threading.BoundedSemaphore(AT_ONCE)
one_large_at_a_time = threading.Lock()


class ProcessDied(PictureError):
    """The process ended while it had the file: it crashed, or somebody ended it."""


class Decoder:
    """Reads and decodes one file at a time in a process, which is started when it is first needed.

    Not to be shared between threads; ``Decoders`` lends them out.
    """

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._worker: WorkerProcess | None = None
        self._closed = threading.Event()
        self._busy = False

    def read(self, path: Path, size: int = 0, *, follow: bool = True) -> Content:
        """Read a file of about ``size`` bytes and hash it; ``follow`` a symbolic link, or not.

        Raises PictureError with the reason; DecoderError if there is no process to read it.
        """
        seconds = self._allowance.seconds + size / SLOWEST_READ
        return self._begin(Read(os.fsencode(path), follow, seconds))

    def hold(self, data: bytes, name: str) -> Content:
        """As ``read``, of a file that is called ``name`` and whose bytes are here already."""
        return self._begin(Hold(data, name, self._allowance.seconds))

    def decode(self, short_side: int) -> Decoded:
        """Decode the file that was read last, as ``pictures.decode`` does.

        Raises PictureError with the reason.
        """
        allowance, worker = self._allowance, self._worker
        if worker is None:
            raise ProcessDied("decoder ended before the picture was decoded")
        ordinary = Decode(short_side, allowance.ordinary, allowance.seconds)
        reply = self._ask(worker, ordinary)
        if isinstance(reply, Large):
            large = Decode(short_side, allowance.large, allowance.seconds, alone=True)
            with one_large_at_a_time:
                reply = self._ask(worker, large)
        return reply if isinstance(reply, Decoded) else self._give_up()

    def kill(self) -> None:
        """End the process if it is at work; for good. Safe to call from another thread."""
        self._closed.set()
        if self._busy and (worker := self._worker) is not None:
            worker.kill()

    def close(self) -> None:
        """Let go of the process, which has nothing to do now."""
        self._closed.set()
        if self._worker is not None:
            reserve.give(self._worker)
            self._worker = None

    def _begin(self, request: Read | Hold) -> Content:
        try:
            reply = self._ask(self._running(), request)
        except ProcessDied:  # not of this file: reading does not look at what it reads
            reply = self._ask(self._running(), request)
        return reply if isinstance(reply, Content) else self._give_up()

    def _ask(self, worker: WorkerProcess, request: Request) -> object:
        """The answer to a request, other than Refused: that is raised as PictureError."""
        memory = request.memory if isinstance(request, Decode) else None
        self._busy = True
        try:
            if self._closed.is_set():
                raise PictureError("the run was ended")
            with Watch(worker.process, request.seconds, memory) as watch:
                reply = worker.exchange(request)
        finally:
            self._busy = False
        if watch.verdict or reply is None:
            self._give_up(watch.verdict)
        if isinstance(reply, Refused):
            raise PictureError(reply.reason)
        return reply

    def _running(self) -> WorkerProcess:
        """The process; another one if it died since. Raises PictureError once closed."""
        if self._closed.is_set():
            raise PictureError("the run was ended")
        if self._worker is None or not self._worker.alive:
            if self._worker is not None:
                self._worker.end()
            self._worker = None
            self._worker = reserve.take()
        return self._worker

    def _give_up(self, verdict: str | None = None) -> NoReturn:
        """Let go of a process that does not answer, and say why it does not."""
        worker, self._worker = self._worker, None
        died = worker.end() if worker else "decoder did not answer"
        raise PictureError(verdict) if verdict else ProcessDied(died)


class Decoders:
    """Several decoders, lent out to threads.

    ``with`` it, or close it: that ends those at work at once, and keeps the others in reserve.
    """

    def __init__(self, count: int, allowance: Allowance) -> None:
        self._all = [Decoder(allowance) for _ in range(count)]
        self._idle: LifoQueue[Decoder] = LifoQueue()
        for decoder in self._all:
            self._idle.put(decoder)

    @contextmanager
    def borrowed(self) -> Iterator[Decoder]:
        """One of them, the last used first; waits until one is free."""
        decoder = self._idle.get()
        try:
            yield decoder
        finally:
            self._idle.put(decoder)

    def close(self) -> None:
        for decoder in self._all:
            decoder.kill()
        let_go = [self._idle.get() for _ in self._all]  # each by its thread, which is at once
        for decoder in let_go:
            decoder.close()
            self._idle.put(decoder)  # for a thread that comes only now, and is told of the end

    def __enter__(self) -> "Decoders":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def decode_apart(path: Path, *, short_side: int, known: bytes | None = None) -> Decoded:
    """As ``read_picture``, in a process of its own: for a picture now and then.

    That costs a quarter of a second for the first; the process is kept for the next. Waits while
    ``AT_ONCE`` threads are at it. Raises PictureError with the reason, also if the content's hash
    is not the one ``known``.
    """
    with _at_once, closing(Decoder(Allowance.of_machine(SECONDS, AT_ONCE))) as decoder:
        content = decoder.read(path)
        if known is not None and content.hash != known:
            raise PictureError("is another picture since it was indexed")
        return decoder.decode(short_side)
