"""A model folder that holds Ultralytics weights: written once, run through ``encoder.yolo``.

The weights are copied, so that later runs find them wherever the original went.
"""

import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from PIL.Image import Image

from encoder.devices import Device
from encoder.manifest import WEIGHTS, ImageSpec, Manifest, Original, check_file, read_manifest
from encoder.manifest import write_manifest as write
from encoder.protocol import EncoderInfo, Vectors
from encoder.yolo import YoloEncoder, load_yolo, no_text_tower
from errors import DamagedModel

LICENCE = "AGPL-3.0 or Ultralytics Enterprise, unless whoever trained the weights says otherwise"


class YoloFolder:
    """An installed folder of the family ``ultralytics``; torch is imported when a picture comes."""

    def __init__(self, folder: Path, *, name: str | None = None, device: Device = "cpu") -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self._name = name or self.manifest.name
        self._device = device

    @cached_property
    def info(self) -> EncoderInfo:
        image = self.manifest.image
        return EncoderInfo(
            name=self._name,
            fingerprint=self.manifest.fingerprint,
            dimension=self.manifest.dimension,
            image_size=(image.height, image.width),
            modalities=self.manifest.modalities,
        )

    def on(self, device: Device) -> "YoloFolder":
        """The same model on another device."""
        return YoloFolder(self.folder, name=self._name, device=device)

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        """Embed upright RGB pictures: float32 (n, d), rows of unit length."""
        return self._yolo.embed_images(images)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        """Raises NoTextTower."""
        raise no_text_tower(self._name)

    @cached_property
    def _yolo(self) -> YoloEncoder:
        path = check_file(self.folder, self.manifest, self.manifest.image.file)
        yolo, original = load_yolo(path, device=self._device), self.manifest.original
        if original is None or yolo.info.fingerprint != original.fingerprint:
            raise DamagedModel(
                f"{self._name}: this Ultralytics prepares pictures otherwise than the one it was "
                f"added with; photoseek models remove {self._name}, then add and index again"
            )
        return yolo


def write_yolo_folder(weights: Path, folder: Path, name: str) -> YoloFolder:
    """Make a model folder of local weights that load safely. Raises what ``load_yolo`` raises."""
    info = load_yolo(weights, device="cpu").info
    folder.mkdir()
    shutil.copyfile(weights, folder / WEIGHTS)
    height, width = info.image_size
    # Size and file count; the rest of a spec is for the families that we prepare pictures for.
    image = ImageSpec(height, width, mean=(0, 0, 0), std=(1, 1, 1), file=WEIGHTS)
    manifest = Manifest(
        name=name,
        dimension=info.dimension,
        image=image,
        source=f"Ultralytics weights {weights.name}",
        licence=LICENCE,
        family="ultralytics",
        original=Original(info.fingerprint),
    )
    write(folder, manifest)
    return YoloFolder(folder, name=name)
