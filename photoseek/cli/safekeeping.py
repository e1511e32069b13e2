"""``verify``, ``repair``, ``backup``, ``restore``, ``merge``: a library against damage and loss."""

import sys
from pathlib import Path

import click

from photoseek.cli.options import (
    PATH,
    PLACE,
    Where,
    json_option,
    library_option,
    open_library,
    print_lines,
    print_notes,
)
from photoseek.cli.progress import interruptible, progress_bar
from photoseek.printing import reports
from photoseek.printing import safekeeping as printing
from photoseek.printing.text import as_json as json_line

FILE = click.Path(path_type=Path, readable=False)


@click.command()
@json_option
@library_option
def verify(library: Where | None, *, as_json: bool) -> None:
    """Check the whole library and say what is wrong. Nothing is changed.

    Ends with 0 if it is sound, 1 if not.
    """
    with open_library(library) as opened:
        soundness = opened.verify()
    if as_json:
        click.echo(json_line(printing.soundness_fields(soundness)))
    else:
        print_lines(printing.soundness_for_people(soundness))
    if not soundness.sound:
        sys.exit(1)


@click.command()
@click.argument("folders", nargs=-1, type=PATH)
@json_option
@library_option
def repair(folders: tuple[Path, ...], library: Where | None, *, as_json: bool) -> None:
    """Mend what verify finds.

    Of a damaged catalog, what can be read is kept; the rest is read again from the photographs in
    the folders it knew and in FOLDERS. The damaged file is put aside.
    """
    with (
        open_library(library) as opened,
        progress_bar() as show,
        interruptible(show) as on_progress,
    ):
        done = opened.repair(*folders, on_progress=on_progress)
    if as_json:
        click.echo(json_line(printing.repair_fields(done)))
    else:
        print_lines(printing.repair_for_people(done))
    if done.report is not None:
        print_notes(reports.report_notes(done.report))
    if not done.after.sound or (done.report and done.report.interrupted):
        sys.exit(1)


@click.command()
@click.argument("file", type=FILE)
@click.option("--yes", is_flag=True, help="Replace FILE if it exists.")
@library_option
def backup(file: Path, library: Where | None, *, yes: bool) -> None:
    """Copy the library's catalog to FILE, also while it is in use.

    FILE holds everything but what can be made again: caches, and the photographs.
    """
    with open_library(library) as opened:
        print_lines(printing.backup_for_people(opened.back_up(file, replace=yes)))


@click.command()
@click.argument("file", type=FILE)
@click.option("--yes", is_flag=True, help="Replace the catalog of a library that is there.")
@library_option
def restore(file: Path, library: Where | None, *, yes: bool) -> None:
    """Put the backup FILE in the place of the library's catalog, which is kept beside it."""
    with open_library(library) as opened:
        aside = opened.restore(file, replace=yes)
        print_lines(printing.restored_for_people(opened.status(), aside))


@click.command()
@click.argument("other", type=PLACE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@json_option
@library_option
def merge(other: Where, library: Where | None, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Join the library OTHER, or a backup of one, to this one. Nothing is encoded.

    Shows the count first and asks. OTHER stays as it is.
    """
    with open_library(library) as opened:
        merged = opened.merge(other, dry_run=True)
        print_notes(printing.merge_for_people(other, merged))
        if not dry_run:
            if not yes and not click.confirm("Join them?", err=True):
                sys.exit(1)
            merged = opened.merge(other)
    if as_json:
        click.echo(json_line(printing.merged_fields(merged, dry_run=dry_run)))
    else:
        print_lines(printing.merged_for_people(merged, dry_run=dry_run))
