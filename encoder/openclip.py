"""Any OpenCLIP architecture and weights, on CUDA, Apple's GPU or the CPU.

The one module that imports open_clip, which ships no types; and, with ``encoder.export``, the only
ones that import torch. Nothing here opens a socket; ``encoder.downloads`` fills the cache first.
"""

import pickle
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import open_clip
import torch
from blake3 import blake3
from open_clip.pretrained import get_pretrained_cfg
from PIL.Image import Image
from safetensors import SafetensorError

from encoder.batches import Batches
from encoder.devices import Device
from encoder.downloads import cache_only
from encoder.manifest import ImageSpec, Interpolation, ResizeRule
from encoder.preprocess import to_pixels
from encoder.pretrained import FOLDER, HUB, quiet, require_transformers
from encoder.protocol import EncoderInfo, Vectors, unit_rows
from encoder.registry import DOWNLOADS, models_home, nearest
from errors import DamagedModel, ModelError, UnknownModel

_LOADING_ERRORS = (
    *(RuntimeError, ValueError, KeyError, OSError, EOFError, pickle.UnpicklingError),
    *(TypeError, AttributeError, IndexError, StopIteration, ImportError, SafetensorError),
    AssertionError,  # open_clip checks a checkpoint's shapes with assert
)
_CHECKPOINTS = {".pt", ".pth", ".bin", ".safetensors"}
_BATCH = {"cpu": 32}  # elsewhere as many as memory allows, halved from:
_LARGEST_BATCH = 512


