"""Worker processes that have nothing to do, kept for the next run or question of this process.

So a watching library, a server and a run of many small folders start each but once. One that is
not needed for a while ends by itself (``pictures.worker``).
"""

import atexit
import os
import threading

from pictures.process import WorkerProcess


class Reserve:
    """Idle processes, the last used on top. Safe to share between threads."""

    def __init__(self) -> None:
        self._idle: list[WorkerProcess] = []
        self._owner = os.getpid()
        self._lock = threading.Lock()

    def take(self) -> WorkerProcess:
        """One that is alive, or a new one. Raises DecoderError if none can be started."""
        while (worker := self._pop()) is not None:
            if worker.alive:
                return worker
            worker.end()
        return WorkerProcess()

    def give(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._idle.append(worker)

    def close(self) -> None:
        """End them all; not those of another process, of which this one is a fork."""
        while (worker := self._pop()) is not None:
            worker.kill()
            worker.end()

    def _pop(self) -> WorkerProcess | None:
        with self._lock:
            if self._owner != os.getpid():
                self._idle, self._owner = [], os.getpid()
            return self._idle.pop() if self._idle else None


reserve = Reserve()
atexit.register(reserve.close)
