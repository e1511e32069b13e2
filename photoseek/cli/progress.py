"""Progress of ``index`` and ``models add`` on standard error, bars on a terminal; and Ctrl-C."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from photoseek.cli.options import print_notes

if TYPE_CHECKING:
    from rich.progress import TaskID

    from encoder.install import OnProgress as OnModelProgress
    from encoder.install import Progress as ModelProgress
    from indexer import OnProgress, Progress


_STAGES = {"scan": "looking", "read": "indexing", "calibrate": "learning what does not match"}


@contextmanager
def progress_bar() -> Iterator["OnProgress"]:
    """A callback that draws photos done, photos/s and time left."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("looking", total=None, rate="")

        def show(progress: "Progress") -> None:
            speed = bars.tasks[0].speed
            bars.update(
                bar,
                description=_STAGES[progress.stage],
                completed=progress.done,
                total=progress.total,
                rate=f"{speed:,.0f} photos/s" if speed and progress.stage == "read" else "",
            )

        yield show


@contextmanager
def adding_bar() -> Iterator["OnModelProgress"]:
    """A callback for ``models add``: on a terminal a line a step, with its time, and a bar while
    bytes come; elsewhere a line when a step begins."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _SaySteps()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    transfer = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        steps: dict[str, TaskID] = {}

        def show(progress: "ModelProgress") -> None:
            bars.columns = (*columns, *transfer) if progress.step == "download" else columns
            if progress.step not in steps:
                for task in steps.values():
                    bars.update(task, total=1, completed=1)
                steps[progress.step] = bars.add_task(progress.step, total=None)
            if progress.done:
                total = progress.total or None
                bars.update(steps[progress.step], completed=progress.done, total=total)

        yield show


class _SaySteps:
    """Says each step once, and a download at every tenth of it."""

    def __init__(self) -> None:
        self._said: tuple[str, int] | None = None

    def __call__(self, progress: "ModelProgress") -> None:
        tenth = 10 * progress.done // progress.total if progress.total else 0
        if (progress.step, tenth) != self._said:
            self._said = progress.step, tenth
            print_notes([str(progress)])


@contextmanager
def interruptible(on_progress: "OnProgress") -> Iterator["OnProgress"]:
    """A callback that ends the run after Ctrl-C, between batches, where nothing is half done.

    A second Ctrl-C ends it at once.
    """
    asked = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    def check(progress: "Progress") -> None:
        on_progress(progress)
        if asked.is_set():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
