"""A decoder's process, seen from the one that started it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from errors import DecoderError
from pictures.messages import Ready, Request, receive, send
from pictures.watch import Watch

COMMAND = ("-P", "-W", "ignore", "-m", "pictures.worker")
SECONDS_TO_START = 60.0
SECONDS_TO_DIE = 5.0


class WorkerProcess:
    """Started with two pipes; ends when they are closed, when it is told to, or of a picture.

    Not by ``multiprocessing``, nor by pebble or loky on top of it: their processes import the
    caller's main module again, which a plain script that calls ``Library.index`` does not survive,
    and share a queue, which one that dies at the wrong moment leaves locked or garbled.
    """

    def __init__(self) -> None:
        """Raises DecoderError if it does not start."""
        try:
            self.process = _popen()
            self._requests, self._answers = _pipes(self.process)
        except (OSError, ValueError) as error:
            raise DecoderError(f"no process to decode pictures can be started: {error}") from error
        with Watch(self.process, SECONDS_TO_START) as watch:
            answer = self._receive()
        if not isinstance(answer, Ready):
            said = watch.verdict or self.end()
            raise DecoderError(f"{said} on starting; see: {sys.executable} {' '.join(COMMAND)}")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def exchange(self, request: Request) -> object:
        """Its answer, or None if there is none that makes sense."""
        try:
            send(self._requests, request)
        except (OSError, ValueError):
            return None
        return self._receive()

    def _receive(self) -> object:
        try:
            return receive(self._answers)
        except Exception:  # noqa: BLE001  (what pickle raises for what is no pickle)
            return None

    def kill(self) -> None:
        """End it at once. Safe to call from another thread than the one that waits for it."""
        self.process.kill()

    def end(self) -> str:
        """Let go of it, and say in words how it died: by itself, if it did."""
        for stream in (self._requests, self._answers):
            with suppress(OSError):  # what was written and not yet read
                stream.close()
        with suppress(subprocess.TimeoutExpired):
            return _in_words(self.process.wait(SECONDS_TO_DIE))
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):  # a drive that does not answer holds even that up
            self.process.wait(SECONDS_TO_DIE)
        return "decoder did not answer"


def _popen() -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    own_group = 0 if os.name == "posix" else None  # Ctrl-C in a terminal goes to a whole group
    return subprocess.Popen(  # noqa: S603  (this very interpreter)
        [sys.executable, *COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        process_group=own_group,
    )


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[BinaryIO, BinaryIO]:
    if process.stdin is None or process.stdout is None:
        raise ValueError("no pipes")
    return cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)


def _in_words(code: int) -> str:
    if code == 0:
        return "decoder did not answer"
    if code > 0:
        return f"decoder crashed (exit code {code})"
    if -code == getattr(signal, "SIGKILL", None):
        return "decoder was killed: out of memory?"
    with suppress(ValueError):
        return f"decoder crashed ({signal.Signals(-code).name})"
    return f"decoder crashed (signal {-code})"
