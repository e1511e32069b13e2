"""One encoder for many threads: calls that come at the same time are embedded together.

A tower uses every core by itself, so calls that compete for them make each other slower; and one
run over several pictures costs less than a run for each.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from PIL.Image import Image

from encoder.protocol import Encoder, EncoderInfo, Vectors

MOST_TOGETHER = 64
"""Items of one run; more wait for the next."""

Embed = Callable[[Sequence[Any]], Vectors]


@dataclass(frozen=True, slots=True)
class _Call:
    items: Sequence[Any]
    done: "Future[Vectors]" = field(default_factory=Future)


class BatchingEncoder:
    """An ``Encoder`` whose calls from several threads are gathered. Close it when done."""

    def __init__(self, encoder: Encoder) -> None:
        self.info: EncoderInfo = encoder.info
        self._texts = _Gatherer(encoder.embed_texts)
        self._images = _Gatherer(encoder.embed_images)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """As the encoder's own. Raises what that raises."""
        return self._texts.embed(texts)

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        """As the encoder's own. Raises what that raises."""
        return self._images.embed(images)

    @property
    def waiting(self) -> int:
        """Calls that no run has taken yet."""
        return self._texts.waiting + self._images.waiting

    def close(self) -> None:
        """End the threads once what waits is done."""
        self._texts.close()
        self._images.close()


class _Gatherer:
    """A thread that runs one function over what several callers bring."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    @property
    def waiting(self) -> int:
        return self._calls.qsize()

    def embed(self, items: Sequence[Any]) -> Vectors:
        call = _Call(list(items))
        self._start()
        self._calls.put(call)
        return call.done.result()

    def close(self) -> None:
        if self._thread is not None:
            self._calls.put(None)
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="embedding", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (first := self._calls.get()) is not None:
            calls = [first]
            while not self._calls.empty() and sum(len(c.items) for c in calls) < MOST_TOGETHER:
                another = self._calls.get()
                if another is None:
                    self._calls.put(None)
                    break
                calls.append(another)
            self._answer(calls)

    def _answer(self, calls: Sequence[_Call]) -> None:
        try:
            vectors = self._embed([item for call in calls for item in call.items])
        except BaseException as error:  # noqa: BLE001 - it is the callers' to handle
            self._answer_one_by_one(calls, error)
            return
        start = 0
        for call in calls:
            call.done.set_result(vectors[start : start + len(call.items)])
            start += len(call.items)

    def _answer_one_by_one(self, calls: Sequence[_Call], error: BaseException) -> None:
        """What is wrong with one call is not the others' fault."""
        if len(calls) == 1:
            calls[0].done.set_exception(error)
            return
        for call in calls:
            self._answer([call])
