"""From a file's bytes to an upright RGB picture, no larger than is needed. The one decoder.

Limits are checked on the header, before a pixel is decoded.
"""

import io
import struct
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from errors import PictureError
from indexer.exif import ExifFacts, read_exif
from indexer.formats import PILLOW_FORMATS, RAW_SUFFIXES, raw_supported, suffix_of

MAX_FILE_BYTES = 1 << 30
MAX_PIXELS = 256_000_000
"""For JPEG, which decodes at reduced size; phones make 200-megapixel ones."""
MAX_PIXELS_IN_FULL = 128_000_000
"""For formats that can only be decoded whole."""
_LARGE = 40_000_000
_one_large_at_a_time = threading.Lock()

# Pillow's own limit warns at a third of this. Above ours it still protects the rest of the process.
Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, MAX_PIXELS)

_DECODER_ERRORS = (
    *(OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, SyntaxError),
    *(EOFError, OverflowError, MemoryError, struct.error, RuntimeError, ZeroDivisionError),
)
"""What Pillow's decoders are known to raise on damaged files."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: ``image`` is upright RGB, reduced; the sizes, the original's upright."""

    image: Image.Image
    width: int
    height: int
    format: str
    exif: ExifFacts


def read_picture(path: Path, *, short_side: int) -> Picture:
    """Read and decode a file. Raises PictureError with the reason."""
    return decode(read_bytes(path), short_side=short_side, name=path.name)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of a sane size. Raises PictureError with the reason."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PictureError(f"cannot be read: {reason}") from error
    if not data:
        raise PictureError("empty file")
    if len(data) > MAX_FILE_BYTES:
        raise PictureError(f"larger than {MAX_FILE_BYTES >> 20} MiB")
    return data


def decode(data: bytes, *, short_side: int, name: str = "") -> Picture:
    """Decode a picture, its short side no smaller than ``short_side`` pixels where it has as many.

    EXIF orientation is applied, transparency flattened on white, 16-bit scaled to 8, the first
    frame taken. ``name`` only tells camera RAW by its suffix. Raises PictureError with the reason.
    """
    if suffix_of(name) in RAW_SUFFIXES:
        return _decode_raw(data, short_side)
    try:
        with Image.open(io.BytesIO(data), formats=PILLOW_FORMATS) as image:
            return _decode_opened(image, short_side)
    except UnidentifiedImageError as error:
        raise PictureError("not a picture of a known kind") from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"too many pixels: more than {MAX_PIXELS // 10**6} megapixels"
        ) from error
    except _DECODER_ERRORS as error:
        raise PictureError(f"damaged picture: {error}") from error


def _decode_opened(image: Image.Image, short_side: int) -> Picture:
    width, height = image.size
    exif = read_exif(image.getexif())
    _check_size(width * height, MAX_PIXELS)
    _draft(image, short_side)
    _check_size(image.width * image.height, MAX_PIXELS_IN_FULL)
    large = image.width * image.height > _LARGE
    with _one_large_at_a_time if large else nullcontext():
        image.load()
        upright = _upright(_reduced(to_rgb(image), short_side), exif.orientation)
    if exif.orientation >= 5:  # these four lie on their side
        width, height = height, width
    return Picture(upright, width, height, image.format or "", exif)


def _check_size(pixels: int, limit: int) -> None:
    if pixels > limit:
        found, most = pixels // 10**6, limit // 10**6
        raise PictureError(f"too many pixels: {found} megapixels, at most {most}")


def _draft(image: Image.Image, short_side: int) -> None:
    """Let a JPEG decoder skip what would be scaled away (DCT scaling by 2, 4 or 8)."""
    shrink = min(image.size) / short_side
    if shrink > 1:
        image.draft("RGB", (int(image.width / shrink), int(image.height / shrink)))


def to_rgb(image: Image.Image) -> Image.Image:
    """Any of Pillow's modes as RGB, transparency over white."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image.copy()
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _from_deep(image: Image.Image) -> Image.Image:
    """16- or 32-bit grey, or float, as 8-bit RGB."""
    values = np.nan_to_num(np.asarray(image).astype(np.float32))
    top = 65535.0 if image.mode.startswith("I") and values.max() > 255 else float(values.max())
    scaled = values * (255.0 / top if top > 0 else 0.0)
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8)).convert("RGB")


def _reduced(image: Image.Image, short_side: int) -> Image.Image:
    factor = min(image.size) // short_side
    return image.reduce(factor) if factor > 1 else image


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    image.getexif()[0x0112] = orientation
    return ImageOps.exif_transpose(image)


def _decode_raw(data: bytes, short_side: int) -> Picture:
    """Camera RAW through LibRaw, at half size with the camera's white balance."""
    if not raw_supported():
        raise PictureError(
            "camera RAW: pip install 'photoseek[raw]', then photoseek index --retry-failed"
        )
    import rawpy

    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            sizes = raw.sizes
            pixels = raw.postprocess(half_size=True, use_camera_wb=True, output_bps=8)
    except (rawpy.LibRawError, *_DECODER_ERRORS) as error:
        raise PictureError(f"damaged RAW file: {error}") from error
    height, width = sizes.height, sizes.width
    if sizes.flip in (5, 6):
        width, height = height, width
    image = _reduced(Image.fromarray(pixels), short_side)
    return Picture(image, width, height, "RAW", _raw_exif(data))


def _raw_exif(data: bytes) -> ExifFacts:
    """Most RAW formats are TIFF files, whose EXIF Pillow can read."""
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + data[: 1 << 20])
        return read_exif(exif)
    except _DECODER_ERRORS:
        return ExifFacts()