class OpenClipEncoder:
    """An OpenCLIP model run by torch. Use ``load_openclip`` to make one.

    On an accelerator it computes in half precision, in batches that are halved while memory runs
    out. A text's vector is the mean over ``templates``, each with ``{}`` where the words go.
    """

    def __init__(
        self,
        name: str,
        model: torch.nn.Module,
        tokenize: Callable[[Sequence[str]], torch.Tensor],
        device: torch.device,
        templates: tuple[str, ...] = ("{}",),
    ) -> None:
        self.name = name
        self.model = model.to(device).eval()
        self.tokenize = tokenize
        self.templates = templates
        self._device = device
        self._batches = Batches(_BATCH.get(device.type, _LARGEST_BATCH), is_out_of_memory)

    @property
    def batch_size(self) -> int:
        """Pictures of one run; the largest that has fitted into memory so far."""
        return self._batches.size

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
            dimension=self._embed_prompts(["a"]).shape[1],
            image_size=(spec.height, spec.width),
            modalities=frozenset({"image", "text"}),
            context_length=self.context_length,
        )

    @cached_property
    def context_length(self) -> int:
        return int(self.tokenize(["a"]).shape[1])

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        """Embed upright RGB pictures: float32 (n, d), rows of unit length."""
        return self._joined(self._batches.run(self._embed_batch, images))

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts, each as the mean over the templates: float32 (n, d), rows of unit length."""
        prompts = [form.replace("{}", text) for text in texts for form in self.templates]
        vectors = self._joined(self._batches.run(self._embed_prompts, prompts))
        by_text = vectors.reshape(len(texts), len(self.templates), self.info.dimension)
        return unit_rows(by_text.mean(axis=1))

    def _embed_batch(self, images: Sequence[Image]) -> Vectors:
        pixels = torch.from_numpy(to_pixels(images, self.image_spec))
        return self._run("encode_image", pixels)

    def _embed_prompts(self, prompts: Sequence[str]) -> Vectors:
        return self._run("encode_text", self.tokenize(list(prompts)))

    def _run(self, method: str, inputs: torch.Tensor) -> Vectors:
        kind = self._device.type
        half = torch.autocast(kind, dtype=torch.float16, enabled=kind != "cpu")
        with torch.inference_mode(), half:
            vectors = getattr(self.model, method)(inputs.to(self._device))
        return unit_rows(np.asarray(vectors.float().cpu()))

    def _joined(self, parts: list[Vectors]) -> Vectors:
        return np.concatenate(parts) if parts else np.empty((0, self.info.dimension), np.float32)

    def _fingerprint(self) -> str:
        facts = (self.name, self.image_spec, self.context_length, self.templates)
        hasher = blake3(repr(facts).encode())
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
    templates: tuple[str, ...] = ("{}",),
) -> OpenClipEncoder:
    """Load an OpenCLIP model by its pretrained tag or from a local checkpoint.

    ``architecture`` is a name of ``open_clip.list_models()``, or a whole model as
    ``hf-hub:owner/name`` or ``local-dir:path``. What comes from the hub must have been fetched
    (``download``).
    Checkpoints are read with ``weights_only``, so a crafted pickle cannot run code. Raises
    UnknownModel for a name or tag that OpenCLIP does not have, DamagedModel for weights that do
    not fit or cannot be read.
    """
    target = pick_device(device)
    whole = architecture.startswith((HUB, FOLDER))
    weights = None if whole else _weights(architecture, pretrained, checkpoint)
    cache = models_home() / DOWNLOADS
    try:
        require_transformers(architecture)
        with cache_only(cache), quiet():
            model = _create(architecture, weights, cache)
            tokenize = open_clip.get_tokenizer(architecture, cache_dir=str(cache))
    except _LOADING_ERRORS as error:
        raise DamagedModel(
            f"{architecture}: cannot load {weights or 'it'} ({_why(error)})"
        ) from error
    name = architecture if whole else f"{architecture}/{pretrained or Path(str(weights)).stem}"
    return OpenClipEncoder(name, model, tokenize, target, templates)


def _create(architecture: str, weights: str | None, cache: Path) -> torch.nn.Module:
    config = get_pretrained_cfg(architecture, weights) if weights else {}
    model: torch.nn.Module = open_clip.create_model(
        architecture,
        pretrained=weights,
        device="cpu",
        force_quick_gelu=bool(config.get("quick_gelu", False)),  # only warned about otherwise
        require_pretrained=True,
        cache_dir=str(cache),
    )
    return model


def pick_device(device: Device) -> torch.device:
    """The torch device asked for; ``auto`` is CUDA, else Apple's GPU, else the CPU.

    Raises ModelError for one that is not here.
    """
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return torch.device(next((name for name in here if here[name]), "cpu"))
    if not here.get(device, True):
        raise ModelError(f"no {device} device here; use --device cpu, or auto")
    return torch.device(device)


def is_out_of_memory(error: Exception) -> bool:
    """CUDA has a class for it; Apple's GPU says it in a RuntimeError."""
    if isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "out of memory" in str(error)


def _weights(architecture: str, pretrained: str | None, checkpoint: Path | None) -> str:
    if architecture not in open_clip.list_models():
        close = nearest(architecture, open_clip.list_models())
        raise UnknownModel(f"unknown architecture {architecture!r}; {close}")
    if checkpoint is not None:
        return _checkpoint(checkpoint)
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if pretrained not in tags:
        known = ", ".join(tags) or "none; give a local checkpoint"
        raise UnknownModel(f"unknown weights {pretrained!r} for {architecture}; known: {known}")
    return str(pretrained)


def _checkpoint(path: Path) -> str:
    if not path.is_file():
        raise UnknownModel(f"{path}: no such checkpoint")
    if path.suffix not in _CHECKPOINTS:
        raise UnknownModel(f"{path}: not a checkpoint; known: {', '.join(sorted(_CHECKPOINTS))}")
    return str(path)


def _why(error: BaseException) -> str:
    """The line of an error that says most: torch heads a list of misfits with an empty phrase."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if len(lines) > 1 and "loading state_dict" in lines[0]:
        return f"weights of another architecture: {lines[1][:200]}"
    if lines and isinstance(error, AssertionError):
        return f"weights of another architecture: {lines[0][:200]}"
    return lines[0][:300] if lines else type(error).__name__
