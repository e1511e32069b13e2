"""``why``: what speaks for a photograph."""

import shutil
import sys
from pathlib import Path

import click

from photoseek.cli.options import (
    PATH,
    Where,
    json_option,
    library_option,
    model_option,
    open_library,
    print_lines,
)
from photoseek.printing import why as printing
from photoseek.printing.text import as_json as json_line
from photoseek.printing.text import printable

MOST_COLUMNS = 72


@click.command()
@click.argument("photo")
@click.argument("query", nargs=-1, required=True)
@click.option("--heatmap", type=PATH, help="Write the picture, lit where it matches, as a PNG.")
@model_option
@json_option
@library_option
def why(
    photo: str,
    query: tuple[str, ...],
    heatmap: Path | None,
    model: str | None,
    library: Where | None,
    *,
    as_json: bool,
) -> None:
    """Say why PHOTO (a path, or id:123) is found by QUERY, or is not: meaning, words, filters.

    On a terminal, the picture is shown, lit where it matches.
    """
    from search.query.arguments import text_of  # brings NumPy, which --help needs not

    with open_library(library) as opened:
        reasons = opened.why(photo, text_of(query), model=model)
        if as_json:
            click.echo(json_line(printing.why_fields(reasons)))
        else:
            print_lines(printing.why_for_people(reasons))
        if heatmap is not None:
            written = opened.save_heat_map(reasons, heatmap, model=model)
            click.echo(f"heat map: {printable(written)}", err=True)
        elif sys.stdout.isatty() and not as_json and reasons.direction is not None:
            from photoseek.heatmaps import half_blocks

            columns = min(MOST_COLUMNS, shutil.get_terminal_size().columns)
            print_lines(half_blocks(opened.heat_map(reasons, model=model), columns))
