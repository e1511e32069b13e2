"""What the HTTP API takes and gives: the contract, typed. docs/http.md is checked against it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=1, lt=2**63, description="A photograph's number in this library.")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=10_000)]
Verdict = Literal["strong", "possible", "rest"]


class Schema(BaseModel):
    """Unknown fields are a mistake, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Schema):
    """RFC 9457. ``code`` is the error's class; ``column``, from 1, where in a query it is."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    column: int | None = None


class Photo(Schema):
    """One distinct picture. ``folders`` and ``paths`` go together; times are local, no zone."""

    id: int
    name: str
    paths: list[str]
    width: int
    height: int
    bytes: int
    format: str
    taken_at: datetime | None
    file_time: datetime | None
    camera: str | None
    lens: str | None
    latitude: float | None
    longitude: float | None
    offline: bool


class PhotoDetails(Photo):
    """``place`` is the nearest town and its country; ``inline``, whether ``/file`` may be shown in
    a page: if not, show ``/thumbnail?size=2048``."""

    place: str | None
    tags: list[str]
    inline: bool


class Shot(Schema):
    """Another photograph of the same moment."""

    id: int
    width: int
    height: int


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
    ``steps`` are milliseconds by step.
    """

    query: str
    chips: list[Chip]
    hits: list[Hit]
    nothing: bool
    best: float | None
    photos: int
    model: str
    notes: list[str]
    cursor: str | None
    steps: dict[str, float]


class SearchRequest(Schema):
    """As the parameters of ``GET /search``."""

    q: str = Field("", max_length=10_000)
    limit: int = Field(60, ge=1, le=500)
    cursor: str | None = None
    sort: Literal["relevance", "date", "name"] | None = None
    group: bool | None = None
    strictness: float | None = Field(None, ge=0, le=100)
    model: str | None = None


class RecommendRequest(Schema):
    """Numbers of photographs, or words, that are liked, and that are not."""

    like: list[Id] = Field(default=[], max_length=100)
    unlike: list[Id] = Field(default=[], max_length=100)
    words: list[str] = Field(default=[], max_length=20)
    strategy: Literal["average_vector", "best_score"] = "average_vector"
    limit: int = Field(60, ge=1, le=500)


class Timeline(Schema):
    """Every photograph that meets the filters, newest first, in columns: for a grid that lays out
    all of a library. ``ratios`` are width to height in hundredths; ``days``, days since 1970."""

    ids: list[int]
    ratios: list[int]
    days: list[int | None]


class Located(Schema):
    """Photographs with coordinates, in columns."""

    ids: list[int]
    latitudes: list[float]
    longitudes: list[float]


class FacetValue(Schema):
    """``filter`` is the piece of a query that keeps these photographs."""

    value: str
    count: int
    filter: str


class Facets(Schema):
    """How many photographs there are of each kind, most first; dates (months) newest first.

    ``folders`` are ``/``-separated below their root's name, in order of name, every level.
    """

    photos: int
    dates: list[FacetValue]
    cameras: list[FacetValue]
    lenses: list[FacetValue]
    types: list[FacetValue]
    orientations: list[FacetValue]
    places: list[FacetValue]
    tags: list[FacetValue]
    folders: list[FacetValue]


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
    ``photos`` photographs have a vector."""

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


class RootState(Schema):
    """A folder of the library. ``reason`` says why it is offline."""

    id: int
    path: str
    name: str
    offline: bool
    reason: str | None


class RunState(Schema):
    command: str
    began_at: datetime
    seconds: float
    interrupted: bool
    counts: dict[str, int]


class FailedFile(Schema):
    path: str
    reason: str


class Status(Schema):
    """``library`` is False before anything was indexed. ``can`` are this server's permissions."""

    version: str
    library: bool
    photos: int
    files: int
    failed: int
    missing: int
    waiting: int
    unsearchable: int
    coverage: float
    bytes: int
    model: str | None
    dimension: int | None
    roots: list[RootState]
    last_run: RunState | None
    can: "Can"


class Can(Schema):
    """``change``: tags, saved searches, models, indexing; ``reveal``: open a folder here."""

    change: bool
    reveal: bool


class Health(Schema):
    status: Literal["ok"]


class Folder(Schema):
    """A folder that may be indexed. ``indexed`` if it or a folder around it is in the library."""

    path: str
    name: str
    indexed: bool
    folders: bool


class IndexRequest(Schema):
    """``folder`` is a path below one that was allowed at start; none brings all up to date."""

    folder: str | None = Field(None, max_length=4096)
    full: bool = False
    retry_failed: bool = False


class IndexState(Schema):
    """``state`` of the last run here; ``idle`` before any. ``counts`` when it has ended."""

    state: Literal["idle", "running", "paused", "done", "cancelled", "failed"]
    folder: str | None = None
    stage: str | None = None
    done: int = 0
    total: int | None = None
    failed: int = 0
    seconds: float = 0
    counts: dict[str, int] = {}
    failures: list[FailedFile] = []
    notes: list[str] = []
    error: str | None = None
