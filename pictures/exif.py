"""The few facts of a photograph's EXIF block that people search by."""

import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """``taken_at`` is camera-local time; latitude and longitude are in degrees, north and east."""

    orientation: int = 1
    taken_at: datetime | None = None
    camera: str | None = None
    lens: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def exif_of(image: Image.Image) -> ExifFacts:
    """The facts of an opened picture; a damaged block is as good as none."""
    with suppress(Exception):  # a malformed block raises whatever its parser meets
        return read_exif(image.getexif())
    return ExifFacts()


def read_exif(exif: Image.Exif) -> ExifFacts:
    """Take what can be understood; a damaged entry is as good as none."""
    details, gps = _block(exif, IFD.Exif), _block(exif, IFD.GPSInfo)
    orientation = _entry(exif, Base.Orientation)
    return ExifFacts(
        orientation=int(orientation) if orientation in range(1, 9) else 1,
        taken_at=_date(details.get(Base.DateTimeOriginal)) or _date(_entry(exif, Base.DateTime)),
        camera=_camera(_text(_entry(exif, Base.Make)), _text(_entry(exif, Base.Model))),
        lens=_text(details.get(Base.LensModel)),
        latitude=_degrees(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), 90),
        longitude=_degrees(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), 180),
    )


def _block(exif: Image.Exif, ifd: IFD) -> dict[int, Any]:
    with suppress(Exception):  # a malformed block raises whatever its parser meets
        return dict(exif.get_ifd(ifd))
    return {}


def _entry(exif: Image.Exif, tag: Base) -> Any:
    with suppress(Exception):  # Pillow parses an entry when it is asked for
        return exif.get(tag)
    return None


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    printable = "".join(letter if letter.isprintable() else " " for letter in value)
    return " ".join(printable.split())[:200] or None


def _camera(make: str | None, model: str | None) -> str | None:
    """Make and model as one name; most models repeat the make: ``Canon``, ``Canon EOS 5D``."""
    if make and model and not model.lower().startswith(make.split()[0].lower()):
        return f"{make} {model}"
    return model or make


def _date(value: object) -> datetime | None:
    text = _text(value)
    with suppress(ValueError):
        return datetime.strptime((text or "")[:19], "%Y:%m:%d %H:%M:%S")
    return None


def _degrees(value: Any, reference: object, limit: int) -> float | None:
    """Degrees, minutes and seconds to signed degrees; None if absent or impossible."""
    with suppress(TypeError, ValueError, ArithmeticError):
        degrees, minutes, seconds = (float(part) for part in value)
        angle = degrees + minutes / 60 + seconds / 3600
        if math.isfinite(angle) and 0 <= angle <= limit:
            return -angle if _text(reference) in ("S", "W") else angle
    return None
