"""Any OpenCLIP architecture and weights, on CUDA, Apple's GPU or the CPU.

The one module that imports open_clip, which ships no types; and, with ``encoder.export``, the only
ones that import torch.
"""

import pickle
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias, cast

import numpy as np
import open_clip
import torch
from blake3 import blake3
from PIL.Image import Image

from encoder.manifest import ImageSpec, Interpolation, ResizeRule
from encoder.preprocess import to_pixels
from encoder.protocol import EncoderInfo, Vectors, unit_rows
from errors import DamagedModel, UnknownModel

Device: TypeAlias = Literal["auto", "cpu", "cuda", "mps"]


_LOADING_ERRORS = (
    *(RuntimeError, ValueError, KeyError, OSError, EOFError, pickle.UnpicklingError),
    AssertionError,  # open_clip checks a checkpoint's shapes with assert
)


class OpenClipEncoder:
    """An OpenCLIP model run by torch. Use ``load_openclip`` to make one."""

    def __init__(
        self,
        name: str,
        model: torch.nn.Module,
        tokenize: Callable[[Sequence[str]], torch.Tensor],
        device: torch.device,
    ) -> None:
        self.name = name
        self.model = model.to(device).eval()
        self.tokenize = tokenize
        self._device = device

    @cached_property
    def image_spec(self) -> ImageSpec:
        """The preprocessing the model's own configuration asks for."""
        config = open_clip.get_model_preprocess_cfg(self.model)
        size = config["size"]
        height, width = (size, size) if isinstance(size, int) else size
        return ImageSpec(
            height=height,
            width=width,
            mean=tuple(config["mean"]),
            std=tuple(config["std"]),
            resize=cast(ResizeRule, config["resize_mode"]),
            interpolation=cast(Interpolation, config["interpolation"]),
            fill=int(config.get("fill_color", 0)),
        )

    @cached_property
    def info(self) -> EncoderInfo:
        spec = self.image_spec
        return EncoderInfo(
            name=self.name,
            fingerprint=self._fingerprint(),
            dimension=self.embed_texts(["a"]).shape[1],
            image_size=(spec.height, spec.width),
            modalities=frozenset({"image", "text"}),
            context_length=self.context_length,
        )

    @cached_property
    def context_length(self) -> int:
        return int(self.tokenize(["a"]).shape[1])

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        """Embed upright RGB pictures: float32 (n, d), rows of unit length."""
        pixels = torch.from_numpy(to_pixels(images, self.image_spec)).to(self._device)
        with torch.inference_mode():
            vectors = self.model.encode_image(pixels)  # type: ignore[operator]
        return _as_unit_rows(vectors)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts: float32 (n, d), rows of unit length."""
        tokens = self.tokenize(list(texts)).to(self._device)
        with torch.inference_mode():
            vectors = self.model.encode_text(tokens)  # type: ignore[operator]
        return _as_unit_rows(vectors)

    def _fingerprint(self) -> str:
        hasher = blake3(repr((self.name, self.image_spec, self.context_length)).encode())
        for name, tensor in sorted(self.model.state_dict().items()):
            hasher.update(name.encode())
            hasher.update(tensor.cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        return hasher.hexdigest(length=16)


def load_openclip(
    architecture: str,
    *,
    pretrained: str | None = None,
    checkpoint: Path | None = None,
    device: Device = "auto",
) -> OpenClipEncoder:
    """Load an OpenCLIP model by its pretrained tag (from the hub) or from a local checkpoint.

    Checkpoints are read with ``weights_only``, so a crafted pickle cannot run code. Raises
    UnknownModel for a name or tag that OpenCLIP does not have, DamagedModel for weights that do
    not fit or cannot be read.
    """
    weights = _weights(architecture, pretrained, checkpoint)
    target = pick_device(device)
    try:
        model = open_clip.create_model(architecture, pretrained=weights, device=target)
    except _LOADING_ERRORS as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DamagedModel(f"{architecture}: cannot load {weights} ({reason})") from error
    name = f"{architecture}/{pretrained or Path(weights).stem}"
    return OpenClipEncoder(name, model, open_clip.get_tokenizer(architecture), target)


def pick_device(device: Device) -> torch.device:
    """The torch device asked for; ``auto`` is CUDA, else Apple's GPU, else the CPU."""
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _weights(architecture: str, pretrained: str | None, checkpoint: Path | None) -> str:
    if architecture not in open_clip.list_models():
        raise UnknownModel(f"unknown architecture {architecture!r}; see open_clip.list_models()")
    if checkpoint is not None:
        if not checkpoint.is_file():
            raise UnknownModel(f"{checkpoint}: no such checkpoint")
        return str(checkpoint)
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if pretrained not in tags:
        known = ", ".join(tags) or "none; give a local checkpoint"
        raise UnknownModel(f"unknown weights {pretrained!r} for {architecture}; known: {known}")
    return str(pretrained)


def _as_unit_rows(vectors: torch.Tensor) -> Vectors:
    return unit_rows(np.asarray(vectors.float().cpu()))
