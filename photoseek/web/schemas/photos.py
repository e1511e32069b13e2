"""Photographs, one by one and all at once."""

from photoseek.web.schemas.base import LocalTime, Schema


class Photo(Schema):
    """One distinct picture. ``file_time`` is the oldest of its files'."""

    id: int
    name: str
    paths: list[str]
    width: int
    height: int
    bytes: int
    format: str
    taken_at: LocalTime | None
    file_time: LocalTime | None
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
