"""Small files in ``models_home()``: what passed the self-test, what runs how fast, texts embedded.

They can be lost without harm: what they say is found out again.
"""

import io
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from encoder.protocol import Vectors
from encoder.registry import models_home

SPEEDS = "speeds.json"


def speeds() -> dict[str, float]:
    """Images per second that were measured on this machine, by the models' fingerprints."""
    noted = read_note(SPEEDS)
    return noted if isinstance(noted, dict) else {}


def note_speed(fingerprint: str, images_per_second: float) -> None:
    """Remember how fast a model is here."""
    write_note(SPEEDS, speeds() | {fingerprint: round(images_per_second, 1)})


def read_note(name: str) -> Any:
    """What a file holds; None if it is not there or not JSON."""
    try:
        return json.loads((models_home() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_note(name: str, value: Any) -> None:
    """Replace a file as a whole; where nothing can be written, nothing happens."""
    _replace(name, json.dumps(value).encode())


def read_vectors(name: str, shape: tuple[int, int]) -> Vectors | None:
    """Vectors float32 of this shape (n, d), none longer than 1; None for any other file."""
    try:
        vectors = np.load(models_home() / name, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if not isinstance(vectors, np.ndarray) or vectors.shape != shape or vectors.dtype != np.float32:
        return None
    return vectors if (np.square(vectors).sum(axis=1) < 1.001).all() else None  # NaN is not, either


def write_vectors(name: str, vectors: Vectors) -> None:
    """Keep vectors (n, d) as ``write_note`` keeps values."""
    stream = io.BytesIO()
    np.save(stream, vectors)
    _replace(name, stream.getvalue())


def _replace(name: str, content: bytes) -> None:
    with suppress(OSError):
        target = models_home() / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(draft).replace(target)
        except OSError:
            Path(draft).unlink()
