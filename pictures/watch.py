"""Ends a process that takes longer, or more memory, than it may."""

import subprocess
import sys
import threading
import time
from types import TracebackType

from pictures.limits import MIB

LOOK_EVERY = 0.25
KERNEL_LIMITS_MEMORY = sys.platform == "linux"
"""Elsewhere the memory of a worker is looked at while it works."""


class Watch:
    """A context in which a process is ended after ``seconds``, or beyond ``memory`` bytes.

    ``verdict`` then says why; it is None as long as all was well.
    """

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        seconds: float,
        memory: int | None = None,
        *,
        by_looking: bool = not KERNEL_LIMITS_MEMORY,
    ) -> None:
        self.verdict: str | None = None
        self._process = process
        self._seconds = seconds
        self._memory = memory if by_looking else None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        end = time.monotonic() + self._seconds
        while not self._over.wait(self._pause(end)):
            if time.monotonic() >= end:
                self._end(f"took longer than {self._seconds:g} s")
            elif self._takes_too_much():
                self._end(f"needs more than {(self._memory or 0) // MIB:,} MiB of memory")
            if self.verdict:
                return

    def _pause(self, end: float) -> float:
        left = max(0.0, end - time.monotonic())
        return left if self._memory is None else min(left, LOOK_EVERY)

    def _takes_too_much(self) -> bool:
        if self._memory is None:
            return False
        import psutil

        try:
            resident: int = psutil.Process(self._process.pid).memory_info().rss
        except psutil.Error:
            return False
        return resident > self._memory

    def _end(self, verdict: str) -> None:
        self.verdict = verdict
        self._process.kill()
