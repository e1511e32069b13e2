"""The command line: parses, calls one method of a Library, prints.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 could not,
2 wrong usage.
"""

import atexit
import gc
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from errors import PhotoseekError, UsageError
from photoseek import __version__, printing
from photoseek.cli_models import models
from photoseek.options import (
    PATH,
    hit_options,
    json_option,
    library_option,
    model_option,
    open_library,
    print_lines,
)
from photoseek.progress import interruptible, progress_bar

if TYPE_CHECKING:
    from search import Answer


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="photoseek")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(context: click.Context, *, debug: bool) -> None:
    """Find photographs by words or by a picture, on this machine alone."""
    context.obj = debug
    warnings.filterwarnings("ignore", module=r"PIL\.")  # a bad file's reason says it better
    logging.basicConfig(format="photoseek: %(message)s", level=logging.WARNING, stream=sys.stderr)


@cli.command()
@click.argument("folders", nargs=-1, type=PATH)
@click.option(
    "--exclude", multiple=True, help="Pattern to leave out, as in .gitignore; repeatable."
)
@click.option("--hidden/--no-hidden", default=None, help="Look at files and folders with a dot.")
@click.option("--retry-failed", is_flag=True, help="Read files again that could not be read.")
@click.option("--full", is_flag=True, help="Read every file again, not only changed ones.")
@click.option("--model", help="Embed with this model too; see: photoseek models.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Threads that decode.  [default: cores]"
)
@json_option
@library_option
def index(
    folders: tuple[Path, ...],
    exclude: tuple[str, ...],
    workers: int | None,
    model: str | None,
    library: Path | None,
    *,
    hidden: bool | None,
    retry_failed: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Bring FOLDERS, or all folders known, up to date.

    Only new and changed photographs are read. Ctrl-C keeps what is done.
    """
    from indexer import IndexOptions

    gc.enable()  # this one may run for hours
    options = IndexOptions(workers=workers, retry_failed=retry_failed, rehash=full)
    with (
        open_library(library) as opened,
        progress_bar() as show,
        interruptible(show) as on_progress,
    ):
        report = opened.index(
            *folders,
            exclude=exclude or None,
            hidden=hidden,
            model=model,
            options=options,
            on_progress=on_progress,
        )
    if as_json:
        click.echo(printing.as_json(printing.report_fields(report)))
    else:
        print_lines(printing.report_for_people(report))
    _notes(printing.report_notes(report))
    if report.interrupted:
        sys.exit(1)


@cli.command()
@click.argument("words", nargs=-1)
@click.option("--text", multiple=True, help="More words, weighed beside the first; repeatable.")
@click.option(
    "--image",
    multiple=True,
    type=PATH,
    help="A picture to look for beside the words; repeatable.",
)
@hit_options
def search(
    words: tuple[str, ...],
    text: tuple[str, ...],
    image: tuple[Path, ...],
    limit: int,
    model: str | None,
    library: Path | None,
    **shape: bool,
) -> None:
    """Find photographs by WORDS, as one phrase: photoseek search a dog on the beach."""
    texts = [" ".join(words), *text] if words else list(text)
    with open_library(library) as opened:
        _print_answer(opened.search(texts, images=image, limit=limit, model=model), **shape)


@cli.command()
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
        _print_answer(opened.similar(*images, limit=limit, model=model), **shape)


@cli.command()
@click.argument("folders", nargs=-1, required=True, type=PATH)
@library_option
def forget(folders: tuple[Path, ...], library: Path | None) -> None:
    """Forget FOLDERS that were given to index. No file is touched."""
    with open_library(library) as opened:
        files = opened.forget(*folders)
    click.echo(f"{files:,} files forgotten")


@cli.command()
@click.option("--failed", is_flag=True, help="List what cannot be searched, with the reason.")
@json_option
@library_option
def status(library: Path | None, *, failed: bool, as_json: bool) -> None:
    """Say what the library holds."""
    with open_library(library) as opened:
        if failed:
            files = opened.failed()
            document: dict[str, Any] = {"failed": printing.failed_fields(files)}
            lines = printing.failed_for_people(files)
        else:
            summary = opened.status()
            document = printing.status_fields(summary)
            lines = printing.status_for_people(summary)
    if as_json:
        click.echo(printing.as_json(document))
    else:
        print_lines(lines)


@cli.command()
@click.argument("captions", type=PATH)
@click.option("--photos", type=PATH, help="Where paths count from.  [default: CAPTIONS' folder]")
@model_option
@json_option
@library_option
def evaluate(
    captions: Path, photos: Path | None, model: str | None, library: Path | None, *, as_json: bool
) -> None:
    """Measure how well CAPTIONS (lines of path, tab, caption) find their photographs."""
    with open_library(library) as opened:
        evaluation = opened.evaluate(captions, photos=photos, model=model)
    if as_json:
        click.echo(printing.as_json(asdict(evaluation)))
    else:
        print_lines(printing.evaluation_for_people(evaluation))


cli.add_command(models)


def _print_answer(
    answer: "Answer", *, paths: bool, print0: bool, as_csv: bool, as_json: bool
) -> None:
    if (paths or print0) + as_csv + as_json > 1:
        raise UsageError("--json, --csv and --paths exclude each other; give one")
    if as_json:
        click.echo(printing.as_json(printing.answer_fields(answer)))
    elif paths or print0:
        _output().write(printing.hits_as_paths(answer, b"\0" if print0 else b"\n"))
    elif as_csv:
        _raw(printing.hits_as_csv(answer))
    else:
        print_lines(printing.hits_for_people(answer))
    _notes(answer.notes)


def _raw(text: str) -> None:
    """Write text whose file names may not be UTF-8 in the file system's own bytes."""
    _output().write(os.fsencode(text))


def _output() -> BinaryIO:
    """Standard output for bytes. Raises PhotoseekError if it was closed."""
    if sys.stdout is None:
        raise PhotoseekError("standard output is closed")
    return sys.stdout.buffer


def _notes(notes: Iterable[str]) -> None:
    for note in notes:
        click.echo(f"photoseek: {note}", err=True)


def main() -> None:
    """The ``photoseek`` command."""
    gc.disable()  # a search is over before collecting pays: 100 of 700 ms at 100,000 photographs
    atexit.register(_leave_quickly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name the terminal cannot show
    try:
        cli(prog_name="photoseek")
    except Exception as error:
        if "--debug" in sys.argv[1:]:
            raise
        _notes(map(printing.printable, _in_words(error)))
        sys.exit(2 if isinstance(error, UsageError) else 1)


def _in_words(error: Exception) -> Iterator[str]:
    """What a person is told; more than one line only where the fault is ours."""
    if isinstance(error, PhotoseekError | OSError):
        yield str(error)
    else:
        yield f"{type(error).__name__}: {error}"
        yield "a fault of photoseek; to see it: photoseek --debug COMMAND …"


def _leave_quickly() -> None:
    """Spare the last collection; torch's bindings, where they were loaded, complain of it."""
    if "torch" not in sys.modules:
        gc.freeze()
