"""``search`` and ``similar``: questions and their answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from errors import UsageError
from photoseek.cli.negatives import CommandWithNegatives
from photoseek.cli.options import (
    PATH,
    hit_options,
    open_library,
    output,
    print_lines,
    print_notes,
    print_raw,
)
from photoseek.printing import answers
from photoseek.printing.text import as_json as json_line

if TYPE_CHECKING:
    from search import Answer


@click.command(cls=CommandWithNegatives)
@click.argument("words", nargs=-1)
@click.option("--not", "unwanted", multiple=True, help="Keep from words, or from a picture's path.")
@click.option("--text", multiple=True, help="More words, weighed beside the first; repeatable.")
@click.option(
    "--image",
    "--near",
    "image",
    multiple=True,
    type=PATH,
    help="A picture to look for beside the words; repeatable.",
)
@click.option("--only", type=click.Choice(["meaning", "text"]), help="Search by one of the two.")
@click.option("--literal", is_flag=True, help='Take no words for filters, as in "july 2023".')
@click.option("--allow-url", is_flag=True, help="Fetch the pictures of addresses in the query.")
@click.option(
    "--strictness",
    type=click.FloatRange(0, 100),
    default=50.0,
    show_default=True,
    help="How sure a match must be.",
)
@click.option("--all", "everything", is_flag=True, help="Also show what hardly matches.")
@hit_options
def search(
    words: tuple[str, ...],
    unwanted: tuple[str, ...],
    text: tuple[str, ...],
    image: tuple[Path, ...],
    only: str | None,
    strictness: float,
    limit: int,
    model: str | None,
    library: Path | None,
    *,
    literal: bool,
    allow_url: bool,
    **shape: bool,
) -> None:
    """Find photographs by WORDS, pictures and filters: photoseek search a dog in:Trips -people.

    All that can be asked, and how, is in docs/query.md.
    """
    from search.query.arguments import query_text  # brings NumPy, which --help needs not

    asked = query_text(words, texts=text, images=image, unwanted=unwanted)
    settings: dict[str, Any] = {
        "limit": limit,
        "literal": literal,
        "only": only,
        "strictness": strictness,
    }
    with open_library(library) as opened:
        answer = opened.search(
            asked if words or asked else (), model=model, allow_url=allow_url, **settings
        )
    print_answer(answer, **shape)


@click.command()
@click.argument("images", nargs=-1, required=True, type=PATH)
@hit_options
def similar(
    images: tuple[Path, ...],
    limit: int,
    model: str | None,
    library: Path | None,
    **shape: bool,
) -> None:
    """Find photographs that look like IMAGES, which need not be in the library."""
    with open_library(library) as opened:
        print_answer(opened.similar(*images, limit=limit, model=model), everything=True, **shape)


def print_answer(
    answer: "Answer",
    *,
    everything: bool,
    paths: bool,
    print0: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Print what matches, or with ``everything`` all that is nearest; JSON and CSV say of each."""
    if (paths or print0) + as_csv + as_json > 1:
        raise UsageError("--json, --csv and --paths exclude each other; give one")
    if as_json:
        click.echo(json_line(answers.answer_fields(answer)))
    elif as_csv:
        print_raw(answers.hits_as_csv(answer))
    elif paths or print0:
        hits = answers.shown(answer, everything=everything)
        output().write(answers.hits_as_paths(hits, b"\0" if print0 else b"\n"))
    else:
        print_lines(answers.answer_for_people(answer, everything=everything))
    if not (as_json or as_csv):
        print_notes(answers.folded(answer, everything=everything))
    print_notes(answer.notes)
