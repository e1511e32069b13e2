"""From a file's bytes to an upright RGB picture, no larger than is needed. The one decoder.

Limits are checked on the header, before a pixel is decoded.
"""

import io
import os
import stat
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from errors import PictureError
from pictures.exif import ExifFacts, exif_of, read_exif
from pictures.formats import PILLOW_FORMATS, RAW_SUFFIXES, raw_supported, suffix_of
from pictures.limits import LIMITS, Limits

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (CIPA DC-008)."""

# Pillow's own limit warns at a third of this. Above ours it still protects the rest of the process.
Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, LIMITS.pixels)

_DECODER_ERRORS = (
    *(OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, SyntaxError),
    *(EOFError, OverflowError, struct.error, RuntimeError, ZeroDivisionError),
    *(AssertionError, zlib.error, Warning),
)
"""What Pillow's decoders are known to raise on damaged files; warnings, where they are errors."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: ``image`` is upright RGB, reduced; the sizes, the original's upright."""

    image: Image.Image
    width: int
    height: int
    format: str
    exif: ExifFacts


class TooLittleMemory(PictureError):
    """A picture that could not be decoded in the memory there is."""


class LargePicture(Exception):
    """A picture, by its header, that should not be decoded beside others."""


def read_picture(path: Path, *, short_side: int) -> Picture:
    """Read and decode a file. Raises PictureError with the reason."""
    return decode(read_bytes(path), short_side=short_side, name=path.name)


def read_bytes(path: Path, *, follow: bool = True, limits: Limits = LIMITS) -> bytes:
    """The bytes of a regular file of a sane size; without ``follow``, not of a symbolic link.

    Raises PictureError with the reason.
    """
    try:
        # Looked at before it is opened: to open a device may do something, a FIFO would wait.
        _require_file(path.stat() if follow else path.lstat(), limits)
        with os.fdopen(os.open(path, _OPEN if follow else _OPEN_NO_LINK), "rb") as stream:
            status = os.fstat(stream.fileno())
            _require_file(status, limits)  # another may have taken its place
            data = _all_of(stream, status.st_size, limits.file_bytes)
    except (OSError, ValueError, MemoryError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PictureError(f"cannot be read: {reason}") from error
    if not data:
        raise PictureError("empty file")
    return data


_OPEN = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_OPEN_NO_LINK = _OPEN | getattr(os, "O_NOFOLLOW", 0)


def _all_of(stream: BinaryIO, size: int, most: int) -> bytes:
    """What is in a file, asked for by its size: room for the ``most`` it may be would be taken from
    the system and given back for each, which takes four times as long as reading 4 MB."""
    data = stream.read(size + 1)
    if len(data) > size:  # somebody is writing it, or its file system does not tell
        data += stream.read(most + 1 - len(data))
    return data


def _require_file(status: os.stat_result, limits: Limits) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
        raise PictureError(f"is {kind}; give a picture")
    if status.st_size > limits.file_bytes:
        raise PictureError(f"larger than {limits.file_bytes >> 20} MiB")


def decode(
    data: bytes, *, short_side: int, name: str = "", limits: Limits = LIMITS, alone: bool = True
) -> Picture:
    """Decode a picture, its short side no smaller than ``short_side`` pixels where it has as many.

    EXIF orientation is applied, transparency flattened on white, 16-bit scaled to 8, the first
    frame taken. ``name`` only tells camera RAW by its suffix. Raises PictureError with the reason;
    LargePicture if it is not ``alone`` and should be.
    """
    if problem := raw_problem(name):
        raise PictureError(problem)
    try:
        if suffix_of(name) in RAW_SUFFIXES:
            return _decode_raw(data, short_side, limits, alone=alone)
        with Image.open(io.BytesIO(data), formats=PILLOW_FORMATS) as image:
            return _decode_opened(image, short_side, limits, alone=alone)
    except UnidentifiedImageError as error:
        raise PictureError("not a picture of a known kind") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(
            f"too many pixels: more than {limits.pixels // 10**6} megapixels"
        ) from error
    except MemoryError as error:
        raise TooLittleMemory("needs more memory than there is for it") from error
    except _DECODER_ERRORS as error:
        raise PictureError(f"damaged picture: {_in_words(error)}") from error


def _in_words(error: Exception) -> str:
    """What an error says, on one line; its kind, if it says nothing. LibRaw says it in bytes."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
    text = " ".join(text.split())
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return " ".join(shown.split()) or type(error).__name__


