"""``evaluate``: how well a person's own captions find their photographs."""

from dataclasses import asdict
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
from photoseek.printing.models import evaluation_for_people
from photoseek.printing.text import as_json as json_line


@click.command()
@click.argument("captions", type=PATH)
@click.option("--photos", type=PATH, help="Where paths count from.  [default: CAPTIONS' folder]")
@model_option
@json_option
@library_option
def evaluate(
    captions: Path, photos: Path | None, model: str | None, library: Where | None, *, as_json: bool
) -> None:
    """Measure how well CAPTIONS (lines of path, tab, caption) find their photographs."""
    with open_library(library) as opened:
        evaluation = opened.evaluate(captions, photos=photos, model=model)
    if as_json:
        click.echo(json_line(asdict(evaluation)))
    else:
        print_lines(evaluation_for_people(evaluation))
