"""What the terminal can show: colours and pictures."""

import os
import sys
from typing import TYPE_CHECKING

from photoseek.printing import answers

if TYPE_CHECKING:
    from photoseek.library import Asking
    from search import Answer

_GRAPHIC_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "ghostty", "mintty"})
_GRAPHIC_TERMS = ("kitty", "ghostty", "foot", "mlterm", "sixel", "contour")


def on_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def colours_wanted() -> bool:
    """Only on a terminal, and not where ``NO_COLOR`` is set (no-color.org) or it cannot."""
    return on_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def thumbnails_wanted(asked: bool | None) -> bool:  # noqa: FBT001 - an option's three states
    """Never but on a terminal; without being asked, only where pictures are real ones.

    Told from the environment: a search that nobody asked for pictures sends the terminal no
    questions, whose answers could end up in a script's input.
    """
    if not on_terminal() or asked is False:
        return False
    graphic = os.environ.get("TERM_PROGRAM") in _GRAPHIC_PROGRAMS or any(
        name in os.environ.get("TERM", "") for name in _GRAPHIC_TERMS
    )
    graphic = graphic and not os.environ.get("TMUX")
    return graphic or bool(asked and colours_wanted())  # half blocks are nothing but colour


def print_with_thumbnails(library: "Asking", answer: "Answer", *, everything: bool) -> None:
    """A picture beside the line of each hit, by the best means the terminal has."""
    from rich.console import Console
    from textual_image.renderable import Image  # asks the terminal what it can

    from photoseek.printing.thumbnails import with_thumbnails

    console = Console(highlight=False, no_color=not colours_wanted() or None)
    lines = answers.answer_in_rows(answer, everything=everything)
    for row in with_thumbnails(lines, library.thumbnail_image, Image):
        console.print(row)
