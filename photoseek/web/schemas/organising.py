"""Groups, maps, tags, saved searches, models."""

from typing import Literal

from pydantic import Field

from photoseek.web.schemas.base import Ids, Schema
from photoseek.web.schemas.photos import Photo


class Working(Schema):
    """What is asked for takes a while: ask again. ``stage`` says what is being done."""

    stage: str
    seconds: float


class Copy(Schema):
    path: str
    bytes: int
    offline: bool


class DuplicatePicture(Schema):
    photo: Photo
    copies: list[Copy]


class DuplicateGroup(Schema):
    tier: Literal["exact", "same", "similar"]
    spare_bytes: int
    pictures: list[DuplicatePicture]


class Duplicates(Schema):
    groups: list[DuplicateGroup]


class Cluster(Schema):
    """``names``, the most telling first; ``ids``, the most typical first."""

    names: list[str]
    ids: list[int]


class Clusters(Schema):
    clusters: list[Cluster]


class MapPlace(Schema):
    name: str
    x: float
    y: float
    count: int


class MeaningMap(Schema):
    """Photographs on a plane, alike near alike; ``x`` and ``y`` from 0 to 1."""

    method: str
    total: int
    ids: list[int]
    x: list[float]
    y: list[float]
    places: list[MapPlace]


class TagCount(Schema):
    """``stale`` if the model that gave them is not in use any more."""

    label: str
    count: int
    source: str
    model: str | None
    stale: bool


class TagRequest(Schema):
    label: str = Field(max_length=200)
    ids: Ids


class Changed(Schema):
    """How many were changed."""

    count: int


class SavedSearch(Schema):
    name: str
    query: str


class SaveRequest(Schema):
    query: str = Field(max_length=10_000)


class Model(Schema):
    """``state`` is active, building, retired, or None without vectors here; ``covered`` of
    ``photos`` photographs, both counts, have a vector."""

    name: str
    installed: bool
    state: str | None
    covered: int
    photos: int
    dimension: int | None
    images_per_second: float | None


class UseModel(Schema):
    name: str = Field(max_length=300)
    anyway: bool = False
