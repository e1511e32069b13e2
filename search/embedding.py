"""From a query's parts to the vectors that stand for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from encoder import Encoder, Vectors, unit_rows
from errors import QueryError
from search.query import Part, Picture, Query, Url, Words
from search.relevance import Kind
from store import SpaceRecord, Store
from store.vector_index import Vector

if TYPE_CHECKING:
    from PIL.Image import Image

SAMPLE = 1024
"""Photographs that tell what is ordinary in a library."""


@dataclass(frozen=True, slots=True)
class Example:
    """A picture to look for: the BLAKE3 of its file, and its pixels when they are needed."""

    hash: bytes
    load: "Callable[[], Image]"


OpenExample = Callable[[Path | Url], Example]


@dataclass(frozen=True, slots=True)
class Question:
    """A query in one space.

    ``toward`` float32 (d,), a unit vector; ``away`` float32 (m, d), unit rows to keep from, with
    ``weights`` (m,) above zero and the cosine ``ordinary`` (m,) that a photograph of the library
    has with each. ``parts`` float32 (p, d) are the unit rows of the query's parts, in their order;
    ``own``, the ids of its pictures, left out of the answer.
    """

    kind: Kind
    toward: Vector
    away: Vectors
    weights: Vector
    ordinary: Vector
    parts: Vectors
    own: frozenset[int] = frozenset()


class Embedder:
    """Embeds queries with one encoder; pictures the library knows need no encoding."""

    def __init__(
        self, store: Store, encoder: Encoder, space: SpaceRecord, open_example: OpenExample
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._space = space
        self._open_example = open_example

    def question(self, query: Query) -> Question | None:
        """The query's vectors; None if it has no parts, or looks for text only.

        Raises NoTextTower for words and an image-only model, PathError or PictureError for a
        picture that cannot be used.
        """
        if not query.parts or query.only == "text":
            return None
        rows, own = self.embed(query.parts)
        weights = np.array([part.weight for part in query.parts], dtype=np.float32)
        wanted, kept_away = weights > 0, weights < 0
        toward = _together(rows[wanted], weights[wanted])
        if not wanted.any():
            toward = -_together(rows[kept_away], -weights[kept_away])
            kept_away = wanted  # looking the other way is enough
        away = rows[kept_away]
        return Question(
            kind=_kind(query.parts),
            toward=toward,
            away=away,
            weights=-weights[kept_away],
            ordinary=self._ordinary(away),
            parts=rows,
            own=frozenset(own),
        )

    def _ordinary(self, away: Vectors) -> Vector:
        """Mean cosines of a sample of the library with rows (m, d)."""
        if not len(away):
            return np.zeros(0, dtype=np.float32)
        sample = self._store.vectors(self._space).sample(SAMPLE)
        ordinary: Vector = (sample @ away.T).mean(axis=0, dtype=np.float32)
        return ordinary if len(sample) else np.zeros(len(away), dtype=np.float32)

    def embed(self, parts: Sequence[Part]) -> tuple[Vectors, set[int]]:
        """Unit vectors float32 (n, d) of all parts, and the ids of those that are known."""
        words = [part.text for part in parts if isinstance(part, Words)]
        texts = iter(self._encoder.embed_texts(words) if words else ())
        rows: list[Vector] = []
        own: set[int] = set()
        for part in parts:
            if isinstance(part, Picture):
                vector, content_id = self._picture(part)
                own |= set() if content_id is None else {content_id}
                rows.append(vector)
            else:
                rows.append(next(texts))
        return np.stack(rows), own

    def _picture(self, picture: Picture) -> tuple[Vector, int | None]:
        if isinstance(picture.source, int):
            return self._known_photo(picture.source), picture.source
        example = self._open_example(picture.source)
        known = self._store.catalog.find_content(example.hash, [self._space.id])
        if known is not None:
            vector = self._store.catalog.vector(known.id, self._space.id)
            if vector is not None:
                return vector, known.id
        return self._encoder.embed_images([example.load()])[0], known.id if known else None

    def _known_photo(self, content_id: int) -> Vector:
        vector = self._store.catalog.vector(content_id, self._space.id)
        if vector is None:
            raise QueryError(
                f"id:{content_id}: no photograph of this number here; --json shows their ids"
            )
        return vector


def without(question: Question | None, ids: frozenset[int]) -> Question | None:
    """The question with more photographs that are left out of its answer."""
    return replace(question, own=question.own | ids) if question and ids else question


def _together(rows: Vectors, weights: Vector) -> Vector:
    """The direction of a weighted sum of unit rows; zeros for none."""
    if not len(rows):
        return np.zeros(rows.shape[1], dtype=np.float32)
    together: Vector = unit_rows((weights[:, None] * rows).sum(axis=0, keepdims=True))[0]
    return together


def _kind(parts: Sequence[Part]) -> Kind:
    wanted = [part for part in parts if part.weight > 0] or list(parts)
    pictures = sum(isinstance(part, Picture) for part in wanted)
    if not pictures:
        return "text"
    return "image" if pictures == len(wanted) else "mixed"
