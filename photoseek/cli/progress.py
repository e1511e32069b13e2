"""The progress bar of ``index``, on standard error and only on a terminal; and its Ctrl-C."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer import OnProgress, Progress


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
                description="looking" if progress.stage == "scan" else "indexing",
                completed=progress.done,
                total=progress.total,
                rate=f"{speed:,.0f} photos/s" if speed and progress.stage == "read" else "",
            )

        yield show


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