def _decode_opened(image: Image.Image, short_side: int, limits: Limits, *, alone: bool) -> Picture:
    width, height = image.size
    _check_header(image, limits)
    exif = exif_of(image)
    turn = exif.orientation
    _draft(image, short_side)
    _check_pixels(image.width * image.height, limits.pixels_in_full)
    # libjpeg holds every coefficient of a progressive picture, reduced or not
    pixels = width * height if image.info.get("progressive") else image.width * image.height
    _check_alone(pixels, limits, alone=alone)
    image.load()
    if image.format == "TIFF":  # Pillow turns these itself, on loading
        turn, (width, height) = 1, image.size
    upright = _upright(_flat(_reduced(_true_colour(image), short_side)), turn)
    if turn >= 5:  # these four lie on their side
        width, height = height, width
    return Picture(upright, width, height, image.format or "", exif)


def _check_header(image: Image.Image, limits: Limits) -> None:
    """Refuse what a header promises too much of. Raises PictureError."""
    _check_pixels(image.width * image.height, limits.pixels)
    frames = vars(image).get("n_frames", 1)  # where the header tells; others count by reading on
    if isinstance(frames, int) and frames > limits.frames:
        raise PictureError(f"too many frames: {frames}, at most {limits.frames}")
    metadata = len(image.info.get("exif") or b"")
    if metadata > limits.metadata_bytes:
        found, most = metadata >> 20, limits.metadata_bytes >> 20
        raise PictureError(f"too much metadata: {found} MiB, at most {most}")


def _check_pixels(pixels: int, limit: int) -> None:
    if pixels > limit:
        found, most = pixels // 10**6, limit // 10**6
        raise PictureError(f"too many pixels: {found} megapixels, at most {most}")


def _check_alone(pixels: int, limits: Limits, *, alone: bool) -> None:
    if pixels > limits.large_pixels and not alone:
        raise LargePicture


def _draft(image: Image.Image, short_side: int) -> None:
    """Let a JPEG decoder skip what would be scaled away (DCT scaling by 2, 4 or 8)."""
    shrink = min(image.size) / short_side
    if shrink > 1:
        image.draft("RGB", (int(image.width / shrink), int(image.height / shrink)))


def _true_colour(image: Image.Image) -> Image.Image:
    """Any of Pillow's modes as RGB or RGBA, whose pixels can be averaged."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _flat(image: Image.Image) -> Image.Image:
    """A new RGB picture, transparency over white."""
    if image.mode == "RGB":
        return image.copy()
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _from_deep(image: Image.Image) -> Image.Image:
    """16- or 32-bit grey, or float, as 8-bit RGB."""
    values = np.nan_to_num(np.asarray(image).astype(np.float32))
    top = 65535.0 if image.mode.startswith("I") and values.max() > 255 else float(values.max())
    scaled = np.clip(values, 0, top) / top * 255 if top > 0 else np.zeros_like(values)
    return Image.fromarray(scaled.astype(np.uint8)).convert("RGB")


def _reduced(image: Image.Image, short_side: int) -> Image.Image:
    factor = min(image.size) // short_side
    return image.reduce(factor) if factor > 1 else image


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turned by an EXIF orientation. Not by ImageOps.exif_transpose, which parses EXIF anew."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def raw_problem(name: str) -> str | None:
    """Why a camera RAW file cannot be read here, without reading it."""
    if suffix_of(name) not in RAW_SUFFIXES or raw_supported():
        return None
    return "camera RAW: pip install 'photoseek[raw]', then photoseek index"


def _decode_raw(data: bytes, short_side: int, limits: Limits, *, alone: bool) -> Picture:
    """Camera RAW through LibRaw with the camera's white balance, at half size if that will do."""
    import rawpy

    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            sizes = raw.sizes
            _check_pixels(sizes.width * sizes.height, limits.pixels)
            _check_alone(sizes.width * sizes.height, limits, alone=alone)
            half = min(sizes.width, sizes.height) >= 2 * short_side
            pixels = raw.postprocess(half_size=half, use_camera_wb=True, output_bps=8)
            grey = pixels.shape[2] == 1  # a camera without colour filters
            image = Image.fromarray(pixels[:, :, 0] if grey else pixels).convert("RGB")
    except (rawpy.LibRawError, *_DECODER_ERRORS) as error:
        raise PictureError(f"damaged RAW file: {_in_words(error)}") from error
    width, height = sizes.width, sizes.height
    if sizes.flip & 4:  # LibRaw's bit for "lies on its side"
        width, height = height, width
    image = _reduced(image, short_side)
    return Picture(image, width, height, "RAW", _raw_exif(data))


def _raw_exif(data: bytes) -> ExifFacts:
    """Most RAW formats are TIFF files, whose EXIF Pillow can read."""
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + data[: 1 << 20])
        return read_exif(exif)
    except _DECODER_ERRORS:
        return ExifFacts()
