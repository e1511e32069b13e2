"""Answers questions. Each step is a function of its own over values; this strings them together."""

import time

from encoder import Encoder
from errors import ModelError, QueryError
from search.answer import Answer, Hit
from search.calibration import calibration_of
from search.embedding import Embedder, OpenExample, Question
from search.nearest import Ids, Ranking, nearest
from search.query import Query
from store import SpaceRecord, Store


class Searcher:
    """Searches one library with the encoder it was indexed with.

    ``open_example`` reads the pictures a query names; it raises PictureError or PathError.
    """

    def __init__(self, store: Store, encoder: Encoder, open_example: OpenExample) -> None:
        self._store = store
        self._encoder = encoder
        self._open_example = open_example

    def search(self, query: Query, space: SpaceRecord) -> Answer:
        """The photographs that meet the query's filters, nearest to its parts in ``space`` first.

        A query picture is left out of its own results. Raises ModelError if the encoder is not
        the space's own, NoTextTower for words and an image-only model.
        """
        begun = time.monotonic()
        self._require_same_space(space)
        index = self._store.vectors(space)
        question = self._question(query, space)
        ranking = nearest(index, question, query.depth, self._allowed(query))
        page = ranking.page(query.offset, query.limit)
        hits = self._hits(page, self._judge(page, question, query, space), query.offset)
        seconds = time.monotonic() - begun
        notes = self._notes(query, index.count)
        return Answer(query, hits, index.count, space.model, notes, seconds)

    def _question(self, query: Query, space: SpaceRecord) -> Question:
        question = Embedder(self._store, self._encoder, space, self._open_example).question(query)
        if question is None:
            raise QueryError("nothing to look for; give some words or a picture")
        return question

    def _allowed(self, query: Query) -> Ids | None:
        """Ids of the photographs that the filters leave; None for all."""
        if query.where is not None:
            raise QueryError(f"{query.filters[0]}: filters come with the next change")
        return None

    def _judge(
        self, ranking: Ranking, question: Question, query: Query, space: SpaceRecord
    ) -> list[float | None]:
        """The relevance of hits; None for each if the noise of the space was never measured."""
        calibration = calibration_of(self._store, space)
        if calibration is None or question.kind not in calibration.noises:
            return [None] * len(ranking.ids)
        index = self._store.vectors(space)
        relevance = calibration.relevance(
            question.toward,
            question.kind,
            index.vectors(ranking.ids),
            among=index.count,
            strictness=query.strictness,
        )
        return [float(value) for value in relevance]

    def _hits(
        self, ranking: Ranking, relevance: list[float | None], before: int
    ) -> tuple[Hit, ...]:
        """The photographs of a page, ranked from after those ``before`` it."""
        photos = self._store.catalog.photos(ranking.ids.tolist())
        rows = zip(ranking.ids.tolist(), ranking.scores.tolist(), relevance, strict=True)
        there = [(score, photos[key], judged) for key, score, judged in rows if key in photos]
        return tuple(Hit(rank, *hit) for rank, hit in enumerate(there, before + 1))

    def _require_same_space(self, space: SpaceRecord) -> None:
        info = self._encoder.info
        if info.fingerprint != space.fingerprint:
            raise ModelError(
                f"the library was indexed with {space.model} {space.fingerprint[:8]}, this is "
                f"{info.name} {info.fingerprint[:8]}; bring it up to date with: photoseek index"
            )

    def _notes(self, query: Query, photos: int) -> tuple[str, ...]:
        if not photos:
            return ("the library holds no photographs yet",)
        length = self._encoder.info.context_length
        longest = max((len(text.split()) for text in query.texts), default=0)
        if length is None or longest <= length:
            return ()
        return (f"the query has {longest} words; the model read about the first {length}",)
