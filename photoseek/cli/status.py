"""``status`` and ``doctor``: what a library holds, and how it and the machine are."""

import sys
from typing import Any

import click

from photoseek.cli.options import Where, json_option, library_option, open_library, print_lines
from photoseek.printing import status as printing
from photoseek.printing.text import as_json as json_line


@click.command()
@click.option(
    "--failed", is_flag=True, help="List what cannot be searched, why, and what to do about it."
)
@json_option
@library_option
def status(library: Where | None, *, failed: bool, as_json: bool) -> None:
    """Say what the library holds and how much of it can be searched."""
    with open_library(library) as opened:
        if failed:
            files = opened.unsearchable()
            document: dict[str, Any] = {"failed": printing.unsearchable_fields(files)}
            lines = printing.unsearchable_for_people(files)
        else:
            summary = opened.status()
            document = printing.status_fields(summary)
            lines = printing.status_for_people(summary)
    if as_json:
        click.echo(json_line(document))
    else:
        print_lines(lines)


@click.command()
@json_option
@library_option
def doctor(library: Where | None, *, as_json: bool) -> None:
    """Check this machine and the library: codecs, model, disk, memory, clock, cache, folders.

    Ends with 1 if something must be mended; a warning is no problem.
    """
    with open_library(library) as opened:
        checks = opened.check_up()
    if as_json:
        click.echo(json_line({"checks": [printing.check_fields(check) for check in checks]}))
    else:
        print_lines(printing.checks_for_people(checks))
    if any(check.verdict == "problem" for check in checks):
        sys.exit(1)
