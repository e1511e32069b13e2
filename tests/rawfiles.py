"""Camera RAW files made by hand, for want of a camera."""

import struct
from collections.abc import Sequence

Rgb = tuple[int, int, int]
Entry = tuple[int, int, Sequence[int]]
_BYTE, _TEXT, SHORT, _LONG, _RATIO, _SIGNED_RATIO = 1, 2, 3, 4, 5, 10
_PACKING = {_BYTE: "B", _TEXT: "B", SHORT: "H", _LONG: "I", _RATIO: "I", _SIGNED_RATIO: "i"}


def dng(width: int, height: int, light: Rgb, turn: int = 1) -> bytes:
    """A DNG by hand: uncompressed 16-bit red-green-green-blue, colours as LibRaw's sRGB sees them.

    Adobe, "Digital Negative Specification", 1.4, chapter 4.
    """
    red, green, blue = light
    pair = struct.pack("<2H", red, green), struct.pack("<2H", green, blue)
    pixels = (pair[0] * (width // 2) + pair[1] * (width // 2)) * (height // 2)
    entries: list[Entry] = [
        *((254, _LONG, [0]), (256, _LONG, [width]), (257, _LONG, [height])),
        *((258, SHORT, [16]), (259, SHORT, [1]), (262, SHORT, [32803])),  # filter array
        *((271, _TEXT, b"Hand\0"), (272, _TEXT, b"Made\0"), (273, _LONG, [0])),
        *((274, SHORT, [turn]), (277, SHORT, [1]), (278, _LONG, [height])),
        *((279, _LONG, [len(pixels)]), (284, SHORT, [1])),
        *((33421, SHORT, [2, 2]), (33422, _BYTE, [0, 1, 1, 2])),
        *((50706, _BYTE, [1, 4, 0, 0]), (50707, _BYTE, [1, 1, 0, 0])),
        *((50708, _TEXT, b"Hand Made\0"), (50714, SHORT, [0]), (50717, _LONG, [65535])),
        (50721, _SIGNED_RATIO, [n for cell in range(9) for n in (int(cell % 4 == 0), 1)]),
        *((50728, _RATIO, [1, 1] * 3), (50778, SHORT, [21])),
    ]
    start = 8 + len(_directory(entries, 0))
    entries = [(tag, kind, [start] if tag == 273 else values) for tag, kind, values in entries]
    return struct.pack("<2sHI", b"II", 42, 8) + _directory(entries, 8) + pixels


def _directory(entries: Sequence[Entry], at: int) -> bytes:
    """A TIFF directory at offset ``at``, and behind it the values that do not fit into it."""
    behind = at + 2 + 12 * len(entries) + 4
    fields, values_behind = [], b""
    for tag, kind, values in entries:
        packed = struct.pack(f"<{len(values)}{_PACKING[kind]}", *values)
        count = len(values) // (2 if kind in (_RATIO, _SIGNED_RATIO) else 1)
        if len(packed) > 4:
            where = struct.pack("<I", behind + len(values_behind))
            values_behind += packed + b"\0" * (len(packed) % 2)
            packed = where
        fields.append(struct.pack("<HHI4s", tag, kind, count, packed))
    return struct.pack("<H", len(entries)) + b"".join(fields) + bytes(4) + values_behind
