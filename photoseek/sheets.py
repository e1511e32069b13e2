"""Contact sheets: the pictures of an answer in one file, to look at, print or send."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL.Image import Image

from errors import PathError, UsageError
from photoseek.library.paths import inside_library
from search import Hit
from store import Photo

SUFFIXES = (".html", ".htm", ".pdf")


@dataclass(frozen=True, slots=True)
class Sheet:
    """``query`` as text, how many ``photos`` were compared, and what gives a small picture."""

    query: str
    photos: int
    hits: tuple[Hit, ...]
    look: Callable[[Photo], Image | None]

    def __iter__(self) -> Iterator[tuple[Hit, Image | None]]:
        return ((hit, self.look(hit.photo)) for hit in self.hits)


def require_sheet(path: Path) -> Path:
    """The path, absolute, if a new sheet can be written there. Raises UsageError or PathError."""
    path = path.absolute()
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path}: a contact sheet is an .html or a .pdf file")
    if os.path.lexists(path):
        raise PathError(f"{path}: exists; give another name")
    if not path.parent.is_dir():
        raise PathError(f"{path.parent}: no such folder")
    if not os.access(path.parent, os.W_OK):
        raise PathError(f"{path.parent}: cannot be written to; give another folder")
    if inside_library(path.parent):
        raise PathError(f"{path.parent}: is a library's own; give another folder")
    return path


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Write HTML or PDF, by the suffix. Raises OSError if it cannot."""
    if path.suffix.lower() == ".pdf":
        from photoseek.printing.sheet_pdf import sheet_as_pdf

        data = sheet_as_pdf(sheet)
    else:
        from photoseek.printing.sheet_html import sheet_as_html

        data = sheet_as_html(sheet).encode("utf-8", "backslashreplace")
    with path.open("xb") as stream:
        stream.write(data)
