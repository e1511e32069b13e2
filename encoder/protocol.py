"""What an encoder is: the smallest interface the other rooms need."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # Pillow is 8 ms of a search by words, which looks at no picture
    from PIL.Image import Image

Modality: TypeAlias = Literal["image", "text"]
Vectors: TypeAlias = npt.NDArray[np.float32]
"""Shape (n, d), float32, each row of unit length."""


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What tells one embedding space from another.

    ``fingerprint`` is a digest of weights and preprocessing: vectors may be compared only where
    it is equal. ``image_size`` is (height, width) in pixels. ``context_length`` is in tokens, None
    without a text tower.
    """

    name: str
    fingerprint: str
    dimension: int
    image_size: tuple[int, int]
    modalities: frozenset[Modality]
    context_length: int | None = None


@runtime_checkable
class Encoder(Protocol):
    """Embeds pictures, and words if it has a text tower, into one space."""

    @property
    def info(self) -> EncoderInfo: ...

    def embed_images(self, images: "Sequence[Image]") -> Vectors:
        """Embed upright RGB pictures of any size: float32 (n, d), rows of unit length."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts: float32 (n, d), rows of unit length. Raises NoTextTower if image-only."""
        ...


def preferred_batch(encoder: Encoder) -> int:
    """How many pictures an encoder likes at a time: its ``batch`` if it has one, else 16."""
    return int(getattr(encoder, "batch", 16))


def unit_rows(vectors: npt.NDArray[np.floating]) -> Vectors:
    """Scale each row of an (n, d) array to unit length; rows of zeros stay zeros."""
    rows = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)
