"""``roots`` and ``prune``: where photographs are looked for, and which are no more."""

import sys
from pathlib import Path

import click

from photoseek.cli.options import (
    LOCATION,
    Where,
    json_option,
    library_alone_option,
    library_option,
    open_library,
    print_lines,
    print_notes,
)
from photoseek.printing import roots as printing
from photoseek.printing.text import as_json as json_line


@click.group(invoke_without_command=True)
@json_option
@library_option
@click.pass_context
def roots(context: click.Context, library: Where | None, *, as_json: bool) -> None:
    """List the folders that were given to index, or: roots relocate OLD NEW."""
    if context.invoked_subcommand is not None:
        return
    with open_library(library) as opened:
        statuses = opened.roots()
    if as_json:
        click.echo(json_line({"roots": [printing.root_fields(status) for status in statuses]}))
    else:
        print_lines(printing.roots_for_people(statuses))


@roots.command()
@click.argument("old", type=LOCATION)
@click.argument("new", type=LOCATION)
@click.option("--anyway", is_flag=True, help="Even if no known file is there.")
@library_option
def relocate(old: Path, new: Path, library: Where | None, *, anyway: bool) -> None:
    """Look for the folder OLD at NEW from now on. Nothing is read or encoded again."""
    with open_library(library) as opened:
        opened.relocate(old, new, anyway=anyway)
    print_lines(printing.relocated_for_people(old, new))


@click.command()
@click.argument("folders", nargs=-1, type=LOCATION)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--vectors", is_flag=True, help="Drop the vectors of pictures that are nowhere, too.")
@json_option
@library_alone_option
def prune(
    folders: tuple[Path, ...], library: Where | None, *, yes: bool, vectors: bool, as_json: bool
) -> None:
    """Forget files that are gone: marked missing, or not found in FOLDERS, even if offline.

    Shows the count first and asks. No file is touched; without --vectors, a photograph that comes
    back needs no encoding.
    """
    with open_library(library) as opened:
        gone = opened.gone(*folders)
        print_notes(printing.gone_for_people(gone, vectors=vectors))
        if not yes and any(map(len, gone)) and not click.confirm("Forget them?", err=True):
            sys.exit(1)
        pruned = opened.prune(gone, vectors=vectors)
    if as_json:
        click.echo(json_line(printing.pruned_fields(gone, pruned)))
    else:
        print_lines(printing.pruned_for_people(pruned))
