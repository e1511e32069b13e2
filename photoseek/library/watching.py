"""Keeping a library current while its folders change."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from errors import EngineUnreachable, LibraryLocked, StorageError
from photoseek.library.indexing import Indexing
from photoseek.library.paths import PathLike
from photoseek.library.reconciling import Reconciling

if TYPE_CHECKING:
    from indexer import IndexOptions, IndexReport, Progress
    from indexer.watching import FolderWatch

log = logging.getLogger(__name__)

TICK_S = 0.5
RETRY_S = 10.0
"""Until a library that another process writes, or a disk that is full, is tried again."""


@dataclass(frozen=True, slots=True)
class Watched:
    """How a folder is watched: by events, or every ``seconds``, and then why."""

    folder: Path
    seconds: float | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Delayed:
    """What was noticed could not be written yet; it is tried again."""

    reason: str


WatchEvent: TypeAlias = "Watched | Delayed | IndexReport"
OnEvent: TypeAlias = Callable[[WatchEvent], None]


class Watching(Indexing, Reconciling):
    """A run of ``index`` whenever something changed."""

    def watch(
        self,
        *folders: PathLike,
        on_event: OnEvent,
        stop: threading.Event,
        poll: float | None = None,
        options: "IndexOptions | None" = None,
    ) -> None:
        """Bring ``folders``, or all folders known, up to date, again and again until ``stop``.

        Events of the file system say when; where there are none, a look every minute, or every
        ``poll`` seconds, which asks for no events. The writer's lock is held only while there is
        something to write. Raises what ``index`` raises for the first run.
        """
        run = _Watch(self, options, on_event, stop)
        try:
            run.first(folders)
            run.begin(self._roots_of(folders), poll)
            run.until_stopped()
        except KeyboardInterrupt:
            if not stop.is_set():
                raise
        finally:
            run.end()

    def _roots_of(self, folders: Sequence[PathLike]) -> list[Path]:
        from indexer import wanted_roots
        from photoseek.library.paths import located

        paths = [located(folder).resolve() for folder in folders]
        return [root.path for root in wanted_roots(self._store.catalog.roots(), paths)]


class _Watch:
    """One call of ``watch``: what its steps share."""

    def __init__(
        self,
        library: Watching,
        options: "IndexOptions | None",
        on_event: OnEvent,
        stop: threading.Event,
    ) -> None:
        from indexer.watching import Bursts

        self._library = library
        self._options = options
        self._on_event = on_event
        self._stop = stop
        self._bursts: Bursts = Bursts()
        self._watches: dict[Path, FolderWatch] = {}

    def first(self, folders: Sequence[PathLike]) -> None:
        """Index what was missed while nobody watched."""
        self._tell(self._library.index(*folders, options=self._options, on_progress=self._check))

    def begin(self, roots: Iterable[Path], poll: float | None) -> None:
        from indexer.watching import POLL_S, FolderWatch

        for folder in roots:
            watch = FolderWatch(
                folder,
                self._bursts,
                apart=self._library.path.resolve(),
                poll=POLL_S if poll is None else poll,
                has_events=poll is None,
            )
            watch.start()
            self._watches[folder] = watch
            self._on_event(Watched(folder, watch.poll if watch.why_not else None, watch.why_not))
            self._bursts.appoint(folder)  # what changed between the first run and now

    def until_stopped(self) -> None:
        while not self._stop.wait(TICK_S):
            for watch in self._watches.values():
                watch.look()
            if due := self._bursts.take():
                self._catch_up(due)

    def end(self) -> None:
        for watch in self._watches.values():
            watch.stop()

    def _catch_up(self, folders: Sequence[Path]) -> None:
        try:
            self._bring_up_to_date(folders)
        except (LibraryLocked, StorageError, EngineUnreachable) as error:
            self._on_event(Delayed(str(error)))
            for folder in folders:
                self._bursts.appoint(folder, RETRY_S)

    def _bring_up_to_date(self, folders: Sequence[Path]) -> None:
        """Look first: a folder where nothing is to do is not worth the writer's lock."""
        began = self._bursts.clock()
        plans = self._library.plan(*folders, options=self._options)
        for folder in folders:
            self._watches[folder].took(self._bursts.clock() - began)
        if any(plan.changes_anything for plan in plans):
            report = self._library.index(*folders, options=self._options, on_progress=self._check)
            self._tell(report)

    def _tell(self, report: "IndexReport") -> None:
        from indexer.settle import RECENT_S, is_unsettled

        self._on_event(report)
        for folder in self._watches:
            if any(
                is_unsettled(file.reason) and file.path.is_relative_to(folder)
                for file in report.failed
            ):
                self._bursts.appoint(folder, RECENT_S)

    def _check(self, _: "Progress") -> None:
        """End a run between two batches when it is time to stop."""
        if self._stop.is_set():
            raise KeyboardInterrupt
