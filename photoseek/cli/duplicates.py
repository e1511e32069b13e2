"""``duplicates``: listing them, and, if a person asks for it, doing away with spare copies."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from errors import UsageError
from photoseek.cli.options import (
    PATH,
    Where,
    json_option,
    library_option,
    open_library,
    print_lines,
    require_photos,
)
from photoseek.printing import duplicates as printing
from photoseek.printing.text import as_json as json_line

if TYPE_CHECKING:
    from photoseek.library import Library
    from photoseek.library.duplicates import OnStage
    from photoseek.spares import Outcome
    from search.spares import DuplicateGroup, Spare

TIERS = ("exact", "same", "similar")


@click.command()
@click.option(
    "--tier",
    "tiers",
    multiple=True,
    type=click.Choice(TIERS),
    help="exact: copies byte by byte. same: one picture encoded again, resized, cropped or "
    "slightly edited. similar: others that look alike. Repeatable.  [default: all; to act: exact]",
)
@click.option(
    "-k", "--limit", default=20, show_default=True, help="Groups shown of a tier; 0 for all."
)
@click.option("--keep", multiple=True, type=PATH, help="Rather keep copies below it; repeatable.")
@click.option("--link", is_flag=True, help="Let copies share the kept file's space on the disk.")
@click.option("--move", type=PATH, metavar="DIR", help="Move copies below DIR.")
@click.option("--trash", is_flag=True, help="Move copies to the trash.")
@click.option("-y", "--yes", is_flag=True, help="Act without asking.")
@json_option
@library_option
def duplicates(
    tiers: tuple[str, ...],
    limit: int,
    keep: tuple[Path, ...],
    move: Path | None,
    library: Where | None,
    *,
    link: bool,
    trash: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Find copies of one picture, in three tiers.

    Only lists them, unless --link, --move or --trash is given. These ask first, keep one file of
    each group, check each file again right before, and leave alone what is on a drive that is away.
    """
    chosen = [name for name, on in (("link", link), ("move", move), ("trash", trash)) if on]
    acting = _acting(chosen, tiers)
    _check(limit, acting=acting, unasked=yes, as_json=as_json)
    with open_library(library) as opened:
        with _stages() as on_stage:
            wanted = tiers or (("exact",) if acting else TIERS)
            groups = opened.duplicates(wanted, on_stage=on_stage)
        require_photos(len(groups) or opened.status().counts.photos)
        if acting is None:
            _print_groups(groups, limit, as_json=as_json)
            return
        spares = opened.spares(groups, keep)
        outcomes = _begin(opened, spares, acting, move)
        if spares and not yes:
            print_lines(printing.spares_for_people(spares))
            click.confirm(f"{QUESTIONS[acting]} {len(spares):,} files?", abort=True, err=True)
        _print_outcomes(list(outcomes), VERBS[acting], as_json=as_json)


VERBS = {"link": "linked", "move": "moved", "trash": "moved to the trash"}
QUESTIONS = {"link": "Link", "move": "Move", "trash": "Trash"}


def _acting(chosen: Sequence[str], tiers: Sequence[str]) -> str | None:
    """The one act asked for, if any. Raises UsageError for two, or what would lose pictures."""
    if len(chosen) > 1:
        raise UsageError("--link, --move and --trash exclude each other; give one")
    if chosen and "similar" in tiers:
        raise UsageError(f"--{chosen[0]} --tier similar: similar photographs are no copies")
    if "link" in chosen and "same" in tiers:
        raise UsageError("--link --tier same: only exact copies can share their space")
    return chosen[0] if chosen else None


def _check(limit: int, *, acting: str | None, unasked: bool, as_json: bool) -> None:
    if limit < 0:
        raise UsageError(f"limit {limit}: give how many groups to show, or 0 for all")
    if acting and not unasked and (as_json or sys.stdin is None or not sys.stdin.isatty()):
        raise UsageError(f"--{acting} asks first, and nobody can answer here; add --yes")


def _begin(
    library: "Library", spares: "Sequence[Spare]", acting: str, folder: Path | None
) -> "Iterator[Outcome]":
    """What acts as it is walked; a folder that will not do is refused at once."""
    if acting == "link":
        return library.link_spares(spares)
    if folder is not None:
        return library.move_spares(spares, folder)
    return library.trash_spares(spares)


def _print_groups(groups: "Sequence[DuplicateGroup]", limit: int, *, as_json: bool) -> None:
    if as_json:
        click.echo(json_line({"groups": printing.duplicates_fields(groups)}))
    else:
        print_lines(printing.duplicates_for_people(groups, limit))


def _print_outcomes(outcomes: "Sequence[Outcome]", verb: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json_line({"files": printing.outcomes_fields(outcomes)}))
    else:
        print_lines(printing.outcomes_for_people(outcomes, verb))
    if not all(outcome.done for outcome in outcomes):
        sys.exit(1)


@contextmanager
def _stages() -> "Iterator[OnStage]":
    """Says on a terminal what is being done."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("looking for copies") as status:
        yield status.update
