"""How long the steps of an answer took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Steps:
    """A stop-watch for one question; seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what is inside; a step that comes twice counts together."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - begun
