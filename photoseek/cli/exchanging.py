"""``export`` and ``import-embeddings``: vectors for other programs, and from them."""

from pathlib import Path

import click

from photoseek.cli.options import (
    PATH,
    Where,
    json_option,
    library_option,
    model_option,
    open_library,
    print_notes,
)
from photoseek.printing.text import as_json as json_line
from photoseek.printing.text import printable


@click.command()
@click.argument("out", type=PATH)
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "npy", "csv", "clip-retrieval"]),
    default="parquet",
    show_default=True,
    help="npy and clip-retrieval make a folder, the others a file.",
)
@model_option
@library_option
def export(out: Path, form: str, model: str | None, library: Where | None) -> None:
    """Write every photograph's embedding, path, date, place and tags to OUT, which must be new."""
    with open_library(library) as opened:
        count = opened.export(out, form, model=model)
    click.echo(f"{count:,} embeddings: {printable(out)}")


@click.command("import-embeddings")
@click.argument("folder", type=PATH)
@click.option("--model", help="What made them.  [default: as the folder says]")
@click.option("--photos", type=PATH, help="Where relative paths count from.  [default: FOLDER]")
@json_option
@library_option
def import_embeddings(
    folder: Path, model: str | None, photos: Path | None, library: Where | None, *, as_json: bool
) -> None:
    """Take over embeddings that clip-retrieval made of photographs in the library.

    If their model is installed, words can be searched for too; else search with photographs:
    photoseek similar PATH --model NAME.
    """
    with open_library(library) as opened:
        report = opened.import_embeddings(folder, model=model, photos=photos)
    if as_json:
        fields = ("model", "added", "known", "unknown", "words")
        click.echo(json_line({name: getattr(report, name) for name in fields}))
        return
    known = f", {report.known:,} had one already" if report.known else ""
    click.echo(f"{report.added:,} vectors of {printable(report.model)} added{known}")
    notes = []
    if report.unknown:
        notes.append(
            f"{report.unknown:,} pictures are not in the library; index their folder first"
        )
    if not report.words:
        notes.append(f"{printable(report.model)} is not installed: search by photographs alone")
    print_notes(notes)
