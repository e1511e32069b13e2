"""``index`` and ``forget``: what a library looks after."""

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photoseek.cli.options import (
    LOCATION,
    Where,
    device_option,
    json_option,
    library_option,
    open_library,
    print_lines,
    print_notes,
)
from photoseek.cli.progress import interruptible, progress_bar
from photoseek.printing import plans, reports
from photoseek.printing.text import as_json as json_line

if TYPE_CHECKING:
    from encoder import Device
    from indexer import RootPlan


@click.command()
@click.argument("folders", nargs=-1, type=LOCATION)
@click.option(
    "--exclude", multiple=True, help="Pattern to leave out, as in .gitignore; repeatable."
)
@click.option("--hidden/--no-hidden", default=None, help="Look at files and folders with a dot.")
@click.option(
    "--follow-symlinks/--no-follow-symlinks",
    default=None,
    help="Look behind symbolic links, out of FOLDERS too.",
)
@click.option("--retry-failed", is_flag=True, help="Read files again that could not be read.")
@click.option("--full", is_flag=True, help="Read every file again, not only changed ones.")
@click.option("--model", help="Embed with this model too: a name, or a path of YOLO weights.")
@device_option("auto")
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="Read and embed on a Ray cluster: HOST:PORT of its head node, or local.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes that decode.  [default: cores]"
)
@click.option(
    "--decode-timeout",
    type=click.FloatRange(min=0, min_open=True, max=86_400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Give a picture up after so long.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done; write nothing.")
@json_option
@library_option
def index(
    folders: tuple[Path, ...],
    exclude: tuple[str, ...],
    workers: int | None,
    decode_timeout: float,
    model: str | None,
    device: "Device",
    ray: str | None,
    library: Where | None,
    *,
    hidden: bool | None,
    follow_symlinks: bool | None,
    retry_failed: bool,
    full: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring FOLDERS, or all folders known, up to date.

    FOLDERS may be in object storage (s3://…, gs://…). Only new and changed photographs are read.
    Ctrl-C keeps what is done.
    """
    from indexer import IndexOptions

    gc.enable()  # this one may run for hours
    wanted: dict[str, Any] = {
        "exclude": exclude or None,
        "hidden": hidden,
        "follow_symlinks": follow_symlinks,
        "model": model,
        "options": IndexOptions(
            workers=workers,
            retry_failed=retry_failed,
            rehash=full,
            decode_timeout=decode_timeout,
        ),
    }
    with (
        open_library(library) as opened,
        progress_bar() as show,
        interruptible(show) as on_progress,
    ):
        if dry_run:
            _print_plans(opened.plan(*folders, **wanted), as_json=as_json)
            return
        report = opened.index(*folders, **wanted, device=device, ray=ray, on_progress=on_progress)
    if as_json:
        click.echo(json_line(reports.report_fields(report)))
    else:
        print_lines(reports.report_for_people(report))
    print_notes(reports.report_notes(report))
    if report.interrupted:
        sys.exit(1)


def _print_plans(made: "list[RootPlan]", *, as_json: bool) -> None:
    if as_json:
        click.echo(json_line({"roots": [plans.plan_fields(plan) for plan in made]}))
    else:
        print_lines(plans.plans_for_people(made))


@click.command()
@click.argument("folders", nargs=-1, required=True, type=LOCATION)
@library_option
def forget(folders: tuple[Path, ...], library: Where | None) -> None:
    """Forget FOLDERS that were given to index. No file is touched."""
    with open_library(library) as opened:
        files = opened.forget(*folders)
    click.echo(f"{files:,} files forgotten")
