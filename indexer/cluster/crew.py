"""Hands out chunks to workers on the nodes of a Ray cluster, and has done again what was left.

A chunk is safe to do twice: it writes nothing, and one result of it reaches the catalog. So what a
worker had when it ended goes to another. A node that cannot work is left out, and named.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from encoder import Device
from encoder.accelerator import BATCH
from errors import ClusterError, PhotoseekError
from indexer.cluster.archive import AskedContents, open_archive
from indexer.cluster.nodes import Node, Post, nodes_alive, posts_of
from indexer.cluster.worker import Chunk, LoadEncoder, Terms, Worker
from indexer.embed import EmbeddedBatch
from indexer.plan import ToRead
from indexer.read import ReadFile
from indexer.scan import Scan
from indexer.settle import AGAIN
from indexer.sources import GONE, source_of
from indexer.work import Job, grouped
from store import Place, SpaceRecord

log = logging.getLogger(__name__)

AT_ONCE = 3
"""Chunks a worker has: one is decoded, one encoded, one lies ready, so that it never waits."""
MOST_TRIES = 3
"""Workers that may end over a chunk before its files are left to the next run."""
MOST_DEATHS = 4
"""Workers of a node that may end in a row before the node is left out."""
LOOK_EVERY_S = 5.0
"""Between two looks at which nodes there are."""


@dataclass(frozen=True, slots=True)
class Crew:
    """A cluster's nodes, as those who read and embed for a library of this machine."""

    job: Job
    library: Place
    spaces: Sequence[SpaceRecord]
    device: Device
    load: LoadEncoder | None = None

    def batches(self, scans: Sequence[Scan]) -> Generator[EmbeddedBatch]:
        """In the order in which they are done.

        Raises ClusterError when there is no node left that can work; what was handed over by then
        is good.
        """
        scans = [scan for scan in scans if scan.plan.to_read]
        if not scans:
            return
        shift = _Shift(self, scans, open_archive(self.library))
        try:
            yield from shift.batches()
        finally:
            shift.end()

    def terms(self, post: Post, roots: Sequence[Path]) -> Terms:
        on_accelerator = post.gpus > 0 or self.device == "mps"
        return Terms(
            job=self.job,
            spaces=self.spaces,
            roots=roots,
            device=self.device if on_accelerator else "cpu",
            processes=self.job.workers or post.cpus,
            node_processes=max(post.node.cpus, self.job.workers or 0),
            version=version("photoseek"),
            load=self.load,
        )


