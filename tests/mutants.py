"""Real pictures of every format, damaged in the ways that find faults in decoders. Seeded.

The damages are those of AFL's "havoc" stage (Zalewski, "Binary fuzzing strategies: what works, what
doesn't", 2014): bits, bytes and numbers set to what parsers mistake, blocks cut, doubled, swapped.
"""

import io
import random
import struct
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

import pictures.formats  # noqa: F401  (registers HEIF with Pillow)
from conftest import PHOTOS
from rawfiles import dng

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@cache
def seeds() -> list[tuple[str, bytes]]:
    """A name and the bytes of at least one small, real picture in each format that is read."""
    with Image.open(sorted(PHOTOS.rglob("*.jpg"))[0]) as opened:
        photo = opened.convert("RGB").resize((120, 90))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0132] = 6, "Camera", "2024:05:01 12:00:00"
    more = {"save_all": True, "append_images": [photo.rotate(90, expand=False)]}
    deep = Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) * 257)
    alpha = photo.convert("RGBA")
    alpha.putalpha(photo.convert("L"))
    wanted: list[tuple[str, str, Image.Image, dict[str, Any]]] = [
        ("a.jpg", "JPEG", photo, {"exif": exif}),
        ("b.jpg", "JPEG", photo, {"progressive": True}),
        ("c.jpg", "JPEG", photo.convert("CMYK"), {}),
        ("d.mpo", "MPO", photo, more),
        ("e.png", "PNG", photo, {"exif": exif}),
        ("f.png", "PNG", photo.quantize(32), {"transparency": 3}),
        ("g.png", "PNG", deep, {}),
        ("h.png", "PNG", alpha, more),
        ("i.gif", "GIF", photo.quantize(64), more),
        ("j.webp", "WEBP", photo, {"exif": exif}),
        ("k.webp", "WEBP", alpha, {"lossless": True}),
        ("l.webp", "WEBP", photo, more),
        ("m.tif", "TIFF", photo, {"exif": exif, **more}),
        ("n.tif", "TIFF", photo, {"compression": "tiff_lzw"}),
        ("o.tif", "TIFF", photo, {"compression": "tiff_adobe_deflate"}),
        ("p.tif", "TIFF", photo, {"compression": "jpeg"}),
        ("q.tif", "TIFF", photo.convert("1"), {"compression": "group4"}),
        ("r.heic", "HEIF", photo, {"exif": exif.tobytes()}),
        ("s.heic", "HEIF", alpha, {}),
        ("t.avif", "AVIF", photo, {"exif": exif}),
        ("u.avif", "AVIF", alpha, {}),
        ("v.jp2", "JPEG2000", photo, {}),
        ("w.j2k", "JPEG2000", photo, {"irreversible": True, "no_jp2": True}),
        ("x.bmp", "BMP", photo, {}),
        ("y.bmp", "BMP", photo.quantize(16), {}),
        ("z.ppm", "PPM", photo, {}),
        ("A.pgm", "PPM", photo.convert("L"), {}),
        ("B.pbm", "PPM", photo.convert("1"), {}),
    ]
    saved = [(name, _saved(image, kind, options)) for name, kind, image, options in wanted]
    return [*saved, ("C.dng", dng(96, 64, (9000, 7000, 4000)))]


def _saved(image: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    if "append_images" in options:  # copies: one that was saved remembers how
        options = {**options, "append_images": [one.copy() for one in options["append_images"]]}
    image.copy().save(stream, kind, **options)
    return stream.getvalue()


def mutant(number: int) -> tuple[str, bytes]:
    """The damaged picture of that number, always the same; formats take turns."""
    chance = random.Random(number)
    name, seed = seeds()[number % len(seeds())]
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 16))):
        chance.choice(DAMAGES)(data, chance)
    return f"{number:06d}-{name}", bytes(data)


def _place(data: bytearray, chance: random.Random, size: int = 1) -> int:
    """Where to strike: half of the time near the head, where formats keep what steers them."""
    last = max(0, len(data) - size)
    return chance.randint(0, min(last, 400)) if chance.random() < 0.5 else chance.randint(0, last)


def _flip(data: bytearray, chance: random.Random) -> None:
    if data:
        data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _byte(data: bytearray, chance: random.Random) -> None:
    if data:
        data[_place(data, chance)] = chance.randrange(256)


def _number(data: bytearray, chance: random.Random) -> None:
    size, letter = chance.choice(((1, "B"), (2, "H"), (4, "I")))
    value = chance.choice(NUMBERS) & ((1 << 8 * size) - 1)
    at = _place(data, chance, size)
    data[at : at + size] = struct.pack(chance.choice("<>") + letter, value)


def _cut(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    del data[at : at + chance.choice((1, 2, 4, 16, 64, 512))]


def _double(data: bytearray, chance: random.Random) -> None:
    at, size = _place(data, chance), chance.choice((1, 2, 4, 16, 64, 512))
    data[at:at] = data[at : at + size] * chance.choice((1, 1, 2, 50))


def _swap(data: bytearray, chance: random.Random) -> None:
    size = chance.choice((1, 4, 16, 64))
    one, other = _place(data, chance, size), _place(data, chance, size)
    first, second = data[one : one + size], data[other : other + size]
    data[one : one + size], data[other : other + size] = second, first


def _zero(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    size = min(chance.choice((4, 16, 64, 512)), len(data) - at)
    data[at : at + size] = bytes(size)


def _graft(data: bytearray, chance: random.Random) -> None:
    _, other = chance.choice(seeds())
    at, size = chance.randrange(len(other)), chance.choice((4, 16, 64, 512))
    place = _place(data, chance, size)
    data[place : place + size] = other[at : at + size]


def _end(data: bytearray, chance: random.Random) -> None:
    del data[_place(data, chance) :]


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(_flip, _flip, _byte, _number, _number, _number),
    *(_cut, _double, _swap, _zero, _graft, _end),
)
