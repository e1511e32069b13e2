"""Why a photograph is found, or is not: what matched, how well, where it stands, and where in it.

The heat map is by occlusion (Zeiler and Fergus, "Visualizing and understanding convolutional
networks", ECCV 2014): what is hidden that mattered lowers the score. It asks nothing of the model
but to embed pictures, so that it works with every one.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL.Image import Image

from encoder import Encoder
from errors import QueryError
from search.collection import Collection, collect
from search.embedding import Embedder, OpenExample, Question
from search.judging import judge
from search.nearest import penalised
from search.query import Query
from search.query.forms import tree_of
from search.textual import TextMatch, text_matches
from store import Photo, SpaceRecord, Store
from store.vector_index import Vector

GRID = 9
"""Cells on a side of the heat map."""
WINDOW = 3
"""Cells on a side of what is hidden at a time."""
_BATCH = 16

Heat = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Standing:
    """A score among all photographs: ``rank`` from 1; ``percentile`` of them score less."""

    score: float
    rank: int
    percentile: float


@dataclass(frozen=True, slots=True)
class Why:
    """``meaning`` is None if the query has none; ``parts`` are its words and pictures one by one.

    ``words`` says where its words stand in names, folders and tags; ``filters``, which are met.
    """

    query: Query
    photo: Photo
    photos: int
    meaning: Standing | None
    relevance: float | None
    parts: tuple[tuple[str, Standing], ...]
    words: TextMatch | None
    filters: tuple[tuple[str, bool], ...]
    direction: Vector | None

    @property
    def kept_out(self) -> bool:
        """Whether a filter keeps the photograph out of the answer."""
        return not all(met for _, met in self.filters)


def explain(
    store: Store,
    encoder: Encoder,
    space: SpaceRecord,
    open_example: OpenExample,
    query: Query,
    photo: Photo,
) -> Why:
    """What a query finds in a photograph of the library.

    Raises QueryError if the photograph has no vector in the space, UsageError for an empty library.
    """
    collection = collect(store, space)
    rows = collection.rows(np.array([photo.id]))
    if not len(rows):
        raise QueryError(f"{photo.paths[0]}: no vector of {space.model} yet; run: photoseek index")
    row = int(rows[0])
    question = Embedder(store, encoder, space, open_example).question(query)
    return Why(
        query=query,
        photo=photo,
        photos=len(collection),
        meaning=None if question is None else _standing(collection, row, question),
        relevance=_relevance(store, space, question, collection, row, query.strictness),
        parts=_parts(collection, row, query, question) if question is not None else (),
        words=text_matches(store.catalog, query, len(collection)).get(photo.id),
        filters=_filters(store, query, photo.id),
        direction=None if question is None else question.toward,
    )


def _standing(collection: Collection, row: int, question: Question) -> Standing:
    return standing(collection.map(lambda block: penalised(question, block)), row)


def standing(scores: npt.NDArray[np.float32], row: int) -> Standing:
    """Of one row among scores (n,)."""
    own = scores[row]
    below = float((scores < own).mean())
    return Standing(float(own), int((scores > own).sum()) + 1, 100 * below)


def _parts(
    collection: Collection, row: int, query: Query, question: Question
) -> tuple[tuple[str, Standing], ...]:
    scores = collection.map(lambda block: block @ question.parts.T)
    return tuple(
        (str(part), standing(scores[:, number], row)) for number, part in enumerate(query.parts)
    )


def _relevance(
    store: Store,
    space: SpaceRecord,
    question: Question | None,
    collection: Collection,
    row: int,
    strictness: float,
) -> float | None:
    if question is None:
        return None
    vector = collection.vectors[row : row + 1].astype(np.float32)
    (relevance,) = judge(
        store, space, question, vector, among=len(collection), strictness=strictness
    )
    return relevance


def _filters(store: Store, query: Query, content_id: int) -> tuple[tuple[str, bool], ...]:
    found = []
    for one in query.filters:
        tree = tree_of([one])
        met = tree is None or content_id in store.catalog.matching(tree)
        found.append((str(one), met))
    return tuple(found)


def heat_map(encoder: Encoder, image: Image, toward: Vector) -> Heat:
    """How much each cell of a picture adds to its cosine with ``toward``: float32 (GRID, GRID).

    Negative where what is there speaks against the query.
    """
    whole = float(encoder.embed_images([image])[0] @ toward)
    places = [(top, left) for top in _starts() for left in _starts()]
    losses = np.empty(len(places), dtype=np.float32)
    for start in range(0, len(places), _BATCH):
        batch = places[start : start + _BATCH]
        vectors = encoder.embed_images([_without(image, *place) for place in batch])
        losses[start : start + len(batch)] = whole - vectors @ toward
    return spread_over_cells(losses, places)


def _starts() -> range:
    """First cells of the windows; some reach over the edge: each cell is hidden as often."""
    return range(1 - WINDOW, GRID)


def _without(image: Image, top: int, left: int) -> Image:
    """A copy with a window of cells in the picture's mean colour."""
    hidden = image.convert("RGB")
    width, height = image.size
    box = tuple(
        round(min(max(edge, 0), GRID) * size / GRID)
        for edge, size in (
            (left, width),
            (top, height),
            (left + WINDOW, width),
            (top + WINDOW, height),
        )
    )
    mean = cast("tuple[int, int, int]", hidden.resize((1, 1)).getpixel((0, 0)))
    hidden.paste(mean, cast("tuple[int, int, int, int]", box))
    return hidden


def spread_over_cells(losses: Heat, places: list[tuple[int, int]]) -> Heat:
    """The mean loss of all windows that hid a cell: float32 (GRID, GRID)."""
    total = np.zeros((GRID, GRID), dtype=np.float32)
    count = np.zeros((GRID, GRID), dtype=np.float32)
    for loss, (top, left) in zip(losses, places, strict=True):
        cells = np.s_[max(top, 0) : top + WINDOW, max(left, 0) : left + WINDOW]
        total[cells] += loss
        count[cells] += 1
    return total / count
