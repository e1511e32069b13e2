"""The stand-in for a model that made vectors elsewhere and is not here: it embeds nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from blake3 import blake3

from encoder.protocol import EncoderInfo, Vectors
from errors import ModelError, NoTextTower

if TYPE_CHECKING:
    from PIL.Image import Image

_PREFIX = "imported-"


def imported_fingerprint(model: str, dimension: int) -> str:
    """Of a space of imported vectors: their model's name is all that is known of it."""
    return _PREFIX + blake3(f"{model} {dimension}".encode()).hexdigest(length=12)


def is_imported(fingerprint: str) -> bool:
    """Whether a space holds imported vectors of a model that was not here."""
    return fingerprint.startswith(_PREFIX)


class ImportedVectors:
    """An ``Encoder`` for searches among imported vectors: by photographs that have one."""

    def __init__(self, model: str, fingerprint: str, dimension: int) -> None:
        self.info = EncoderInfo(model, fingerprint, dimension, (224, 224), frozenset({"image"}))

    def embed_images(self, images: "Sequence[Image]") -> Vectors:  # noqa: ARG002
        raise ModelError(
            f"vectors of {self.info.name} were imported and it is not installed here; "
            "ask with photographs that were imported with them"
        )

    def embed_texts(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        raise NoTextTower(
            f"vectors of {self.info.name} were imported and it is not installed here: no search "
            "by words; ask with photographs, or import again after: photoseek models add"
        )
