"""What takes longer than a request: results that are made aside, once for each state."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from errors import PhotoseekError

PATIENCE = 1.5
"""Seconds that a request waits before it says that the work goes on."""

OnStage = Callable[[str], None]
Make = Callable[[OnStage], Any]


@dataclass(slots=True)
class Work:
    """Something being made. ``result`` and ``error`` stand once ``ended`` is set."""

    key: object
    began: float = field(default_factory=time.monotonic)
    stage: str = "waiting"
    ended: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    error: PhotoseekError | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


class Works:
    """The newest work of each name; one is at work at a time, for they use every core."""

    def __init__(self) -> None:
        self._newest: dict[str, Work] = {}
        self._changing = threading.Lock()
        self._one_at_a_time = threading.Lock()

    def get(self, name: str, key: object, make: Make) -> Work:
        """The work of a name for a state, begun if it was not; waits for it a little.

        Work for an earlier state that is still going on is waited for instead of doubled.
        """
        with self._changing:
            work = self._newest.get(name)
            if work is None or (work.key != key and work.ended.is_set()):
                work = self._newest[name] = Work(key)
                thread = threading.Thread(
                    target=self._do, args=(work, make), name=f"making {name}", daemon=True
                )
                thread.start()
        work.ended.wait(PATIENCE)
        if work.error is not None:
            with self._changing:
                self._newest.pop(name, None)  # the next request tries again
            raise work.error
        return work

    def _do(self, work: Work, make: Make) -> None:
        with self._one_at_a_time:
            try:
                work.result = make(lambda stage: setattr(work, "stage", stage))
            except PhotoseekError as error:
                work.error = error
            except Exception:
                work.error = PhotoseekError("this could not be made; the server's log has it")
                raise
            finally:
                work.ended.set()
