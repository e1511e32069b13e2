"""``photoseek watch`` as a process that tests read and end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from postgres import as_text
from store import Place


class Watch:
    """A running ``photoseek watch --json``: its lines, read as they come."""

    def __init__(self, *arguments: object, library: Place) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "photoseek", "watch", "--json", *map(str, arguments)],
            env={**os.environ, "PHOTOSEEK_LIBRARY": as_text(library)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.events: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            with self._arrived:
                self.events.append(json.loads(line))
                self._arrived.notify()

    def wait(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """The first event of a kind, from now on or before; events up to it are taken off."""
        end = time.monotonic() + seconds
        with self._arrived:
            while True:
                for number, event in enumerate(self.events):
                    if wanted(event):
                        del self.events[: number + 1]
                        return event
                if not self._arrived.wait(max(0.0, end - time.monotonic())):
                    raise AssertionError(f"not within {seconds} s; there was {self.events}")

    def end(self, number: int = signal.SIGINT) -> int:
        self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=30)
        assert "Traceback" not in errors, errors
        return self._process.returncode

    def kill(self) -> None:
        with self._process:  # closes its streams
            self._process.kill()


@contextmanager
def running(*arguments: object, library: Place) -> Iterator[Watch]:
    watch = Watch(*arguments, library=library)
    try:
        yield watch
    finally:
        watch.kill()


def has(**fields: object) -> Callable[[dict[str, Any]], bool]:
    return lambda event: all(event.get(name) == count for name, count in fields.items())
