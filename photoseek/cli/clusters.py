"""``clusters``: groups of photographs that look alike."""

import click

from photoseek.cli.options import (
    Where,
    json_option,
    library_option,
    model_option,
    open_library,
    print_lines,
)
from photoseek.printing import clusters as printing
from photoseek.printing.text import as_json as json_line


@click.command()
@click.option("-n", "--number", type=int, help="How many groups.  [default: as many as show]")
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="Typical photographs shown of each.",
)
@model_option
@json_option
@library_option
def clusters(
    number: int | None, examples: int, model: str | None, library: Where | None, *, as_json: bool
) -> None:
    """Group photographs that look alike, and name the groups."""
    with open_library(library) as opened:
        found = opened.clusters(number, model=model, examples=examples)
    if as_json:
        click.echo(json_line(printing.clusters_fields(found)))
    else:
        print_lines(printing.clusters_for_people(found))
