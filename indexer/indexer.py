"""Brings a library up to date with its folders: walk, plan, read, encode, store."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from encoder import Encoder, preferred_batch
from errors import UsageError
from indexer.absence import Absence
from indexer.cluster import Cluster
from indexer.commit import Committer
from indexer.embed import Target
from indexer.read import short_side
from indexer.report import IndexReport, OnProgress, Progress, silent
from indexer.scan import Scan, Scanner, away
from indexer.work import Hands, Job, OwnHands
from pictures import SECONDS
from store import (
    CatalogWriter,
    FailedFile,
    FileState,
    RootRecord,
    SpaceRecord,
    Store,
)
from store.faults import reach

MOST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """``batch`` pictures are encoded and committed together, None for what suits the encoders;
    ``workers`` processes read and decode, None for one a core, each file for ``decode_timeout``
    seconds at most. ``retry_failed`` reads unreadable files again, ``rehash`` every file."""

    batch: int | None = None
    workers: int | None = None
    retry_failed: bool = False
    rehash: bool = False
    decode_timeout: float = SECONDS

    def __post_init__(self) -> None:
        if any(number is not None and number < 1 for number in (self.batch, self.workers)):
            raise UsageError(f"batch={self.batch}, workers={self.workers}: must be at least 1")
        if not 0 < self.decode_timeout <= MOST_SECONDS:
            raise UsageError(
                f"decode_timeout={self.decode_timeout}: must be above 0, at most {MOST_SECONDS}"
            )


class Indexer:
    """Indexes roots of one library with one or several encoders, decoding each picture once.

    With a ``cluster``, its nodes read and embed; this process plans and commits either way.
    """

    def __init__(
        self,
        store: Store,
        encoders: Sequence[Encoder],
        options: IndexOptions,
        cluster: Cluster | None = None,
    ) -> None:
        self._store = store
        self._encoders = encoders
        self._options = options
        self._cluster = cluster

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
        begun = time.monotonic()
        infos = [encoder.info for encoder in self._encoders]
        spaces = [writer.open_space(i.name, i.fingerprint, i.dimension) for i in infos]
        hands = self._hands([Target(*pair) for pair in zip(self._encoders, spaces, strict=True)])
        run = _Run(self._store, writer, spaces, self._options, hands, on_progress or silent)
        try:
            run.bring_up_to_date(roots)
        except KeyboardInterrupt:
            run.report.interrupted = True
        for space in spaces:
            self._store.caches.save(space)
        run.report.seconds = time.monotonic() - begun
        return run.report

    def _hands(self, targets: Sequence[Target]) -> Hands:
        options, suits = self._options, map(preferred_batch, self._encoders)
        job = Job(
            space_ids=tuple(target.space.id for target in targets),
            short_side=max(short_side(target.encoder.info) for target in targets),
            batch=options.batch or max(suits, default=16),
            decode_timeout=options.decode_timeout,
            workers=options.workers,
        )
        if self._cluster is not None:
            return self._cluster.hands(job, targets)
        return OwnHands(job, self._store.catalog, targets)


class _Run:
    """One run: what its steps share."""

    def __init__(
        self,
        store: Store,
        writer: CatalogWriter,
        spaces: Sequence[SpaceRecord],
        options: IndexOptions,
        hands: Hands,
        on_progress: OnProgress,
    ) -> None:
        self.report = IndexReport()
        self._store = store
        self._writer = writer
        self._spaces = spaces
        self._hands = hands
        self._on_progress = on_progress
        self._committer = Committer(store, writer, self.report)
        roots = [root.path for root in store.catalog.roots()]
        self._scanner = Scanner(
            store.catalog,
            [space.id for space in spaces],
            apart=[store.folder.path.resolve(), *roots],
            retry_failed=options.retry_failed,
            rehash=options.rehash,
        )

    def bring_up_to_date(self, roots: Sequence[RootRecord]) -> None:
        scans = [self._scan(root) for root in roots]
        for scan in scans:
            self._committer.expect_moves(scan.plan.absent)
        for scan in scans:
            self._committer.expect_moves(scan.plan.missing)
            self._writer.set_state((row.id for row in scan.plan.returned), FileState.PRESENT)
        self._read_and_commit(scans)
        self._sweep(scans)
        for space in self._spaces:
            self._replace_older(space)

    def _scan(self, root: RootRecord) -> Scan:
        scan = self._scanner.scan(root, self._on_progress)
        self._note(scan)
        return scan

    def _note(self, scan: Scan) -> None:
        report, root = self.report, scan.root.path
        report.skipped.update(scan.notes.skipped)
        report.unchanged += scan.plan.unchanged
        report.returned += len(scan.plan.returned)
        report.failed_before += scan.plan.failed
        if scan.offline:
            report.offline.append(FailedFile(root, scan.offline))
        else:
            unreadable = scan.notes.unreadable.items()
            report.failed.extend(FailedFile(root / path, reason) for path, reason in unreadable)

    def _read_and_commit(self, scans: Sequence[Scan]) -> None:
        done, total = 0, sum(len(scan.plan.to_read) for scan in scans)
        with closing(self._hands.batches(scans)) as batches:
            for batch in batches:
                self._committer.commit(batch)
                done += len(batch.files)
                self._on_progress(Progress("read", done, total, len(self.report.failed)))

    def _sweep(self, scans: Sequence[Scan]) -> None:
        """Mark as missing what was not found, where that can be believed."""
        reach("sweep")
        missing = {id(s): self._committer.still_missing(s.plan.missing) for s in scans}
        everywhere = {row.id for rows in missing.values() for row in rows}
        not_there = away(self._store.catalog, scans)
        for scan in scans:
            if scan.offline:
                self._writer.set_offline(scan.root.id, scan.offline)
            else:
                rows = missing[id(scan)]
                present = scan.plan.present
                self._sweep_root(
                    scan, Absence(scan.root, scan.identity, rows, present, everywhere, not_there)
                )

    def _sweep_root(self, scan: Scan, absence: Absence) -> None:
        root, missing = scan.root, absence.missing
        unreadable = scan.notes.unreadable | self._committer.unread[root.id]
        if reason := absence.why_doubtful(self._store.catalog):
            self.report.offline.append(FailedFile(root.path, reason))
            self._writer.set_offline(root.id, reason, unreadable)
            return
        self._writer.set_state((row.id for row in missing), FileState.MISSING)
        self.report.missing += len(missing)
        self._writer.finish_scan(root.id, identity=scan.identity, unreadable=unreadable)

    def _replace_older(self, space: SpaceRecord) -> None:
        """A complete space takes the place of its model's older one; others wait for ``use``."""
        active = self._store.catalog.active_space()
        if active is None or active.id == space.id or active.model != space.model:
            return
        out_of_reach = len(self._committer.beyond_reach) + len(self._committer.kept)
        if self._store.catalog.counts(space.id).waiting <= out_of_reach:
            self._writer.activate(space.id)
