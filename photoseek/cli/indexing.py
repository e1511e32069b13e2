"""``index`` and ``forget``: what a library looks after."""

import gc
import sys
from pathlib import Path

import click

from photoseek.cli.options import (
    PATH,
    json_option,
    library_option,
    open_library,
    print_lines,
    print_notes,
)
from photoseek.cli.progress import interruptible, progress_bar
from photoseek.printing import reports
from photoseek.printing.text import as_json as json_line


@click.command()
@click.argument("folders", nargs=-1, type=PATH)
@click.option(
    "--exclude", multiple=True, help="Pattern to leave out, as in .gitignore; repeatable."
)
@click.option("--hidden/--no-hidden", default=None, help="Look at files and folders with a dot.")
@click.option("--retry-failed", is_flag=True, help="Read files again that could not be read.")
@click.option("--full", is_flag=True, help="Read every file again, not only changed ones.")
@click.option("--model", help="Embed with this model too; see: photoseek models.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Threads that decode.  [default: cores]"
)
@json_option
@library_option
def index(
    folders: tuple[Path, ...],
    exclude: tuple[str, ...],
    workers: int | None,
    model: str | None,
    library: Path | None,
    *,
    hidden: bool | None,
    retry_failed: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Bring FOLDERS, or all folders known, up to date.

    Only new and changed photographs are read. Ctrl-C keeps what is done.
    """
    from indexer import IndexOptions

    gc.enable()  # this one may run for hours
    options = IndexOptions(workers=workers, retry_failed=retry_failed, rehash=full)
    with (
        open_library(library) as opened,
        progress_bar() as show,
        interruptible(show) as on_progress,
    ):
        report = opened.index(
            *folders,
            exclude=exclude or None,
            hidden=hidden,
            model=model,
            options=options,
            on_progress=on_progress,
        )
    if as_json:
        click.echo(json_line(reports.report_fields(report)))
    else:
        print_lines(reports.report_for_people(report))
    print_notes(reports.report_notes(report))
    if report.interrupted:
        sys.exit(1)


@click.command()
@click.argument("folders", nargs=-1, required=True, type=PATH)
@library_option
def forget(folders: tuple[Path, ...], library: Path | None) -> None:
    """Forget FOLDERS that were given to index. No file is touched."""
    with open_library(library) as opened:
        files = opened.forget(*folders)
    click.echo(f"{files:,} files forgotten")
