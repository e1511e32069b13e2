"""The map page: thumbnails on sprite sheets, points, names and script in one HTML file."""

import base64
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from typing import Any

from PIL import Image

from photoseek.library.mapping import Place
from search.layout import Points
from store import Photo

SHEET = 2048
"""Pixels on a side: any browser decodes it, phones too."""
_QUALITY = 72
_GREY = (128, 128, 128)


@dataclass(frozen=True, slots=True)
class MapData:
    """``thumbnails`` are JPEGs, None for what has none; ``points`` float32 (n, 2) from 0 to 1."""

    title: str
    photos: Sequence[Photo]
    thumbnails: Iterable[bytes | None]
    points: Points
    places: Sequence[Place]


def tile_side(count: int) -> int:
    """Pixels of a thumbnail: 10,000 of them still make a file that a browser opens at once."""
    return 128 if count <= 2000 else 96 if count <= 6000 else 64


def map_page(data: MapData) -> str:
    """The whole page; it asks for nothing from outside."""
    side = tile_side(len(data.photos))
    sheets, sizes = [], []
    for jpegs in _sheets(data.thumbnails, (SHEET // side) ** 2):
        sheet, drawn = _sheet(jpegs, side)
        sheets.append("data:image/jpeg;base64," + base64.b64encode(sheet).decode())
        sizes += drawn
    document: dict[str, Any] = {
        "title": data.title,
        "side": side,
        "columns": SHEET // side,
        "sheets": sheets,
        "sizes": sizes,
        "points": [round(float(value), 5) for value in data.points.ravel()],
        "names": [photo.paths[0].name for photo in data.photos],
        "paths": [str(photo.paths[0]) for photo in data.photos],
        "places": [[p.name, round(p.x, 4), round(p.y, 4), p.photos] for p in data.places],
    }
    template = files("photoseek.printing").joinpath("map.html").read_text(encoding="utf-8")
    return template.replace("{{data}}", json.dumps(document).replace("<", "\\u003c"))


def _sheets(jpegs: Iterable[bytes | None], a_sheet: int) -> Iterator[Sequence[bytes | None]]:
    rest = iter(jpegs)
    while sheet := list(islice(rest, a_sheet)):
        yield sheet


def _sheet(jpegs: Sequence[bytes | None], side: int) -> tuple[bytes, list[tuple[int, int]]]:
    """A JPEG with a thumbnail in each square, row by row, and the size of each in pixels."""
    columns = SHEET // side
    canvas = Image.new("RGB", (SHEET, side * -(-len(jpegs) // columns)), _GREY)
    sizes = []
    for number, jpeg in enumerate(jpegs):
        small = _small(jpeg, side)
        canvas.paste(small, (number % columns * side, number // columns * side))
        sizes.append(small.size)
    stream = io.BytesIO()
    canvas.save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue(), sizes


def _small(jpeg: bytes | None, side: int) -> Image.Image:
    """A grey square where there is none: it was lost, and its photograph is away."""
    if jpeg is None:
        return Image.new("RGB", (side, side), _GREY)
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
        image.draft("RGB", (side, side))
        small = image.convert("RGB")
    small.thumbnail((side, side))
    return small
