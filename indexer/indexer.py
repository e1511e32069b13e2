"""Brings a library up to date with its folders: walk, plan, read, encode, store."""

import os
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from encoder import Encoder
from errors import UsageError
from indexer.commit import Committer
from indexer.read import Reader, ReadFile, look_ahead, short_side
from indexer.report import IndexReport, OnProgress, Progress, silent
from indexer.scan import Scan, scan_root
from store import CatalogWriter, FailedFile, FileState, RootRecord, SpaceRecord, Store

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """``batch`` pictures are encoded and committed together; ``workers`` threads read and decode,
    None for one a core. ``retry_failed`` reads unreadable files again, ``rehash`` every file."""

    batch: int = 16
    workers: int | None = None
    retry_failed: bool = False
    rehash: bool = False

    def __post_init__(self) -> None:
        if self.batch < 1 or (self.workers is not None and self.workers < 1):
            raise UsageError(f"batch={self.batch}, workers={self.workers}: must be at least 1")


class Indexer:
    """Indexes roots of one library with one encoder."""

    def __init__(self, store: Store, encoder: Encoder, options: IndexOptions) -> None:
        self._store = store
        self._encoder = encoder
        self._options = options
        self._reader_side = short_side(encoder.info)

    def run(
        self,
        roots: Sequence[RootRecord],
        writer: CatalogWriter,
        on_progress: OnProgress | None = None,
    ) -> IndexReport:
        """Bring ``roots`` up to date. The caller holds the writer's lock.

        Ctrl-C ends it early with everything committed so far kept, and says so in the report.
        Raises StorageError if the disk is full or failing; what was committed is kept then too.
        """
        report, begun = IndexReport(), time.monotonic()
        info = self._encoder.info
        space = writer.open_space(info.name, info.fingerprint, info.dimension)
        try:
            self._bring_up_to_date(roots, writer, space, report, on_progress or silent)
        except KeyboardInterrupt:
            report.interrupted = True
        self._store.save_snapshot(space)
        report.seconds = time.monotonic() - begun
        return report

    def _bring_up_to_date(
        self,
        roots: Sequence[RootRecord],
        writer: CatalogWriter,
        space: SpaceRecord,
        report: IndexReport,
        on_progress: OnProgress,
    ) -> None:
        scans = [self._scan(root, space, report, on_progress) for root in roots]
        committer = Committer(self._store, writer, self._encoder, space, report)
        for scan in scans:
            committer.expect_moves(scan.plan.missing)
            writer.set_state((row.id for row in scan.plan.returned), FileState.PRESENT)
        self._read_and_commit(scans, committer, space, report, on_progress)
        for scan in scans:
            missing = committer.still_missing(scan.plan.missing)
            writer.set_state((row.id for row in missing), FileState.MISSING)
            report.missing += len(missing)
            if scan.offline:
                writer.set_offline(scan.root.id, scan.offline)
                continue
            unreadable = scan.notes.unreadable
            writer.finish_scan(scan.root.id, identity=scan.identity, unreadable=unreadable)
        waiting = self._store.catalog.counts(space.id).waiting
        if not space.active and waiting <= len(committer.beyond_reach):
            writer.activate(space.id)

    def _scan(
        self, root: RootRecord, space: SpaceRecord, report: IndexReport, on_progress: OnProgress
    ) -> Scan:
        scan = scan_root(
            self._store.catalog,
            space,
            root,
            on_progress,
            apart=[self._store.folder.path.resolve()],
            retry_failed=self._options.retry_failed,
            rehash=self._options.rehash,
        )
        report.skipped.update(scan.notes.skipped)
        report.unchanged += scan.plan.unchanged
        report.returned += len(scan.plan.returned)
        report.failed_before += scan.plan.failed
        if scan.offline:
            report.offline.append(FailedFile(root.path, scan.offline))
            return scan
        for path, reason in scan.notes.unreadable.items():
            report.failed.append(FailedFile(root.path / path, reason))
        return scan

    def _read_and_commit(
        self,
        scans: Sequence[Scan],
        committer: Committer,
        space: SpaceRecord,
        report: IndexReport,
        on_progress: OnProgress,
    ) -> None:
        done, total = 0, sum(len(scan.plan.to_read) for scan in scans)
        for scan in scans:
            with closing(self._read(scan, space)) as files:
                for batch in grouped(files, self._options.batch):
                    committer.commit(batch)
                    done += len(batch)
                    on_progress(Progress("read", done, total, len(report.failed)))

    def _read(self, scan: Scan, space: SpaceRecord) -> Generator[ReadFile]:
        """Read and decode in threads, a bounded number of files ahead."""
        reader = Reader(self._store.catalog, scan.root, space.id, self._reader_side)
        workers = self._options.workers or os.cpu_count() or 1
        ahead = workers + 2 * self._options.batch
        with (
            ThreadPoolExecutor(workers, thread_name_prefix="read") as pool,
            closing(look_ahead(pool, reader.read, scan.plan.to_read, ahead)) as files,
        ):
            yield from files


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
