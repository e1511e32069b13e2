"""``map``: a library as a page to wander about in."""

from pathlib import Path

import click

from photoseek.cli.options import (
    PATH,
    Where,
    library_option,
    model_option,
    open_library,
    print_notes,
)
from photoseek.printing.text import printable


@click.command("map")
@click.argument("out", type=PATH)
@click.option(
    "--most",
    type=int,
    default=20_000,
    show_default=True,
    help="Photographs drawn; of a larger library, an even sample.",
)
@model_option
@library_option
def map_(out: Path, most: int, model: str | None, library: Where | None) -> None:
    """Draw the library as a map in the HTML file OUT, which needs nothing else.

    Photographs that look alike lie close together. Drag, scroll, pinch, or use arrows and + -.
    """
    with open_library(library) as opened:
        report = opened.map(out, most=most, model=model)
    size = f"{report.bytes / 1e6:.1f} MB"
    click.echo(f"{report.photos:,} photographs by {report.method}, {size}: {printable(out)}")
    if report.photos < report.total:
        print_notes([f"{report.total:,} photographs; an even sample is drawn, see --most"])
    if report.method == "PCA" and report.photos > 16:
        print_notes(["a better layout: pip install 'photoseek[map]'"])
