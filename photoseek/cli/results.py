"""What the commands that find photographs share: paging, and what is done with the hits."""

import functools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from errors import UsageError
from photoseek.cli.options import (
    PATH,
    Command,
    json_option,
    library_option,
    model_option,
    output,
    print_lines,
    print_notes,
    print_raw,
    require_photos,
)
from photoseek.cli.terminal import colours_wanted, print_with_thumbnails, thumbnails_wanted
from photoseek.printing import answers
from photoseek.printing.printed import Form, Printed, printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from photoseek.library import Asking
    from search import Answer, Hit

PAGE = ("limit", "offset", "sort", "group")
MOST_OPENED = 20


@dataclass(frozen=True, slots=True)
class Show:
    """How hits are printed, and what else is done with them.

    Raises UsageError for what excludes each other, or cannot be written.
    """

    paths: bool = False
    print0: bool = False
    as_csv: bool = False
    as_json: bool = False
    thumbnails: bool | None = None
    open_hits: bool = False
    copy_to: Path | None = None
    export: Path | None = None

    @property
    def form(self) -> Form:
        """What is written to standard output."""
        if self.as_json:
            return "json"
        if self.as_csv:
            return "csv"
        return "paths0" if self.print0 else "paths" if self.paths else "people"

    @property
    def is_printed(self) -> bool:
        """Whether text is all that is wanted, which a server can make."""
        acts = self.open_hits or self.copy_to is not None or self.export is not None
        return not (acts or (self.form == "people" and thumbnails_wanted(self.thumbnails)))

    def __post_init__(self) -> None:
        if (self.paths or self.print0) + self.as_csv + self.as_json > 1:
            raise UsageError("--json, --csv and --paths exclude each other; give one")
        if self.export is not None:
            from photoseek.sheets import require_sheet

            require_sheet(self.export)
        if self.copy_to is not None:
            from photoseek.placing import target_folder

            target_folder(self.copy_to)


Option = Callable[[Any], Any]

_PAGE_OPTIONS: tuple[Option, ...] = (
    click.option("-k", "--limit", default=20, show_default=True, help="How many to find."),
    click.option("--offset", default=0, help="How many of the best to pass by, for pages."),
    click.option(
        "--sort",
        type=click.Choice(["relevance", "date", "name"]),
        default="relevance",
        help="Order of what matches; by date, the newest first.  [default: relevance]",
    ),
    click.option(
        "--no-group",
        "group",
        flag_value=False,
        type=bool,
        default=True,
        help="Show each shot of a moment, each RAW and each edit, by itself.",
    ),
)

_SHOW_OPTIONS: tuple[Option, ...] = (
    click.option("--paths", is_flag=True, help="Print one path a line, for xargs."),
    click.option("-0", "--print0", is_flag=True, help="As --paths, each ended by a NUL."),
    click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header line."),
    click.option(
        "--thumbnails/--no-thumbnails", default=None,
        help="Show pictures in the terminal.  [default: where it can show real ones]",
    ),
    click.option("--open", "open_hits", is_flag=True, help="Open the hits in the usual viewer."),
    click.option(
        "--copy-to", type=PATH, metavar="DIR", help="Copy the hits to DIR; nothing is overwritten."
    ),
    click.option(
        "--export", type=PATH, metavar="FILE", help="Write a contact sheet, FILE.html or FILE.pdf."
    ),
    model_option,
    json_option,
    library_option,
)  # fmt: skip


def hit_options(command: Command) -> Command:
    """Options of a search: the command gets ``page``, fields of a Query, and ``show``, a Show."""

    @functools.wraps(command)
    def paged(**options: Any) -> Any:
        return command(page={name: options.pop(name) for name in PAGE}, **options)

    return _with(_PAGE_OPTIONS, show_options(paged, limited=False))  # type: ignore[no-any-return]


def show_options(command: Command, *, limited: bool = True) -> Command:
    """Options of what finds photographs otherwise: the command gets ``limit`` and ``show``."""

    @functools.wraps(command)
    def shown(**options: Any) -> Any:
        show = Show(**{field.name: options.pop(field.name) for field in fields(Show)})
        return command(show=show, **options)

    limit = _PAGE_OPTIONS[:1] if limited else ()
    return _with((*limit, *_SHOW_OPTIONS), shown)  # type: ignore[no-any-return]


def _with(options: Iterable[Option], command: Any) -> Any:
    for option in reversed(tuple(options)):
        command = option(command)
    return command


def print_answer(
    library: "Asking", answer: "Answer", show: Show, *, everything: bool = False
) -> None:
    """Print what matches, or with ``everything`` all that is nearest; JSON and CSV say of each.

    Raises NoLibrary if the library is empty.
    """
    if show.form == "people" and thumbnails_wanted(show.thumbnails):
        require_photos(answer.photos)
        print_with_thumbnails(library, answer, everything=everything)
        print_notes((*answers.folded(answer, everything=everything), *answer.notes))
    else:
        print_printed(
            printed(answer, show.form, everything=everything, colour=colours_wanted(), here=None)
        )
    hits = answers.shown(answer, everything=everything)
    print_notes(_done_with(library, answer, hits, show))


def print_printed(made: Printed) -> None:
    """Write what was made of an answer. Raises NoLibrary if the library is empty."""
    require_photos(made.photos)
    if made.form == "json":
        click.echo(made.out)
    elif made.form == "people":
        print_lines(made.out.split("\n") if made.out else ())
    elif made.form == "paths0":
        output().write(os.fsencode(made.out))
    else:
        print_raw(made.out)
    print_notes(made.notes)


def _done_with(
    library: "Asking", answer: "Answer", hits: "Sequence[Hit]", show: Show
) -> "Iterator[str]":
    """Do what else was asked for, and say it."""
    if show.copy_to is not None:
        copied = library.copy_hits(hits, show.copy_to)
        yield from answers.copies_for_people(copied, show.copy_to)
    if show.export is not None:
        library.export_sheet(answer, hits, show.export)
        yield f"{len(hits)} photographs written to {show.export}"
    if show.open_hits:
        yield from _open(hits)


def _open(hits: "Sequence[Hit]") -> "Iterator[str]":
    for hit in hits[:MOST_OPENED]:
        if hit.photo.offline:
            yield f"{hit.path}: its drive is away"
        elif click.launch(str(hit.path)):
            yield f"{hit.path}: could not be opened; is there a viewer for it?"
    if len(hits) > MOST_OPENED:
        yield f"opened the first {MOST_OPENED} of {len(hits)}"
