"""Answers questions: embed, find the nearest neighbours, look up the photographs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL.Image import Image

from encoder import Encoder, Vectors, unit_rows
from errors import ModelError
from search.answer import Answer, Hit
from search.calibration import calibration_of
from search.query import Query
from store import SpaceRecord, Store, VectorIndex
from store.vectors import Ids, Vector


@dataclass(frozen=True, slots=True)
class Example:
    """A picture to look for: the BLAKE3 of its file, and its pixels when they are needed."""

    hash: bytes
    load: Callable[[], Image]


OpenExample = Callable[[Path], Example]


class Searcher:
    """Searches one library with the encoder it was indexed with.

    ``open_example`` reads the pictures a query names; it raises PictureError or PathError.
    """

    def __init__(self, store: Store, encoder: Encoder, open_example: OpenExample) -> None:
        self._store = store
        self._encoder = encoder
        self._open_example = open_example

    def search(self, query: Query, space: SpaceRecord) -> Answer:
        """The photographs nearest to the query in ``space``, best first.

        A query picture is left out of its own results. Raises ModelError if the encoder is not
        the space's own, NoTextTower for words and an image-only model.
        """
        begun = time.monotonic()
        self._require_same_space(space)
        index = self._store.vectors(space)
        vector, examples = self._embed(query, space)
        neighbours = index.search(vector, query.limit, without=examples)
        photos = self._store.catalog.photos(neighbours.ids.tolist())
        relevance = self._judge(query, space, vector, index, neighbours.ids)
        found = zip(neighbours.ids.tolist(), neighbours.scores.tolist(), relevance, strict=True)
        there = [(score, photos[key], judged) for key, score, judged in found if key in photos]
        hits = tuple(Hit(rank, *hit) for rank, hit in enumerate(there, start=1))
        seconds = time.monotonic() - begun
        notes = self._notes(query, index.count)
        return Answer(query, hits, index.count, space.model, notes, seconds)

    def _judge(
        self, query: Query, space: SpaceRecord, vector: Vector, index: VectorIndex, ids: Ids
    ) -> list[float | None]:
        """The relevance of hits; None for each if the noise of the space was never measured."""
        calibration = calibration_of(self._store, space)
        if calibration is None or query.kind not in calibration.noises:
            return [None] * len(ids)
        relevance = calibration.relevance(
            vector,
            query.kind,
            index.vectors(ids),
            among=index.count,
            strictness=query.strictness,
        )
        return [float(value) for value in relevance]

    def _require_same_space(self, space: SpaceRecord) -> None:
        info = self._encoder.info
        if info.fingerprint != space.fingerprint:
            raise ModelError(
                f"the library was indexed with {space.model} {space.fingerprint[:8]}, this is "
                f"{info.name} {info.fingerprint[:8]}; bring it up to date with: photoseek index"
            )

    def _embed(self, query: Query, space: SpaceRecord) -> tuple[Vector, set[int]]:
        """The query's vector, float32 (d,), and the content ids of its own pictures."""
        parts: list[Vectors] = []
        if query.texts:
            parts.append(self._encoder.embed_texts(query.texts))
        own: set[int] = set()
        for path in query.images:
            vector, content_id = self._embed_example(path, space)
            parts.append(vector.reshape(1, -1))
            own |= {content_id} if content_id is not None else set()
        mean = np.concatenate(parts).mean(axis=0, keepdims=True)
        return unit_rows(mean)[0], own

    def _embed_example(self, path: Path, space: SpaceRecord) -> tuple[Vector, int | None]:
        """A picture the library knows needs no encoding, not even loading the model."""
        example = self._open_example(path)
        known = self._store.catalog.find_content(example.hash, [space.id])
        if known is not None:
            vector = self._store.catalog.vector(known.id, space.id)
            if vector is not None:
                return vector, known.id
        return self._encoder.embed_images([example.load()])[0], known.id if known else None

    def _notes(self, query: Query, photos: int) -> tuple[str, ...]:
        if not photos:
            return ("the library holds no photographs yet",)
        length = self._encoder.info.context_length
        longest = max((len(text.split()) for text in query.texts), default=0)
        if length is None or longest <= length:
            return ()
        return (f"the query has {longest} words; the model read about the first {length}",)
