"""What one engine takes, measured in a process of its own (``benchmarks.peers``)."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil

from benchmarks import peers_faiss, peers_others
from benchmarks.peer import Ask, K, Peer, library
from encoder import Vectors

PEERS: dict[str, Peer] = {**peers_faiss.PEERS, **peers_others.PEERS}
CLIENTS = 2
FEWEST, WARMING = 20, 5
"""Questions."""

Point = dict[str, float]


def built(name: str, vectors: str, folder: str, limit: int = 0) -> dict[str, float]:
    """Seconds to build and save an index, and its bytes. After ``limit`` seconds, if any, the
    process ends by a signal, whatever code it is in."""
    signal.alarm(limit)
    peer, rows = PEERS[name], np.load(vectors, mmap_mode="r")
    library(peer.module)
    begun = time.perf_counter()
    peer.build(rows, Path(folder))
    seconds = time.perf_counter() - begun
    files = [file for file in Path(folder).rglob("*") if file.is_file()]
    return {"seconds": seconds, "bytes": float(sum(file.stat().st_size for file in files))}


def asked(
    name: str, vectors: str, folder: str, questions: str, truth: str, seconds: float, limit: int = 0
) -> dict[str, object]:
    """A point for each effort, and the bytes by which the process grew from before it opened."""
    signal.alarm(limit)
    peer, rows = PEERS[name], np.load(vectors, mmap_mode="r")
    queries, nearest = np.load(questions), np.load(truth)
    library(peer.module)
    before, begun = _resident(), time.perf_counter()
    ask = peer.open(rows, Path(folder))
    ask(queries[0], peer.efforts[0])
    first = time.perf_counter() - begun
    points = [_point(ask, effort, queries, nearest, seconds) for effort in peer.efforts]
    return {"first": first, "bytes": _resident() - before, "points": points}


def _point(
    ask: Ask, effort: int, queries: Vectors, nearest: npt.NDArray[np.int64], seconds: float
) -> Point:
    for query in queries[:WARMING]:
        ask(query, effort)
    spent, shares = [], []
    for query, true in zip(queries, nearest, strict=True):
        begun = time.perf_counter()
        found = ask(query, effort)
        spent.append(time.perf_counter() - begun)
        shares.append(len(np.intersect1d(found, true)) / K)
        if sum(spent) > seconds and len(spent) >= FEWEST:
            break
    return {
        "effort": effort,
        "recall": float(np.mean(shares)),
        "p50": 1e3 * float(np.median(spent)),
        "p95": 1e3 * float(np.percentile(spent, 95)),
        "alone": len(spent) / sum(spent),
        "together": _together(ask, effort, _enough(queries[: len(spent)], seconds / sum(spent))),
    }


def _enough(queries: Vectors, times: float) -> Vectors:
    """So often that two clients have as much time as one."""
    return np.tile(queries, (max(1, int(times)), 1))


def _together(ask: Ask, effort: int, queries: Vectors) -> float:
    """Questions a second of two clients, each of which asks when it has its answer."""

    def client(number: int) -> None:
        for query in queries[number::CLIENTS]:
            ask(query, effort)

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(ask, queries[:CLIENTS], [effort] * CLIENTS))  # each opens what it needs
        begun = time.perf_counter()
        list(clients.map(client, range(CLIENTS)))
        return len(queries) / (time.perf_counter() - begun)


def _resident() -> int:
    """Bytes of this process and of those it started."""
    return sum(process.memory_info().rss for process in _processes())


def _processes() -> Iterator[psutil.Process]:
    yield psutil.Process(os.getpid())
    yield from psutil.Process().children(recursive=True)
