"""Hits with their pictures, as rich renderables for a terminal."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from PIL.Image import Image
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from search import Hit
    from store import Photo

WIDTH, HEIGHT = 18, 6
"""Cells a picture takes at most; a cell is about twice as high as wide."""


def with_thumbnails(
    rows: "Iterable[tuple[Hit | None, str]]",
    look: "Callable[[Photo], Image | None]",
    render: Callable[..., Any],
) -> Iterator[RenderableType]:
    """Each row of a hit and its line, or of no hit and a heading."""
    for hit, line in rows:
        text = Text.from_ansi(line, overflow="fold")
        if hit is None:
            yield text
            continue
        image = look(hit.photo)
        table = Table.grid(padding=(0, 1, 1, 0), pad_edge=True)
        table.add_column(width=WIDTH, min_width=WIDTH)
        table.add_column()
        table.add_row("" if image is None else _fitted(image, render), text)
        yield table


def _fitted(image: Image, render: Callable[..., Any]) -> Any:
    """As large as fits into the cells without being stretched."""
    aspect = image.width / image.height * 2  # in cells
    width = min(WIDTH, max(1, round(HEIGHT * aspect)))
    return render(image, width=width, height=max(1, round(width / aspect)))
