"""An exported model on an accelerator: its original image tower in torch, held to the same space.

An accelerator may run a model in place of its folder only if it gives the folder's own vectors. Two
gates see to that: the original weights must still be the very ones that were exported (their
fingerprint is in the manifest), and on the sample photographs, on this device and in half
precision, the vectors must be those of the folder. Then pictures embedded on either side may be
compared, and the space keeps its fingerprint. Words always go through the folder.
"""

import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL.Image import Image

from encoder.devices import Device, accelerator_likely, device_names
from encoder.manifest import Original
from encoder.onnx import OnnxEncoder
from encoder.protocol import Encoder, EncoderInfo, Vectors
from encoder.quantise import INT8, INT8_COSINE
from encoder.samples import samples
from encoder.yolo_folder import YoloFolder
from errors import DamagedModel, ModelError

if TYPE_CHECKING:
    from encoder.openclip import OpenClipEncoder

HALF_COSINE = 0.999
"""The lowest cosine that half precision may bring to a float32 folder's vectors."""
BATCH = 128
"""Pictures worth collecting for one call; the accelerator halves it if memory runs out."""
FIRST_ON_CPU = 64
"""Pictures after which ``auto`` takes the trouble to load torch and the weights, some seconds."""

log = logging.getLogger(__name__)


def accelerate(encoder: Encoder, device: Device) -> Encoder:
    """The encoder as it is best run on ``device``, in the same space.

    ``auto`` takes what there is; without an accelerator, or without the original weights, a model
    stays on the CPU. Raises ModelError for a device that was asked for and is not here.
    """
    if device not in device_names:
        raise ModelError(f"unknown device {device!r}; known: {', '.join(device_names)}")
    if device == "cpu" or (device == "auto" and not accelerator_likely()):
        return encoder
    if device != "auto":
        from encoder.openclip import pick_device

        pick_device(device)
    if isinstance(encoder, YoloFolder):
        return encoder.on(device)
    if isinstance(encoder, OnnxEncoder) and encoder.manifest.original is not None:
        return AcceleratedEncoder(encoder, device)
    if device != "auto":
        log.warning(
            "%s runs on the CPU; it has no original to run on %s", encoder.info.name, device
        )
    return encoder


class AcceleratedEncoder:
    """A model folder whose pictures are embedded by its original, loaded when they come.

    ``first_on_cpu`` pictures go through the folder before that. With the device ``auto`` an
    original that cannot be used is a warning and the folder goes on; otherwise ModelError.
    """

    batch = BATCH

    def __init__(
        self, folder: OnnxEncoder, device: Device, *, first_on_cpu: int | None = None
    ) -> None:
        self.folder = folder
        self._device: Device = device
        default = FIRST_ON_CPU if device == "auto" else 0
        self._first_on_cpu = default if first_on_cpu is None else first_on_cpu

    @property
    def info(self) -> EncoderInfo:
        return self.folder.info

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        """Embed upright RGB pictures: float32 (n, d), rows of unit length."""
        if self._first_on_cpu > 0:
            self._first_on_cpu -= len(images)
            return self.folder.embed_images(images)
        return self._tower.embed_images(images)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts with the folder, on the CPU: float32 (n, d), rows of unit length."""
        return self.folder.embed_texts(texts)

    @cached_property
    def _tower(self) -> "OpenClipEncoder | OnnxEncoder":
        try:
            return load_original(self.folder, self._device)
        except ModelError as error:
            if self._device != "auto":
                raise
            log.warning("%s; it runs on the CPU", error)
            return self.folder


def load_original(folder: OnnxEncoder, device: Device) -> "OpenClipEncoder":
    """The weights that a folder was exported from, on ``device``, proved to give its vectors.

    Nothing is fetched. Raises ModelError for a device that is not here, DamagedModel if the weights
    are gone, are others now, or give other vectors here.
    """
    from encoder.openclip import load_openclip

    name, original, text = folder.info.name, folder.manifest.original, folder.manifest.text
    if original is None or text is None:
        raise DamagedModel(f"{name} has no original to run; use --device cpu")
    encoder = load_openclip(
        original.architecture,
        pretrained=original.tag,
        checkpoint=_checkpoint(name, original),
        device=device,
        templates=text.templates,
    )
    if encoder.info.fingerprint != original.fingerprint:
        where = original.checkpoint or original.architecture
        raise DamagedModel(f"{where}: not the weights any more that {name} was exported from")
    require_same_vectors(folder, encoder)
    return encoder


def require_same_vectors(folder: OnnxEncoder, encoder: Encoder) -> float:
    """Cosine of both on the sample photographs. Raises DamagedModel if they are not one space.

    The lowest must reach 0.999; against an 8-bit tower the mean 0.99, which is its own bar.
    """
    images = [sample.image for sample in samples()]
    cosines = np.sum(folder.embed_images(images) * encoder.embed_images(images), axis=1)
    int8 = folder.manifest.image.file == INT8
    found, bar = (cosines.mean(), INT8_COSINE) if int8 else (cosines.min(), HALF_COSINE)
    if not found >= bar:
        raise DamagedModel(
            f"{folder.info.name}: its original gives other vectors on this device (cosine "
            f"{found:.4f}, wanted {bar}); use --device cpu"
        )
    return float(found)


def _checkpoint(name: str, original: Original) -> Path | None:
    if original.checkpoint is None:
        return None
    path = Path(original.checkpoint)
    if not path.is_file():
        raise DamagedModel(f"{path}: gone; {name} was exported from it, and needs it off the CPU")
    return path
