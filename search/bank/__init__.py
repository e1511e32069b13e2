"""What ships with Photoseek to measure and to name by: captions and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from blake3 import blake3

from encoder import Encoder, Vectors
from encoder.notes import read_vectors, write_vectors

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Bank:
    """Captions of what people photograph; ``digest`` tells one bank from another."""

    captions: tuple[str, ...]
    digest: str


@cache
def bank() -> Bank:
    """The captions that ship with Photoseek."""
    text = (_HERE / "captions.txt").read_text(encoding="utf-8")
    lines = tuple(line for line in text.splitlines() if line and not line.startswith("#"))
    return Bank(lines, blake3(text.encode()).hexdigest(length=8))


@cache
def vocabulary() -> tuple[str, ...]:
    """Some 760 things, scenes and doings that people photograph."""
    lines = (_HERE / "words.txt").read_text(encoding="utf-8").splitlines()
    listed = (line.partition(":")[2] for line in lines if not line.startswith("#"))
    words = (word.strip() for line in listed for word in line.split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def as_asked(encoder: Encoder) -> Vectors:
    """Unit vectors float32 (n, d) of what people ask: captions and words. As ``embed_once``."""
    return np.concatenate([embed_once(encoder, texts) for texts in (bank().captions, vocabulary())])


def embed_once(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Unit vectors float32 (n, d) of texts that ship, kept for the next library on this machine.

    A large tower takes a minute for them. Raises NoTextTower for a model without words.
    """
    info = encoder.info
    digest = blake3("\n".join([info.fingerprint, *texts]).encode()).hexdigest(length=16)
    name = f"texts/{digest}.npy"
    kept = read_vectors(name, (len(texts), info.dimension))
    if kept is not None:
        return kept
    # a text at a time costs no more, and no batch of hundreds need fit an accelerator's memory
    vectors = np.concatenate([encoder.embed_texts([text]) for text in texts])
    write_vectors(name, vectors)
    return vectors
