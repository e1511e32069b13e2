"""Which kinds of pictures can be read here, found out by reading one of each."""

import io
from collections.abc import Iterator

from PIL import Image

from errors import PictureError
from pictures.decode import decode
from pictures.formats import PILLOW_FORMATS, raw_supported

_REINSTALL = "pip install --force-reinstall pillow pillow-heif"
_RAW = "pip install 'photoseek[raw]'"


def working_codecs() -> list[str]:
    lacking = missing_codecs()
    return [name for name in (*PILLOW_FORMATS, "RAW") if name not in lacking]


def missing_codecs() -> dict[str, str]:
    """Kinds that cannot be read here, each with what to do about it."""
    lacking = {name: _REINSTALL for name in PILLOW_FORMATS if not _reads(name)}
    return lacking if raw_supported() else {**lacking, "RAW": _RAW}


def _reads(name: str) -> bool:
    """Whether a small picture can be written and read; where it can't be written, opened."""
    stream = io.BytesIO()
    try:
        Image.new("RGB", (16, 16), "red").save(stream, name)
    except (OSError, KeyError, ValueError, RuntimeError):
        return name in _openers()
    try:
        return decode(stream.getvalue(), short_side=16).width == 16
    except PictureError:
        return False


def _openers() -> Iterator[str]:
    Image.init()
    yield from Image.OPEN
