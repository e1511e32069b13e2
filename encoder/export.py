"""Exports an OpenCLIP model to a model folder, and proves that both give the same vectors.

Needs the ``export`` extra (onnx, onnxscript).
"""

import copy
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from open_clip.tokenizer import SimpleTokenizer
from PIL.Image import Image
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from encoder.manifest import Manifest, TextSpec, write_manifest
from encoder.onnx import OnnxEncoder
from encoder.openclip import OpenClipEncoder
from encoder.protocol import Vectors
from errors import ExportError

OPSET = 18
REQUIRED_COSINE = 0.9999


@dataclass(frozen=True, slots=True)
class Parity:
    """Lowest cosine between the vectors of the original and of its export, per tower."""

    image: float
    text: float

    def __str__(self) -> str:
        return f"cosine {self.image:.6f} (images), {self.text:.6f} (texts)"


class _Tower(torch.nn.Module):
    """One of a CLIP model's two encoders as a module of its own, ending in unit vectors."""

    def __init__(self, model: torch.nn.Module, method: str) -> None:
        super().__init__()
        self.model = model
        self._method = method

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = getattr(self.model, self._method)(inputs)
        return torch.nn.functional.normalize(vectors, dim=-1)


def export_openclip(
    encoder: OpenClipEncoder,
    folder: Path,
    *,
    images: Sequence[Image],
    texts: Sequence[str],
    name: str | None = None,
) -> Parity:
    """Export both towers to ``folder`` and compare them with the original on ``images``/``texts``.

    The folder appears only when the comparison holds (cosine ≥ 0.9999 in float32). Raises
    ExportError if it exists already, if a tower cannot be exported, or if the vectors differ.
    """
    if folder.exists():
        raise ExportError(f"{folder}: exists already; give a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        draft = Path(scratch) / "model"
        _write(encoder, draft, name or encoder.name)
        parity = compare(encoder, OnnxEncoder(draft), images, texts)
        if min(parity.image, parity.text) < REQUIRED_COSINE:
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


def _write(encoder: OpenClipEncoder, folder: Path, name: str) -> None:
    folder.mkdir()
    spec = encoder.image_spec
    text = TextSpec(context_length=encoder.context_length)
    model = copy.deepcopy(encoder.model).cpu().float()
    pixels = torch.zeros(2, 3, spec.height, spec.width)
    _export(_Tower(model, "encode_image"), pixels, folder / spec.file, "pixels")
    tokens = encoder.tokenize(["a photograph", "another one"])
    _export(_Tower(model, "encode_text"), tokens, folder / text.file, "input_ids")
    clip_tokenizer(encoder.tokenize, encoder.context_length).save(str(folder / text.tokenizer))
    source = f"OpenCLIP {encoder.name}, exported at opset {OPSET}"
    manifest = Manifest(name, encoder.info.dimension, spec, text, source=source)
    write_manifest(folder, manifest)


def _export(tower: torch.nn.Module, example: torch.Tensor, path: Path, name: str) -> None:
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
                external_data=False,
                verbose=False,
            )
    except (RuntimeError, ValueError, ImportError) as error:
        raise ExportError(f"{path.name}: cannot be exported ({error})") from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)


def clip_tokenizer(tokenize: object, context_length: int) -> Tokenizer:
    """CLIP's byte-pair tokenizer as a ``tokenizers`` object with truncation and padding set.

    Differs from OpenCLIP's only in that mojibake and HTML entities are not mended first (ftfy).
    Raises ExportError for a tokenizer of another kind.
    """
    if not isinstance(tokenize, SimpleTokenizer):
        raise ExportError(f"cannot export a tokenizer of type {type(tokenize).__name__}")
    start, end = "<start_of_text>", "<end_of_text>"
    vocabulary: dict[str, int] = tokenize.encoder
    tokenizer = Tokenizer(
        models.BPE(vocabulary, list(tokenize.bpe_ranks), end_of_word_suffix="</w>")
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(Regex("[‘’‚‛]"), "'"),  # ftfy uncurls quotes
            normalizers.Replace(Regex("[“”„‟]"), '"'),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
            normalizers.Lowercase(),
        ]
    )
    words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])],
    )
    tokenizer.enable_truncation(context_length)
    tokenizer.enable_padding(length=context_length, pad_id=0, pad_token="!")  # noqa: S106  (token 0)
    return tokenizer
