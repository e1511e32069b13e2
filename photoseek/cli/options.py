"""What several commands share: options, opening the library, printing."""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, TypeVar

import click

from errors import NoLibrary, PathError, PhotoseekError, UsageError
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.library import Asking, Library
    from photoseek.models import LoadEncoder

PATH = click.Path(path_type=Path, readable=False)
"""Checked by the Library, whose messages say more."""


class _Location(click.Path):
    """Keeps an address (``s3://…``) as it is given, where a Path would make one slash of two."""

    def convert(self, value: Any, *_: Any) -> str | Path:
        text = os.fspath(value)
        return text if "://" in text else Path(text)


LOCATION = _Location(path_type=Path, readable=False)

Where: TypeAlias = Path | str
"""A folder, or the address of a catalog on a server."""


class _Place(click.ParamType[Where]):
    """A library's place, told apart here so that an address is not taken for a path."""

    name = "path"

    def convert(
        self, value: Where, param: click.Parameter | None, ctx: click.Context | None
    ) -> Where:
        if isinstance(value, str) and "://" in value:
            return value
        path: Path = PATH.convert(value, param, ctx)
        return path


PLACE = _Place()

DEVICES = ("auto", "cpu", "cuda", "mps")
"""Those of ``encoder.devices``, which ``--help`` need not import."""

MOST_BYTES = 1 << 20
"""Of a file of labels or queries."""

_VECTORS = "photoseek.vectors"

Command = TypeVar("Command", bound=Callable[..., Any])


def library_option(command: Command) -> Command:
    """``--library``, and ``--vectors`` beside it, which ``open_library`` finds by itself."""
    return library_alone_option(_vectors_option(command))


def _vectors_option(command: Command) -> Command:
    return click.option(
        "--vectors",
        metavar="URI",
        envvar="PHOTOSEEK_VECTORS",
        show_envvar=True,
        expose_value=False,
        callback=_remember_vectors,
        help="Where vectors are: http://HOST:19530 of a Milvus server, or a FILE.db of Milvus Lite."
        "  [default: in the library folder]",
    )(command)


def _remember_vectors(
    context: click.Context, _option: click.Parameter, value: str | None
) -> str | None:
    context.meta[_VECTORS] = value
    return value


def library_alone_option(command: Command) -> Command:
    """``--library`` of a command to which ``--vectors`` says something else; its variable holds."""
    return click.option(
        "--library",
        type=PLACE,
        envvar="PHOTOSEEK_LIBRARY",
        show_envvar=True,
        help="The library's folder, or postgresql+psycopg://USER@HOST/DATABASE.  [default: the "
        "platform's user-data folder]",
    )(command)


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


def device_option(default: str) -> Callable[[Command], Command]:
    return click.option(
        "--device",
        type=click.Choice(DEVICES),
        default=default,
        show_default=True,
        help="Where models run that can run there.",
    )


def model_option(command: Command) -> Command:
    return click.option("--model", help="Ask this model.  [default: the one in use]")(command)


def vectors_elsewhere() -> str | None:
    """What ``--vectors`` says, None for the library folder."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_VECTORS) if context else None


def open_library(place: Where | None, *, shared: bool = False) -> "Library":
    from photoseek.library import Library  # brings FAISS and SQLAlchemy, which --help needs not

    return Library.open(place, shared=shared, vectors=vectors_elsewhere())


def open_to_ask(place: Where | None, load: "LoadEncoder | None" = None) -> "Asking":
    """The library for a question, without what else it can do, which takes long to import."""
    from photoseek.library import Asking

    return Asking.open(place, load=load, vectors=vectors_elsewhere())


def ask_on_one_thread() -> None:
    """Have NumPy multiply on one thread; call it before NumPy is there.

    The products of a question are small: a second thread takes longer to be woken than to help,
    and then burns its core for 20 ms, waiting for more (half of what a question cost).
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def require_photos(count: int) -> None:
    """Raise NoLibrary where ``count`` photographs could be asked for, which are none."""
    if not count:
        raise NoLibrary("the library holds no photographs yet; run: photoseek index FOLDER")


def read_lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty.

    Raises PathError for a file that cannot be read, UsageError for one that is no such text.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path}: larger than 1 MiB; give a text file with few lines")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise PathError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not a text file in UTF-8") from error
    return [line for line in lines if line.strip()]


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def print_raw(text: str | bytes) -> None:
    """Write text whose file names may not be UTF-8 in the file system's own bytes.

    On a terminal, where a name could move the cursor, they are escaped as ``ls`` does.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        print_lines(printable(line) for line in os.fsdecode(text).splitlines())
    else:
        output().write(os.fsencode(text))


def output() -> BinaryIO:
    """Standard output for bytes. Raises PhotoseekError if it was closed."""
    if sys.stdout is None:
        raise PhotoseekError("standard output is closed")
    return sys.stdout.buffer


def print_notes(notes: Iterable[str]) -> None:
    """Sentences for the person, on standard error."""
    for note in notes:
        click.echo(f"photoseek: {printable(note)}", err=True)
