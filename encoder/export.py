"""Exports an OpenCLIP model to a model folder, and proves that both give the same vectors.

Needs the ``export`` extra (onnx, onnxscript).
"""

import copy
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer, get_clean_fn
from PIL.Image import Image
from tokenizers import Tokenizer

from encoder.check import Parity
from encoder.manifest import Manifest, Original, TextSpec, write_manifest
from encoder.onnx import OnnxEncoder
from encoder.openclip import OpenClipEncoder
from encoder.protocol import Vectors
from encoder.tokens import Clean, clean_names, cleaned_tokenizer, clip_tokenizer
from errors import ExportError

OPSET = 18
REQUIRED_COSINE = 0.9999
LARGEST_FILE = 1_900_000_000
"""Bytes of weights from which they go beside the network: protobuf ends at 2 GiB."""


class _Tower(torch.nn.Module):
    """One of a CLIP model's two encoders as a module of its own, ending in unit vectors."""

    def __init__(self, model: torch.nn.Module, method: str, blank: int | None = None) -> None:
        super().__init__()
        self.model = model
        self._method = method
        self._blank = blank  # a token that this model wants to see as 0

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self._blank is not None:
            inputs = torch.where(inputs == self._blank, torch.zeros_like(inputs), inputs)
        vectors: torch.Tensor = getattr(self.model, self._method)(inputs)
        return torch.nn.functional.normalize(vectors, dim=-1)


def export_openclip(
    encoder: OpenClipEncoder,
    folder: Path,
    *,
    images: Sequence[Image],
    texts: Sequence[str],
    name: str | None = None,
    licence: str = "",
    original: Original | None = None,
) -> Parity:
    """Export both towers to ``folder`` and compare them with the original on ``images``/``texts``.

    The folder appears only when the comparison holds (cosine ≥ 0.9999 in float32). ``original``
    says where an accelerator finds the same weights again. Raises
    ExportError if it exists already, if a tower cannot be exported, or if the vectors differ.
    """
    if folder.exists():
        raise ExportError(f"{folder}: exists already; give a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        draft = Path(scratch) / "model"
        manifest = _write(encoder, draft, name or encoder.name)
        write_manifest(draft, replace(manifest, licence=licence, original=original))
        parity = compare(encoder, OnnxEncoder(draft), images, texts)
        if not min(parity.image, parity.text) >= REQUIRED_COSINE:
            raise ExportError(f"{encoder.name}: the export gives other vectors: {parity}")
        shutil.move(draft, folder)
    return parity


def compare(
    original: OpenClipEncoder, exported: OnnxEncoder, images: Sequence[Image], texts: Sequence[str]
) -> Parity:
    """Embed the same pictures and texts both ways and take the lowest cosines."""
    return Parity(
        image=_lowest_cosine(original.embed_images(images), exported.embed_images(images)),
        text=_lowest_cosine(original.embed_texts(texts), exported.embed_texts(texts)),
    )


def _lowest_cosine(ours: Vectors, theirs: Vectors) -> float:
    return float(np.min(np.sum(ours * theirs, axis=1)))


def _write(encoder: OpenClipEncoder, folder: Path, name: str) -> Manifest:
    folder.mkdir()
    spec = encoder.image_spec
    text = TextSpec(encoder.context_length, encoder.templates)
    model = copy.deepcopy(encoder.model).cpu().float()
    pixels = torch.zeros(2, 3, spec.height, spec.width)
    _export(_Tower(model, "encode_image"), pixels, folder / spec.file, "pixels")
    tokens = encoder.tokenize(["a photograph", "another one"])
    tower = _Tower(model, "encode_text", _blank(encoder.tokenize))
    _export(tower, tokens, folder / text.file, "input_ids")
    tokenizer = portable_tokenizer(encoder.tokenize, encoder.context_length)
    tokenizer.save(str(folder / text.tokenizer))
    source = f"OpenCLIP {encoder.name}, exported at opset {OPSET}"
    return Manifest(name, encoder.info.dimension, spec, text, source=source)


def _export(tower: torch.nn.Module, example: torch.Tensor, path: Path, name: str) -> None:
    size = sum(weight.nbytes for weight in tower.parameters())
    fast_path = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its fused operator has no ONNX form
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                tower.eval(),
                (example,),
                path,
                input_names=[name],
                output_names=["vectors"],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                opset_version=OPSET,
                dynamo=True,
                external_data=size > LARGEST_FILE,
                verbose=False,
            )
    except (RuntimeError, ValueError, ImportError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ExportError(f"{path.name}: cannot be exported ({reason})") from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)


def portable_tokenizer(tokenize: object, context_length: int) -> Tokenizer:
    """An OpenCLIP tokenizer as a ``tokenizers`` object with truncation and padding set.

    Raises ExportError for one whose kind has no such form.
    """
    if isinstance(tokenize, SimpleTokenizer) and tokenize.reduction_fn is None:
        vocabulary, merges = tokenize.encoder, list(tokenize.bpe_ranks)
        return clip_tokenizer(vocabulary, merges, _clean(tokenize.clean_fn), context_length)
    if isinstance(tokenize, HFTokenizer) and not tokenize.tokenizer_mode:
        return _from_hugging_face(tokenize, context_length)
    mode = getattr(tokenize, "tokenizer_mode", "") or "own"
    raise ExportError(f"a {type(tokenize).__name__} of {mode!r} mode cannot be exported")


def _from_hugging_face(tokenize: Any, context_length: int) -> Tokenizer:
    fast = tokenize.tokenizer
    backend = getattr(fast, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise ExportError(f"a {type(fast).__name__} has no fast form and cannot be exported")
    return cleaned_tokenizer(
        backend,
        _clean(tokenize.clean_fn),
        context_length,
        padding=(fast.pad_token_id, str(fast.pad_token)),
        direction=fast.padding_side,
    )


def _clean(function: object) -> Clean:
    return cast(Clean, {get_clean_fn(name): name for name in clean_names}[function])


def _blank(tokenize: object) -> int | None:
    if isinstance(tokenize, HFTokenizer) and tokenize.strip_sep_token:
        return int(tokenize.tokenizer.sep_token_id)
    return None
