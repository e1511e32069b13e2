"""What ships with Photoseek to measure and to name by: captions and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from blake3 import blake3

from encoder import Encoder, Vectors

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


def embed_each(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Unit vectors float32 (n, d). Raises NoTextTower for a model without words.

    A text at a time costs no more, and no batch of hundreds need fit an accelerator's memory.
    """
    return np.concatenate([encoder.embed_texts([text]) for text in texts])
