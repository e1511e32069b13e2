"""``tag`` and ``tags``: labels on photographs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from errors import UsageError
from photoseek.cli.options import (
    PATH,
    Where,
    json_option,
    library_option,
    model_option,
    open_library,
    print_lines,
    print_notes,
    read_lines,
)
from photoseek.printing import tags as printing
from photoseek.printing.text import as_json as json_line

if TYPE_CHECKING:
    from photoseek.library import Library


@click.command()
@click.argument("labels", nargs=-1, metavar="LABELS...")
@click.option("--file", type=PATH, help="Labels from a file, one a line.")
@click.option("--several", is_flag=True, help="All labels that fit, not only the best.")
@click.option(
    "--strictness",
    type=click.FloatRange(0, 100),
    default=50,
    show_default=True,
    help="0 tags nearly every photograph, 100 only the surest.",
)
@click.option("--again", is_flag=True, help="Give the labels given so far anew: another model.")
@click.option("--dry-run", is_flag=True, help="Only say what would be given.")
@click.option("--from-folder", type=PATH, help="Learn labels from its sub-folders of examples.")
@click.option("--add", metavar="LABEL", help="Tag photographs by hand: --add LABEL PATHS...")
@click.option("--remove", metavar="LABEL", help="Take LABEL from PATHS, or from all.")
@model_option
@json_option
@library_option
def tag(
    labels: tuple[str, ...],
    file: Path | None,
    from_folder: Path | None,
    add: str | None,
    remove: str | None,
    library: Where | None,
    model: str | None,
    strictness: float,
    *,
    several: bool,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Tag photographs with those of LABELS that they show: photoseek tag dog cat beach.

    A photograph gets the most probable label, or none if none stands out from the noise. With --add
    and --remove the arguments are photographs: paths, or id:123.
    """
    _require_one_way(file=file, again=again, from_folder=from_folder, add=add, remove=remove)
    with open_library(library) as opened:
        if add is not None or remove is not None:
            click.echo(_by_hand(opened, labels, add=add, remove=remove))
        elif from_folder is not None:
            _by_examples(opened, from_folder, model, as_json=as_json)
        else:
            options = {"several": several, "strictness": strictness, "model": model}
            names = [*labels, *(_read_labels(file) if file else ())]
            run = opened.tag_again if again else lambda **given: opened.tag(names, **given)
            tagged = run(keep=not dry_run, **options)
            if as_json:
                click.echo(json_line(printing.tagged_fields(tagged)))
            else:
                print_lines(printing.tagged_for_people(tagged))


@click.command()
@json_option
@library_option
def tags(library: Where | None, *, as_json: bool) -> None:
    """List tags, how many photographs have each, and who gave it."""
    with open_library(library) as opened:
        labels = opened.tags()
    if as_json:
        click.echo(json_line(printing.labels_fields(labels)))
    else:
        print_lines(printing.labels_for_people(labels))


def _by_hand(
    opened: "Library", photos: tuple[str, ...], *, add: str | None, remove: str | None
) -> str:
    if add is not None:
        return f"{opened.add_tag(add, photos):,} photos tagged {add}"
    return f"{opened.remove_tag(remove or '', photos):,} tags removed"


def _by_examples(opened: "Library", folder: Path, model: str | None, *, as_json: bool) -> None:
    report = opened.tag_by_examples(folder, model=model)
    if as_json:
        click.echo(json_line(printing.examples_fields(report)))
    else:
        print_lines(printing.examples_for_people(report))
    print_notes(printing.examples_notes(report))


def _require_one_way(**ways: object) -> None:
    chosen = [
        f"--{name.replace('_', '-')}" for name, given in ways.items() if given not in (None, False)
    ]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other; give one")


def _read_labels(path: Path) -> list[str]:
    """The lines of a file that are neither empty nor comments (#)."""
    labels = [line.strip() for line in read_lines(path) if not line.startswith("#")]
    if not labels:
        raise UsageError(f"{path}: no labels in it; write one a line")
    return labels
