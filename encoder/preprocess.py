"""From an upright RGB picture to the pixels an image tower reads."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from encoder.manifest import ImageSpec

_RESAMPLING = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def to_pixels(images: Sequence[Image.Image], spec: ImageSpec) -> npt.NDArray[np.float32]:
    """Resize and normalise: float32 (n, 3, height, width)."""
    std = np.array(spec.std, dtype=np.float32)[:, None, None]
    shift = np.array(spec.mean, dtype=np.float32)[:, None, None] / std
    pixels = np.empty((len(images), 3, spec.height, spec.width), dtype=np.float32)
    for row, image in zip(pixels, images, strict=True):
        channels = np.asarray(fit(image, spec)).transpose(2, 0, 1)
        np.divide(channels, 255 * std, out=row)
        np.subtract(row, shift, out=row)
    return pixels


def fit(image: Image.Image, spec: ImageSpec) -> Image.Image:
    """Bring a picture to exactly ``spec.width`` × ``spec.height`` by the spec's resize rule."""
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    if spec.resize == "squash":
        return rgb.resize((spec.width, spec.height), _RESAMPLING[spec.interpolation])
    resized = rgb.resize(_scaled(rgb.size, spec), _RESAMPLING[spec.interpolation])
    return _centred(resized, spec)


def _scaled(size: tuple[int, int], spec: ImageSpec) -> tuple[int, int]:
    """The size before cropping or padding, in the roundings of torchvision and open_clip."""
    width, height = size
    ratios = (spec.width / width, spec.height / height)
    if spec.resize == "shortest" and spec.width == spec.height:
        return (
            max(spec.width, spec.width * width // min(size)),
            max(spec.height, spec.height * height // min(size)),
        )
    ratio = max(ratios) if spec.resize == "shortest" else min(ratios)
    return max(1, round(width * ratio)), max(1, round(height * ratio))


def _centred(image: Image.Image, spec: ImageSpec) -> Image.Image:
    """Crop or pad around the centre, as open_clip's ``center_crop_or_pad`` does."""
    if image.width >= spec.width and image.height >= spec.height:
        left = round((image.width - spec.width) / 2)
        top = round((image.height - spec.height) / 2)
        return image.crop((left, top, left + spec.width, top + spec.height))
    canvas = Image.new("RGB", (spec.width, spec.height), (spec.fill,) * 3)
    canvas.paste(image, ((spec.width - image.width) // 2, (spec.height - image.height) // 2))
    return canvas
