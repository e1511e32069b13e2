"""Numbers in filters: sizes, and distances from a point on the earth."""

import math
import re
from decimal import Decimal
from typing import Any

from store.filters import Near, Size

HALF_ROUND_THE_EARTH_KM = 20_038

_SIZE = re.compile(r"(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(("mp", "mpx", "megapixel", "megapixels"), "mp"),
    **dict.fromkeys(("b", "byte", "bytes"), "b"),
    **{unit: unit for unit in ("kb", "mb", "gb")},
}


def plain(value: float) -> str:
    """A number without an exponent, which reads back as the same number."""
    shown = format(Decimal(repr(float(value))), "f")
    return shown.removesuffix(".0")


def size(value: str) -> Size:
    """``>4mp``, ``<=500kb``. Raises ValueError for anything else."""
    found = _SIZE.fullmatch(value.strip())
    unit: Any = found and _UNITS.get(found[3].lower())
    if not found or not unit:
        raise ValueError(f"{value!r} has no comparison, number and unit (mp, b, kb, mb, gb)")
    comparison: Any = found[1]
    return Size(comparison, float(found[2]), unit)


def near(value: str) -> Near:
    """``latitude,longitude,km``. Raises ValueError for a point that is not on the earth."""
    try:
        latitude, longitude, km = map(float, value.lower().removesuffix("km").split(","))
    except ValueError:
        raise ValueError(f"{value!r} is not three numbers with commas between") from None
    _within("latitude", latitude, 90)
    _within("longitude", longitude, 180)
    if not 0 < km <= HALF_ROUND_THE_EARTH_KM:
        raise ValueError(f"{km:g} km: must be above 0, at most {HALF_ROUND_THE_EARTH_KM:,}")
    return Near(latitude + 0.0, longitude + 0.0, km)


def _within(name: str, angle: float, most: int) -> None:
    if not math.isfinite(angle) or abs(angle) > most:
        raise ValueError(f"{name} {angle:g} is outside -{most} to {most}")
