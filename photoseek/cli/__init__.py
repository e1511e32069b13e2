"""The command line: parses, calls one method of a Library, prints.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 could not,
2 wrong usage, or no photographs to ask for yet. A module holds the commands of one noun; this one,
the group they belong to, which imports a command when it is asked for.
"""

import atexit
import gc
import io
import logging
import os
import sys
import warnings
from collections import UserDict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from errors import NoLibrary, PhotoseekError, PictureError, UsageError
from photoseek import __version__
from photoseek.cli.options import print_notes
from photoseek.printing.text import printable
from photoseek.processor import introduce_processor

__all__ = ["cli", "main"]

HOMES = {
    "backup": "safekeeping:backup",
    "clusters": "clusters:clusters",
    "doctor": "status:doctor",
    "duplicates": "duplicates:duplicates",
    "evaluate": "evaluation:evaluate",
    "export": "exchanging:export",
    "forget": "indexing:forget",
    "import-embeddings": "exchanging:import_embeddings",
    "index": "indexing:index",
    "map": "mapping:map_",
    "mcp": "assistants:mcp",
    "merge": "safekeeping:merge",
    "models": "models:models",
    "prune": "roots:prune",
    "recommend": "recommending:recommend",
    "repair": "safekeeping:repair",
    "restore": "safekeeping:restore",
    "roots": "roots:roots",
    "save": "saved:save",
    "search": "searching:search",
    "serve": "serving:serve",
    "similar": "searching:similar",
    "status": "status:status",
    "tag": "tags:tag",
    "tags": "tags:tags",
    "verify": "safekeeping:verify",
    "watch": "watching:watch",
    "why": "why:why",
}
"""The module and the function of each command."""


class _Commands(UserDict[str, click.Command]):
    """Every command by its name. What a search imports is a third of its time; so it imports only
    its own."""

    def __missing__(self, name: str) -> click.Command:
        module, _, function = HOMES[name].partition(":")
        command: click.Command = getattr(import_module(f"photoseek.cli.{module}"), function)
        self.data[name] = command
        return command

    def __contains__(self, name: object) -> bool:
        return name in HOMES

    def __iter__(self) -> Iterator[str]:
        return iter(HOMES)

    def __len__(self) -> int:
        return len(HOMES)


class _SafeFormatter(logging.Formatter):
    """Escapes what could move a terminal's cursor: messages name files."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's name)
        return printable(super().formatMessage(record))


class _SafeGroup(click.Group):
    """Escapes what a wrong option or argument was: it may be a file's name that a shell put in."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        with _escaped():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _escaped():
            return super().invoke(ctx)


@contextmanager
def _escaped() -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        vars(error)["message"] = "\n".join(map(printable, error.message.splitlines()))
        raise


@click.group(
    cls=_SafeGroup,
    commands=_Commands(),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="photoseek")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--offline", is_flag=True, help="Never use the network; as HF_HUB_OFFLINE=1.")
@click.pass_context
def cli(context: click.Context, *, debug: bool, offline: bool) -> None:
    """Find photographs by words or by a picture, on this machine alone.

    The network is used only where it is asked for: by models add, and for pictures given as URLs.
    """
    context.obj = debug
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    introduce_processor(os.environ)
    warnings.filterwarnings("ignore", module=r"PIL\.")  # a bad file's reason says it better
    handler = logging.StreamHandler()
    handler.setFormatter(_SafeFormatter("photoseek: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


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
        print_notes(map(printable, _in_words(error)))
        sys.exit(2 if isinstance(error, UsageError | PictureError | NoLibrary) else 1)


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
