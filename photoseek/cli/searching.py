"""``search`` and ``similar``: questions and their answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photoseek.cli.ahead import EncoderAhead, import_apart
from photoseek.cli.negatives import CommandWithNegatives
from photoseek.cli.options import LOCATION, PATH, Where, ask_on_one_thread, open_to_ask
from photoseek.cli.results import Show, hit_options, print_answer, print_printed
from photoseek.cli.server import default_folder, served

if TYPE_CHECKING:
    from photoseek.models import LoadEncoder


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
    model: str | None,
    library: Where | None,
    page: dict[str, Any],
    show: Show,
    *,
    literal: bool,
    allow_url: bool,
    everything: bool,
) -> None:
    """Find photographs by WORDS, pictures and filters: photoseek search a dog in:Trips -people.

    All that can be asked, and how, is in docs/query.md.
    """
    settings: dict[str, Any] = {
        **page,
        "literal": literal,
        "only": only,
        "strictness": strictness,
    }
    if show.is_printed and not (image or unwanted or allow_url):  # no picture of the person's own
        made = served(library, words, text, model, settings, show.form, everything=everything)
        if made is not None:
            print_printed(made)
            return
    ask_on_one_thread()
    load = _load_ahead(library, model) if (words or text) and only != "text" else None
    import_apart("store")
    from search.query.arguments import query_text  # brings NumPy, which --help needs not

    asked = query_text(words, texts=text, images=image, unwanted=unwanted)
    with open_to_ask(library, load) as opened:
        answer = opened.search(
            asked if words or asked else (), model=model, allow_url=allow_url, **settings
        )
        print_answer(opened, answer, show, everything=everything)


def _load_ahead(library: Where | None, model: str | None) -> "LoadEncoder | None":
    if isinstance(library, str):  # a server does not say what is there before it is asked
        return None
    return EncoderAhead(library or default_folder(), model).load


@click.command()
@click.argument("images", nargs=-1, required=True, type=LOCATION)
@hit_options
def similar(
    images: tuple[Path, ...],
    model: str | None,
    library: Where | None,
    page: dict[str, Any],
    show: Show,
) -> None:
    """Find photographs that look like IMAGES, which need not be in the library."""
    ask_on_one_thread()
    with open_to_ask(library) as opened:
        print_answer(opened, opened.similar(*images, model=model, **page), show, everything=True)
