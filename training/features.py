"""Runs the frozen parts over photographs and captions, and remembers what they gave."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from blake3 import blake3
from tokenizers import Tokenizer

from encoder.manifest import ImageSpec
from encoder.preprocess import to_pixels
from training.photographs import in_batches

Floats = npt.NDArray[np.float32]

PHOTOS_AT_ONCE = 8
TEXTS_AT_ONCE = 32


def open_session(path: Path, threads: int = 2) -> onnxruntime.InferenceSession:
    """Load a graph for the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def pixel_batches(photos: Sequence[Path], spec: ImageSpec) -> Iterator[Floats]:
    """Decode photographs and bring them to the model's size, a few at a time."""
    for images in in_batches(photos, PHOTOS_AT_ONCE):
        yield to_pixels(images, spec)


def plane_features(ends: Path, planes: npt.NDArray[np.float16]) -> Floats:
    """Last means that copies of the towers' ends give for planes, float32 (n, f)."""
    session = open_session(ends)
    parts = range(0, len(planes), PHOTOS_AT_ONCE)
    wide = (planes[i : i + PHOTOS_AT_ONCE].astype(np.float32) for i in parts)
    return np.concatenate([session.run(None, {"planes": some})[0] for some in wide])


def text_layers(trunk: Path, tokenizer: Tokenizer, texts: Sequence[str]) -> Floats:
    """Pooled layers of texts, float32 (n, layers x width); texts of a length go together."""
    session = open_session(trunk)
    order = np.argsort([len(text) for text in texts], kind="stable")
    batches = [order[i : i + TEXTS_AT_ONCE] for i in range(0, len(order), TEXTS_AT_ONCE)]
    rows = [session.run(None, tokens(tokenizer, [texts[i] for i in some]))[0] for some in batches]
    return np.asarray(np.concatenate(rows)[np.argsort(order, kind="stable")], dtype=np.float32)


def remembered(cache: Path, trunk: Path, key: str, compute: Callable[[], Floats]) -> Floats:
    """What ``compute`` gave the last time ``trunk`` had these bytes and ``key`` was the same."""
    digest = blake3(trunk.read_bytes() + key.encode()).hexdigest(length=12)
    path = cache / f"{digest}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, compute())
    return np.asarray(np.load(path), dtype=np.float32)


def tokens(tokenizer: Tokenizer, texts: list[str]) -> dict[str, npt.NDArray[np.int64]]:
    """Token ids and mask of texts, padded to the longest, int64 (n, t) each."""
    encodings = tokenizer.encode_batch(texts)
    return {
        "input_ids": np.array([encoding.ids for encoding in encodings], dtype=np.int64),
        "attention_mask": np.array([one.attention_mask for one in encodings], dtype=np.int64),
    }
