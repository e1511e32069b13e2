"""Notices that something changed below a folder: by the system's events, or by the clock.

What changed is not told from events: they are lost, doubled and out of order on every system. They
only say when to look; the walk then finds what is new.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from watchdog import events
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from indexer.absence import folder_identity
from indexer.filesystems import file_system
from pictures.formats import SUFFIXES, suffix_of
from store import ObjectPath

QUIET_S = 2.0
"""A burst is over when nothing happened for so long."""
LONGEST_S = 30.0
"""A burst that does not end is looked at after so long."""
POLL_S = 60.0
"""Between two looks at a folder that has no events."""
SAFETY_S = 3600.0
"""Between two looks at a folder that has: events may be lost."""

_WRITTEN: Final = [
    *(events.FileCreatedEvent, events.FileModifiedEvent, events.FileClosedEvent),
    *(events.FileMovedEvent, events.FileDeletedEvent),
    *(events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent),
]
"""Not that files are opened and read: that is what we do ourselves."""

Clock = Callable[[], float]


@dataclass(slots=True)
class Bursts:
    """Gathers changes by folder until they are over. Safe to share between threads."""

    quiet: float = QUIET_S
    longest: float = LONGEST_S
    clock: Clock = time.monotonic
    _spans: dict[Path, tuple[float, float]] = field(default_factory=dict)
    _appointments: dict[Path, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, folder: Path) -> None:
        """Something happened in a folder just now."""
        now = self.clock()
        with self._lock:
            first, _ = self._spans.get(folder, (now, now))
            self._spans[folder] = (first, now)

    def appoint(self, folder: Path, later: float = 0) -> None:
        """A folder is to be looked at in ``later`` seconds, whatever happens until then."""
        with self._lock:
            self._appointments[folder] = self.clock() + later

    def take(self) -> list[Path]:
        """The folders that are to be looked at now; they are forgotten here."""
        with self._lock:
            due = {folder for folder, span in self._spans.items() if self._is_over(*span)}
            due |= {folder for folder, at in self._appointments.items() if at <= self.clock()}
            for folder in due:
                self._spans.pop(folder, None)
                self._appointments.pop(folder, None)
        return sorted(due)

    def _is_over(self, first: float, last: float) -> bool:
        now = self.clock()
        return now - last >= self.quiet or now - first >= self.longest


@dataclass(slots=True)
class FolderWatch:
    """Watches one folder, which may go away and come back; call ``look`` every second or so.

    ``apart`` is a folder whose changes do not count: our own library. ``poll`` is the seconds
    between two looks where there are no events; ``has_events`` of False asks for none.
    """

    folder: Path
    bursts: Bursts
    apart: Path
    poll: float = POLL_S
    has_events: bool = True
    why_not: str | None = None
    _observer: BaseObserver | None = None
    _identity: str | None = None
    _looked: float = 0.0

    def start(self) -> None:
        """Begin to watch. Changes from before are nobody's business here."""
        self._identity = folder_identity(self.folder)
        self._looked = self.bursts.clock()
        if self._identity is None:
            return
        if isinstance(self.folder, ObjectPath):
            self.why_not = "object storage does not tell of changes"
            return
        system = file_system(self.folder)
        self.why_not = None if self.has_events else "as asked"
        if system.is_network:
            self.why_not = f"{system.kind} does not tell of changes that others make"
        if self.why_not is None:
            self._observe()

    def stop(self) -> None:
        """Stop watching; ``start`` begins anew."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(timeout=5)
            self._observer = None

    def look(self) -> None:
        """Note that the folder is away, back, another one, or due by the clock."""
        if folder_identity(self.folder) != self._identity or not self._is_alive():
            self.stop()
            self.start()
            self.bursts.note(self.folder)
        elif self.bursts.clock() - self._looked >= self.interval:
            self._looked = self.bursts.clock()
            self.bursts.appoint(self.folder)

    def took(self, seconds: float) -> None:
        """A look took so long; where it is long, looks become rarer."""
        self.poll = max(self.poll, 10 * seconds)
        self._looked = self.bursts.clock()

    @property
    def interval(self) -> float:
        return SAFETY_S if self._observer else self.poll

    def _is_alive(self) -> bool:
        return self._observer is None or (
            self._observer.is_alive() and all(e.is_alive() for e in self._observer.emitters)
        )

    def _observe(self) -> None:
        observer = Observer()
        try:
            observer.schedule(
                _Notice(self), os.fspath(self.folder), recursive=True, event_filter=_WRITTEN
            )
            observer.start()
        except OSError as error:  # inotify's watches are used up
            self.why_not = f"the system cannot watch it ({error.strerror or error})"
        else:
            self._observer = observer


class _Notice(events.FileSystemEventHandler):
    def __init__(self, watch: FolderWatch) -> None:
        self._watch = watch

    def on_any_event(self, event: events.FileSystemEvent) -> None:
        for name in (event.src_path, event.dest_path):
            if name and self._matters(Path(os.fsdecode(name)), is_folder=event.is_directory):
                self._watch.bursts.note(self._watch.folder)

    def _matters(self, path: Path, *, is_folder: bool) -> bool:
        if path.is_relative_to(self._watch.apart):
            return False
        return is_folder or suffix_of(path.name) in SUFFIXES
