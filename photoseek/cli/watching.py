"""``watch``: a library kept current until Ctrl-C."""

import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photoseek.cli.options import (
    LOCATION,
    Where,
    json_option,
    library_option,
    open_library,
    print_lines,
    print_notes,
)
from photoseek.printing import watching as printing
from photoseek.printing.text import as_json as json_line

if TYPE_CHECKING:
    from photoseek.library.watching import WatchEvent


@click.command()
@click.argument("folders", nargs=-1, type=LOCATION)
@click.option(
    "--poll",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Look so often, instead of waiting for the file system to tell.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Threads that decode.  [default: cores]"
)
@json_option
@library_option
def watch(
    folders: tuple[Path, ...],
    poll: float | None,
    workers: int | None,
    library: Where | None,
    *,
    as_json: bool,
) -> None:
    """Keep FOLDERS, or all folders known, up to date until Ctrl-C.

    Network shares, which do not tell of changes, are looked at every minute. A folder whose drive
    goes away is waited for.
    """
    from indexer import IndexOptions

    gc.enable()  # this one runs for days
    with open_library(library) as opened, stopped_by_signals() as stop:
        opened.watch(
            *folders,
            on_event=_print_json if as_json else _print,
            stop=stop,
            poll=poll,
            options=IndexOptions(workers=workers),
        )


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Set by Ctrl-C or SIGTERM, which are how this command ends; a second ends it at once."""
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_json(event: "WatchEvent") -> None:
    click.echo(json_line(printing.event_fields(event)))  # a line each, flushed by click


def _print(event: "WatchEvent") -> None:
    print_lines(printing.event_for_people(event))
    print_notes(printing.event_notes(event))
