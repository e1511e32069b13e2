"""From read files to batches that can be committed: each picture's vector in every space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL.Image import Image

from encoder import Encoder
from errors import ModelError
from indexer.read import Contents, ReadFile
from store import SpaceRecord
from store.faults import reach
from store.vector_index import Vector


@dataclass(frozen=True, slots=True)
class Target:
    """A space to fill, and the encoder whose vectors it holds."""

    encoder: Encoder
    space: SpaceRecord


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """Files of one root, without their pixels, and the vectors of what is new among them, by space
    and content hash."""

    files: list[ReadFile]
    vectors: dict[int, dict[bytes, Vector]]


@dataclass(frozen=True, slots=True)
class Embedder:
    """Encodes for every target what has no vector there yet."""

    contents: Contents
    targets: Sequence[Target]

    def embed(self, files: Sequence[ReadFile]) -> EmbeddedBatch:
        """Embed the pictures of a batch.

        Raises ModelError for vectors of another dimension, or that are no finite numbers.
        """
        reach("batch.read")
        images = {file.facts.hash: file.image for file in files if file.image and file.facts}
        vectors = {target.space.id: self._embed(target, images) for target in self.targets}
        reach("batch.encoded")
        return EmbeddedBatch([replace(file, image=None) for file in files], vectors)

    def _embed(self, target: Target, images: Mapping[bytes, Image]) -> dict[bytes, Vector]:
        known = self.contents.searchable_among(images, target.space.id) if images else set()
        fresh = {key: image for key, image in images.items() if key not in known}
        vectors = target.encoder.embed_images(list(fresh.values()))
        expected = (len(fresh), target.space.dimension)
        if vectors.shape != expected or not np.isfinite(vectors).all():
            raise ModelError(
                f"{target.space.model} gave vectors of shape {vectors.shape}, wanted {expected} "
                "finite numbers; check the model"
            )
        return dict(zip(fresh, vectors, strict=True))
