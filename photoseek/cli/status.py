"""``status``: what a library holds."""

from pathlib import Path
from typing import Any

import click

from photoseek.cli.options import json_option, library_option, open_library, print_lines
from photoseek.printing import reports
from photoseek.printing import status as printing
from photoseek.printing.text import as_json as json_line


@click.command()
@click.option("--failed", is_flag=True, help="List what cannot be searched, with the reason.")
@json_option
@library_option
def status(library: Path | None, *, failed: bool, as_json: bool) -> None:
    """Say what the library holds."""
    with open_library(library) as opened:
        if failed:
            files = opened.failed()
            document: dict[str, Any] = {"failed": reports.failed_fields(files)}
            lines = reports.failed_for_people(files)
        else:
            summary = opened.status()
            document = printing.status_fields(summary)
            lines = printing.status_for_people(summary)
    if as_json:
        click.echo(json_line(document))
    else:
        print_lines(lines)
