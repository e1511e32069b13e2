"""What an index run did, and how it tells of its progress."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from store import FailedFile


@dataclass(slots=True)
class IndexReport:
    """What became of each file: every photograph found is counted exactly once.

    ``indexed`` were encoded in this run; ``moved`` and ``copied`` have a content that was known
    already; ``returned`` had been missing, there or elsewhere. ``failed`` also names folders that
    cannot be read; ``failed_before`` counts unreadable files that have not changed since.
    ``skipped`` counts by reason what was passed by. ``offline`` are roots that are not what they
    were, with the reason: nothing was removed from them.
    """

    indexed: int = 0
    unchanged: int = 0
    moved: int = 0
    copied: int = 0
    returned: int = 0
    missing: int = 0
    failed: list[FailedFile] = field(default_factory=list)
    failed_before: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    offline: list[FailedFile] = field(default_factory=list)
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether other photographs can be found than before."""
        counts = self.counts()
        return any(count for name, count in counts.items() if name not in ("unchanged", "failed"))

    def counts(self) -> dict[str, int]:
        """How many files became what; ``failed`` has those that failed before, too."""
        names = ("indexed", "unchanged", "moved", "copied", "returned", "missing")
        failed = len(self.failed) + self.failed_before
        return {**{name: getattr(self, name) for name in names}, "failed": failed}


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` files; the total of a ``scan`` is not known before its end. Models are
    what ``calibrate`` counts: how well anything scores in their spaces is measured then."""

    stage: Literal["scan", "read", "calibrate"]
    done: int
    total: int | None = None
    failed: int = 0


OnProgress = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """The progress callback of those who do not want one."""
