"""Questions and their answers."""

from typing import Annotated, Literal

from pydantic import Field

from photoseek.web.schemas.base import Id, Schema, Verdict
from photoseek.web.schemas.photos import Photo, Shot


class Hit(Schema):
    """``score`` is the cosine; ``relevance``, 0 to 1, None where nothing was judged; ``named``
    says where words of the query are: ``name``, ``folder``, ``tag``."""

    rank: int
    score: float
    relevance: float | None
    verdict: Verdict | None
    named: list[str]
    moment: list[Shot]
    photo: Photo


class Chip(Schema):
    """``text`` is a piece of the query's text, from ``start`` to before ``end``, in letters.

    ``without`` is the query without it. ``photo`` is the number in an ``id:`` piece; ``upload``,
    from 0, which of the uploaded pictures it is.
    """

    kind: Literal["words", "picture", "filter", "setting"]
    text: str
    start: int
    end: int
    negated: bool
    understood: bool
    without: str
    photo: int | None = None
    upload: int | None = None


class Answer(Schema):
    """Hits, best first. ``nothing`` says that nothing here matches: the hits are merely nearest.

    ``query`` is the text as it was understood; ``cursor`` gives the next page, None at the end;
    ``unsearchable`` files could not be considered, see ``GET /failed``; ``steps`` are
    milliseconds by step.
    """

    query: str
    chips: list[Chip]
    hits: list[Hit]
    nothing: bool
    best: float | None
    photos: int
    model: str
    notes: list[str]
    unsearchable: int
    cursor: str | None
    steps: dict[str, float]


class SearchRequest(Schema):
    """As the parameters of ``GET /search``."""

    q: str = Field("", max_length=10_000)
    limit: int = Field(60, ge=1, le=500)
    cursor: str | None = None
    sort: Literal["relevance", "date", "name"] | None = None
    group: bool | None = None
    strictness: Annotated[float | None, Field(ge=0, le=100)] = None
    model: str | None = None


class RecommendRequest(Schema):
    """Numbers of photographs, or words, that are liked, and that are not."""

    like: list[Id] = Field(default=[], max_length=100)
    unlike: list[Id] = Field(default=[], max_length=100)
    words: list[str] = Field(default=[], max_length=20)
    strategy: Literal["average_vector", "best_score"] = "average_vector"
    limit: int = Field(60, ge=1, le=500)
