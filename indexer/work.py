"""Reading and embedding what a run has planned: here, in threads, or wherever hands are."""

import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeVar

from indexer.embed import EmbeddedBatch, Embedder, Target
from indexer.read import Contents, Reader, ReadFile, look_ahead
from indexer.scan import Scan
from indexer.settle import SettledReader
from indexer.sources import source_of
from indexer.walk import WalkRules
from pictures import Allowance, Decoders
from store import ObjectPath, RootRecord

Item = TypeVar("Item")

FETCHES_A_WORKER = 4
"""Objects that are on their way for each process that decodes: a store answers late, not slowly."""


@dataclass(frozen=True, slots=True)
class Job:
    """What reading and embedding go by, whoever does it.

    ``batch`` files are embedded and committed together; ``workers`` processes decode on a machine,
    None for one a core, each file for ``decode_timeout`` seconds at most.
    """

    space_ids: tuple[int, ...]
    short_side: int
    batch: int
    decode_timeout: float
    workers: int | None = None

    def reader(self, root: RootRecord, contents: Contents, decoders: Decoders) -> SettledReader:
        follow = WalkRules.from_json(root.rules).follow_symlinks
        source = source_of(root.path)
        return SettledReader(
            Reader(contents, root, source, self.space_ids, self.short_side, decoders, follow=follow)
        )


class Hands(Protocol):
    """Who reads and embeds."""

    def batches(self, scans: Sequence[Scan]) -> Generator[EmbeddedBatch]:
        """Everything that is to be read, each batch of one root. Close it to end early."""
        ...


@dataclass(frozen=True, slots=True)
class OwnHands:
    """This machine's: threads that each talk to a decoder, and the encoders in between."""

    job: Job
    contents: Contents
    targets: Sequence[Target]

    def batches(self, scans: Sequence[Scan]) -> Generator[EmbeddedBatch]:
        """In the order of the plans, reading a bounded number of files ahead."""
        workers = self.job.workers or os.cpu_count() or 1
        allowance = Allowance.of_machine(self.job.decode_timeout, workers)
        embedder = Embedder(self.contents, self.targets)
        with (
            ThreadPoolExecutor(threads_for(scans, workers), thread_name_prefix="read") as pool,
            Decoders(workers, allowance) as decoders,  # ended before the threads are waited for
        ):
            for scan in scans:
                with closing(self._read(scan, pool, decoders, workers)) as files:
                    for batch in grouped(files, self.job.batch):
                        yield embedder.embed(batch)

    def _read(
        self, scan: Scan, pool: Executor, decoders: Decoders, workers: int
    ) -> Generator[ReadFile]:
        settled = self.job.reader(scan.root, self.contents, decoders)
        ahead = workers + 2 * self.job.batch
        with closing(look_ahead(pool, settled.read, scan.plan.to_read, ahead)) as files:
            yield from (file for file in files if file is not None)


def threads_for(scans: Iterable[Scan], workers: int) -> int:
    """One for each decoder, and more where objects are fetched first."""
    remote = any(isinstance(scan.root.path, ObjectPath) for scan in scans)
    return workers * FETCHES_A_WORKER if remote else workers


def grouped(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of ``size`` items, the last one shorter."""
    group: list[Item] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
