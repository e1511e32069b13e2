"""Reading files that somebody may be writing: what is not settled is read again next time."""

import time
from dataclasses import dataclass, replace

from indexer.plan import ToRead
from indexer.read import Reader, ReadFile
from indexer.sources import GONE, FileGone

RECENT_S = 60
"""A file written this short a while ago that cannot be read may yet be finished."""

AGAIN = "the next run reads it again"
CHANGING = f"was being written while it was read; {AGAIN}"
UNFINISHED = f"written moments ago, perhaps not to its end; {AGAIN}"


@dataclass(frozen=True, slots=True)
class SettledReader:
    """A reader whose results are of whole files. Safe to share between threads."""

    reader: Reader

    def read(self, task: ToRead) -> ReadFile | None:
        """Read a file as it is now, not as it was when it was listed; None if it is gone.

        A file that changes meanwhile, or that was written moments ago and cannot be decoded, has
        a failure and no facts: nothing is remembered of its content.
        """
        stamp, path = self.reader.source.stamp, task.found.path
        before = stamp(path)
        if before == GONE:
            return None
        if before is not None:
            found = replace(task.found, bytes=before[0], mtime_ns=before[1])
            task = replace(task, found=found)
        try:
            file = self.reader.read(task)
        except FileGone:
            return None
        if stamp(path) != before:
            return ReadFile(task, file.root, None, failure=CHANGING)
        if file.known is None and file.facts and file.facts.failure and _is_recent(task):
            return ReadFile(task, file.root, None, failure=f"{file.facts.failure} ({UNFINISHED})")
        return file


def is_unsettled(reason: str) -> bool:
    """Whether a file failed only because it may not be finished."""
    return AGAIN in reason


def _is_recent(task: ToRead) -> bool:
    """Written within a minute of now; a network drive's clock may be ahead of ours."""
    return abs(time.time() - task.found.mtime_ns / 1e9) < RECENT_S
