"""``recommend``: more of what is liked."""

from typing import TYPE_CHECKING

import click

from photoseek.cli.many import CommandWithManyValues
from photoseek.cli.options import Where, open_library
from photoseek.cli.results import Show, print_answer, show_options

if TYPE_CHECKING:
    from search.recommend import Strategy


@click.command(cls=CommandWithManyValues)
@click.option("--like", multiple=True, metavar="EXAMPLE...", help="Wanted: files, id:123, words.")
@click.option("--unlike", multiple=True, metavar="EXAMPLE...", help="Not wanted.")
@click.option(
    "--strategy",
    type=click.Choice(["average_vector", "best_score"]),
    default="average_vector",
    show_default=True,
    help="Near the mean of what is liked, or near any one of it.",
)
@show_options
def recommend(
    like: tuple[str, ...],
    unlike: tuple[str, ...],
    strategy: "Strategy",
    limit: int,
    model: str | None,
    library: Where | None,
    show: Show,
) -> None:
    """Find more like some photographs and less like others.

    photoseek recommend --like a.jpg id:12 "red boats" --unlike c.jpg
    """
    with open_library(library) as opened:
        answer = opened.recommend(like, unlike, strategy=strategy, limit=limit, model=model)
        print_answer(opened, answer, show, everything=True)