@dataclass(slots=True, eq=False)
class _Member:
    """A worker that was hired; it is ``ready`` once its models are loaded."""

    post: Post
    actor: Any
    ready: bool = False
    busy: int = 0


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A chunk that is to be done, over which ``ended`` workers did."""

    chunk: Chunk
    ended: int = 0


@dataclass(slots=True)
class _Shift:
    """One run of a crew: who is there, what is at work, what is left."""

    crew: Crew
    scans: Sequence[Scan]
    archive: AskedContents
    members: list[_Member] = field(default_factory=list)
    at_work: dict[Any, tuple[_Member, _Attempt | None]] = field(default_factory=dict)
    """What was asked of whom; no attempt where it is only whether it can begin."""
    again: deque[_Attempt] = field(default_factory=deque)
    deaths: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict)
    """Why nothing is expected of a node any more, by its id."""
    look_at: float = 0.0

    def batches(self) -> Iterator[EmbeddedBatch]:
        self._hire()
        fresh = self._fresh()
        while True:
            if time.monotonic() >= self.look_at:
                self._hire()
            self._hand_out(fresh)
            if not self.at_work:
                break
            done, _ = ray.wait([*self.at_work], timeout=LOOK_EVERY_S)
            for ref in done:
                yield from self._take(ref)
        if self.again or next(fresh, None) is not None:
            raise ClusterError(self._why_nobody())

    def end(self) -> None:
        for member in self.members:
            ray.kill(member.actor)
        ray.kill(self.archive.archive)

    def _fresh(self) -> Iterator[_Attempt]:
        accelerated = any(member.post.gpus for member in self.members)
        size = max(self.crew.job.batch, BATCH if accelerated else 0)
        for scan in self.scans:
            root = replace(scan.root, unreadable={})  # which may be long, and is nobody's business
            for tasks in grouped(scan.plan.to_read, size):
                yield _Attempt(Chunk(root, tasks))

    def _hire(self) -> None:
        """Have workers wherever there are none: at first, after one has ended, on a new node."""
        self.look_at = time.monotonic() + LOOK_EVERY_S
        for node in nodes_alive():
            if node.id not in self.left_out:
                wanted = posts_of(node, self.crew.device)
                there = sum(member.post.node.id == node.id for member in self.members)
                for post in wanted[there:]:
                    self._employ(post)

    def _employ(self, post: Post) -> None:
        terms = self.crew.terms(post, [scan.root.path for scan in self.scans])
        hire = ray.remote(Worker).options(max_concurrency=2, **post.options)
        member = _Member(post, hire.remote(terms, self.archive))
        self.members.append(member)
        self.at_work[member.actor.prepare.remote()] = member, None

    def _hand_out(self, fresh: Iterator[_Attempt]) -> None:
        """Give everybody as much as they can have, least first, so that none is far behind."""
        for load in range(AT_ONCE):
            for member in self.members:
                if member.ready and member.busy <= load:
                    attempt = self.again.popleft() if self.again else next(fresh, None)
                    if attempt is None:
                        return
                    self.at_work[member.actor.work.remote(attempt.chunk)] = member, attempt
                    member.busy += 1

    def _take(self, ref: Any) -> Iterator[EmbeddedBatch]:
        member, attempt = self.at_work.pop(ref)
        member.busy -= attempt is not None
        try:
            result = ray.get(ref)
        except RayTaskError as error:
            self._refuse(member, error)
            self.again.extend([attempt] if attempt else [])
        except RayError as error:
            self._bury(member, error)
            yield from self._once_more(attempt)
        else:
            if attempt is None:
                self._welcome(member, result)
            else:
                self.deaths[member.post.node.id] = 0
                yield _complete(attempt.chunk, result, member.post.node)

    def _welcome(self, member: _Member, problem: str | None) -> None:
        if problem is None:
            member.ready = True
        else:
            self._leave_out(member.post.node, problem)

    def _refuse(self, member: _Member, error: RayTaskError) -> None:
        """Do without a node where our own code gave up. Raises what is a fault of that code."""
        if not isinstance(error.cause, PhotoseekError):
            raise error.cause from error
        self._leave_out(member.post.node, str(error.cause))

    def _bury(self, member: _Member, error: RayError) -> None:
        """Do without a worker that ended, and with another in its place unless many did."""
        if member not in self.members:
            return  # told of by another of its chunks
        self.members.remove(member)
        node = member.post.node
        self.deaths[node.id] += 1
        if self.deaths[node.id] >= MOST_DEATHS:
            self._leave_out(node, _last_line(error))
        self._hire()

    def _once_more(self, attempt: _Attempt | None) -> Iterator[EmbeddedBatch]:
        if attempt is None:
            return
        if attempt.ended + 1 < MOST_TRIES:
            self.again.append(replace(attempt, ended=attempt.ended + 1))
            return
        chunk, failure = attempt.chunk, f"{MOST_TRIES} workers ended while they had it; {AGAIN}"
        yield EmbeddedBatch([_failed(chunk, task, failure) for task in chunk.tasks], {})

    def _leave_out(self, node: Node, reason: str) -> None:
        if node.id not in self.left_out:
            self.left_out[node.id] = f"{node.name}: {reason}"
            log.warning("node %s is left out: %s", node.name, reason)
        for member in [one for one in self.members if one.post.node.id == node.id]:
            self.members.remove(member)
            ray.kill(member.actor)

    def _why_nobody(self) -> str:
        reasons = "; ".join(self.left_out.values()) or "none has what is needed"
        return f"no node of the cluster can work ({reasons}); what was indexed so far is kept"


def _complete(chunk: Chunk, batch: EmbeddedBatch, node: Node) -> EmbeddedBatch:
    """A batch with the files that its worker did not find and that are there all the same."""
    read = {file.task.found.path for file in batch.files}
    source = source_of(chunk.root.path)
    unseen = [
        _failed(chunk, task, f"not there for node {node.name}; {AGAIN}")
        for task in chunk.tasks
        if task.found.path not in read and source.stamp(task.found.path) not in (GONE, None)
    ]
    return EmbeddedBatch([*batch.files, *unseen], batch.vectors)


def _failed(chunk: Chunk, task: ToRead, failure: str) -> ReadFile:
    return ReadFile(task, chunk.root, None, failure=failure)


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
