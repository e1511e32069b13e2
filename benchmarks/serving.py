"""The HTTP server under load: distinct texts at a steady rate, from another process."""

import asyncio
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlsplit

import numpy as np
import psutil

from benchmarks.figures import Figure
from benchmarks.process import ROOT, Failed, apart
from benchmarks.settings import Settings
from benchmarks.synthetic import made_up_library
from search.bank import vocabulary

PER_SECOND = 100
MOST_P95_MS = 150.0
SECONDS = 20.0
CONNECTIONS = 32
SMALL = 1_000
MARKS = (0.1, 0.25, 0.5, 1.0)
"""Shares of the requests after which memory is looked at."""
MOST_GROWTH_MB = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds from when each request was due to its answer, and what went wrong."""

    latencies: list[float]
    failed: int
    seconds: float

    def percentile(self, percent: float) -> float:
        return float(np.percentile(self.latencies, percent))

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


def serving(settings: Settings) -> Iterator[Figure]:
    """Latency at the rate that is asked for, how much more it takes, and what a question costs."""
    count = settings.library_sizes[-1]
    seconds = 3.0 if settings.quick else SECONDS
    with TemporaryDirectory() as scratch:
        library = Path(scratch) / "library"
        apart(made_up_library, library=library, count=count, seed=settings.seed)
        with server(library) as (process, address):
            texts = distinct_texts(settings.seed)
            _ask(address, texts, 50.0, 1.0)
            for rate in (20.0, 50.0, float(PER_SECOND)):
                load = _ask(address, texts, rate, seconds)
                yield from _figures(load, rate, count)
            spent = _cpu_seconds(process)
            yield Figure("as fast as it answers", asyncio.run(_closed(address, texts, 400)), "/s")
            spent = (_cpu_seconds(process) - spent) / 400
            yield Figure("processor time of a question", 1e3 * spent, "ms")
            yield Figure("memory", process.memory_info().rss / 1e6, "MB")


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _figures(load: Load, rate: float, count: int) -> Iterator[Figure]:
    name = f"{rate:.0f} distinct texts a second at {count:,}"
    bar = MOST_P95_MS if rate == PER_SECOND else None
    yield Figure(f"{name}, p50", load.percentile(50), "ms")
    yield Figure(f"{name}, p95", load.percentile(95), "ms", bar)
    yield Figure(f"{name}, answered", load.per_second, "queries/s")
    if load.failed:
        raise Failed(f"{load.failed} requests failed at {rate:.0f} a second")


def serving_memory(settings: Settings) -> Iterator[Figure]:
    """Resident memory as distinct texts are asked of a small library, and what it grows by after
    the first tenth of them."""
    requests = 1_000 if settings.quick else settings.requests
    with TemporaryDirectory() as scratch:
        library = Path(scratch) / "library"
        apart(made_up_library, library=library, count=SMALL, seed=settings.seed)
        yield from _memory(library, requests, settings.seed)


def _memory(library: Path, requests: int, seed: int) -> Iterator[Figure]:
    with server(library) as (process, address):
        texts = distinct_texts(seed)
        yield Figure("memory before any request", process.memory_info().rss / 1e6, "MB")
        asked, held = 0, list[float]()
        for mark in (int(share * requests) for share in MARKS):
            asyncio.run(_closed(address, texts, mark - asked))
            asked = mark
            held.append(process.memory_info().rss / 1e6)
            yield Figure(f"after {mark:,} distinct requests", held[-1], "MB")
    yield Figure("grown since the first of these", held[-1] - held[0], "MB", MOST_GROWTH_MB)


@contextmanager
def server(library: Path) -> Iterator[tuple[psutil.Process, str]]:
    """A real ``photoseek serve``; its process and its address."""
    command = [sys.executable, "-m", "photoseek", "serve", "--port", "0", "--library", str(library)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        if not found:
            raise Failed("photoseek serve did not start")
        try:
            yield psutil.Process(process.pid), found[0]
        finally:
            process.terminate()


def distinct_texts(seed: int) -> Iterator[str]:
    """Queries of three words of the shipped vocabulary, no two alike in practice."""
    words = list(vocabulary())
    chosen = random.Random(seed)
    while True:
        yield " ".join(chosen.sample(words, 3))


def _ask(address: str, texts: Iterator[str], rate: float, seconds: float) -> Load:
    return asyncio.run(_open_loop(address, texts, rate, seconds))


async def _open_loop(address: str, texts: Iterator[str], rate: float, seconds: float) -> Load:
    """Requests at their times whether or not earlier ones are answered: waiting counts."""
    waiting: asyncio.Queue[tuple[float, str] | None] = asyncio.Queue()
    latencies: list[float] = []
    begun = time.monotonic()
    clients = [
        asyncio.create_task(_client(address, waiting, latencies)) for _ in range(CONNECTIONS)
    ]
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        waiting.put_nowait((due, next(texts)))
    for _ in clients:
        waiting.put_nowait(None)
    failed = sum(await asyncio.gather(*clients))
    return Load(latencies, failed, time.monotonic() - begun)


async def _closed(address: str, texts: Iterator[str], requests: int) -> float:
    """Requests as fast as they are answered, eight at a time; how many a second."""
    waiting: asyncio.Queue[tuple[float, str] | None] = asyncio.Queue()
    for _ in range(requests):
        waiting.put_nowait((time.monotonic(), next(texts)))
    for _ in range(8):
        waiting.put_nowait(None)
    begun, latencies = time.monotonic(), list[float]()
    await asyncio.gather(*(_client(address, waiting, latencies) for _ in range(8)))
    return len(latencies) / (time.monotonic() - begun)


async def _client(
    address: str, waiting: "asyncio.Queue[tuple[float, str] | None]", latencies: list[float]
) -> int:
    """One kept connection; how many of its requests failed."""
    connection, failed = _Connection(address), 0
    while (asked := await waiting.get()) is not None:
        due, text = asked
        failed += not await connection.ask(f"/api/v1/search?limit=20&q={quote(text)}")
        latencies.append(1000 * (time.monotonic() - due))
    connection.close()
    return failed


class _Connection:
    """Kept, and opened anew where the server has closed it for being idle: both may have been
    stopped for a while."""

    def __init__(self, address: str) -> None:
        self._target = urlsplit(address)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str) -> bool:
        """Whether the answer was 200."""
        try:
            return await self._ask(path)
        except (ConnectionError, asyncio.IncompleteReadError):
            self._streams = None
            return await self._ask(path)

    async def _ask(self, path: str) -> bool:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._target.hostname, self._target.port)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head)[1])  # type: ignore[index]
        await reader.readexactly(length)
        return b" 200 " in head.split(b"\r\n", 1)[0]

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
