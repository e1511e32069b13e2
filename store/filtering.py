"""Filters as SQL: which photographs meet a tree of conditions."""

import difflib
import operator
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, Engine, and_, false, func, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from store.database import reading
from store.engines.spelling import among, concatenated
from store.facts import remembered
from store.filetypes import formats_of
from store.filters import (
    BYTES,
    AllOf,
    AnyOf,
    Camera,
    Condition,
    Has,
    InFolder,
    InPlace,
    Lens,
    Named,
    Near,
    Not,
    Offline,
    OfType,
    Oriented,
    Size,
    Tagged,
    Taken,
    Tree,
)
from store.folders import files_below
from store.gazetteer import EARTH_RADIUS_KM, unit_points
from store.ordering import newest_first
from store.places import cities_named, place_names
from store.schema import Content, File, FileState, Place, PlaceCity, Root, RootState, Tag
from store.statements import ids_in
from store.words import files_named

Ids = npt.NDArray[np.int64]
Sql = ColumnElement[bool]

_PRESENT = File.state == FileState.PRESENT
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_A_DAY = timedelta(days=1)
_EARLIEST, _LATEST = datetime(1900, 1, 1), datetime(2200, 1, 1)


class Filtering:
    """The part of ``Catalog`` that filters."""

    _engine: Engine

    def matching(self, tree: Tree) -> Ids:
        """Ids of the readable contents, present or not, that meet the conditions; ascending."""
        with reading(self._engine) as connection:
            return ids_of(connection, tree)

    def newest_first(self, ids: Ids | None = None) -> Ids:
        """Present photographs, or those of ``ids``, by the camera's time or else the file's."""
        chosen = (_PRESENT, Content.failure.is_(None), _among(ids))
        with reading(self._engine) as connection:
            return newest_first(connection, chosen)

    def cameras(self) -> Sequence[str]:
        """The names of the cameras that took the library's photographs."""
        with reading(self._engine) as connection:
            return remembered(connection, "cameras", _cameras)

    def knows_place(self, name: str) -> bool:
        """Whether photographs of the library are in a town or country of the name."""
        with reading(self._engine) as connection:
            return any(cities_named(connection, name))

    def places_like(self, name: str) -> list[str]:
        """The library's towns and countries of a similar name, the most similar first."""
        with reading(self._engine) as connection:
            known = place_names(connection)
        return difflib.get_close_matches(name.title(), known, n=3)

    def place_of(self, content_id: int) -> str | None:
        """The town nearest to where a content was taken, with its country; None if not known."""
        statement = (
            select(PlaceCity.name, PlaceCity.country)
            .join(Place, Place.city_id == PlaceCity.id)
            .where(Place.content_id == content_id, Place.nearest)
        )
        with reading(self._engine) as connection:
            row = connection.execute(statement).first()
        return None if row is None else f"{row.name}, {row.country}"


def ids_of(connection: Connection, tree: Tree) -> Ids:
    """What ``Filtering.matching`` finds, on a connection."""
    statement = select(concatenated(Content.id)).where(
        Content.failure.is_(None), _sql(connection, tree)
    )
    return ids_in(connection.execute(statement).scalar())


def _sql(connection: Connection, tree: Tree) -> Sql:
    match tree:
        case Not(inner):
            return not_(func.coalesce(_sql(connection, inner), false()))
        case AnyOf(trees):
            return or_(false(), *(_sql(connection, one) for one in trees))
        case AllOf(trees):
            return and_(true(), *(_sql(connection, one) for one in trees))
        case _:
            return _leaf(connection, tree)


def _leaf(connection: Connection, condition: Condition) -> Sql:
    match condition:
        case InFolder(folder):
            return _with_files(files_below(connection, folder))
        case Named(words):
            return _with_files(files_named(connection, words))
        case Near():
            return _among(_near(connection, condition))
        case InPlace(name):
            return _in_place(connection, name)
        case Camera(text):
            return Content.camera.in_(holding(remembered(connection, "cameras", _cameras), text))
        case Lens(text):
            return Content.lens.in_(holding(distinct(connection, Content.lens), text))
        case _:
            return _column(condition)


def _column(condition: Condition) -> Sql:
    match condition:
        case Taken(first, last):
            return _taken(first, last)
        case OfType(name):
            return Content.format.in_(formats_of(name))
        case Size():
            return _sized(condition)
        case Oriented(shape):
            compare = {"landscape": operator.gt, "portrait": operator.lt, "square": operator.eq}
            wanted: Sql = compare[shape](Content.width, Content.height)
            return wanted
        case Has(fact):
            return _has(fact)
        case Tagged(label):
            return Content.id.in_(select(Tag.content_id).where(Tag.label == label))
        case Offline():
            return _offline()
    raise NotImplementedError(f"{condition}: no column says it")


def _sized(size: Size) -> Sql:
    pixels = size.unit == "mp"
    column: Any = Content.width * Content.height if pixels else Content.bytes
    compared: Sql = _COMPARE[size.comparison](
        column, size.amount * (1e6 if pixels else BYTES[size.unit])
    )
    return compared


def _taken(first: date | None, last: date | None) -> Sql:
    """By the camera's time; without one by the earliest time of a present file."""
    begin = None if first is None else datetime.combine(first, time())
    end = None if last is None or last == date.max else datetime.combine(last, time()) + _A_DAY
    camera = [] if begin is None else [Content.taken_at >= begin]
    camera += [] if end is None else [Content.taken_at < end]
    files = [] if begin is None else [File.mtime_ns >= nanoseconds(begin)]
    files += [] if end is None else [File.mtime_ns < nanoseconds(end)]
    within = select(File.content_id).where(_PRESENT, *files)
    before = (
        select(File.content_id).where(_PRESENT, File.mtime_ns < nanoseconds(begin))
        if begin
        else select(File.content_id).where(false())
    )
    dated = and_(Content.taken_at.is_not(None), *camera)
    by_file = and_(Content.taken_at.is_(None), Content.id.in_(within), Content.id.not_in(before))
    return or_(dated, by_file)


def nanoseconds(moment: datetime) -> int:
    """Of a local time, since 1970; the ends of the calendar are beyond what systems can tell."""
    within = min(max(moment, _EARLIEST), _LATEST)
    return int(within.timestamp()) * 10**9


def _has(fact: str) -> Sql:
    columns: dict[str, InstrumentedAttribute[Any]] = {
        "camera": Content.camera,
        "date": Content.taken_at,
        "gps": Content.latitude,
        "lens": Content.lens,
    }
    if fact in columns:
        return columns[fact].is_not(None)
    return Content.id.in_(select((Tag if fact == "tag" else Place).content_id))


def _offline() -> Sql:
    """On roots that are away, and on no other."""

    def held(state: RootState) -> Any:
        roots = select(Root.id).where(Root.state == state)
        return select(File.content_id).where(_PRESENT, File.root_id.in_(roots))

    away = Content.id.in_(held(RootState.OFFLINE))
    return and_(away, Content.id.not_in(held(RootState.ONLINE)))


def _in_place(connection: Connection, name: str) -> Sql:
    """In a town of the name, or nearest to a town of a country of the name."""
    towns, of_countries = cities_named(connection, name)
    there = Place.city_id.in_(towns) | (Place.nearest & Place.city_id.in_(of_countries))
    return Content.id.in_(select(Place.content_id).where(there))


def _near(connection: Connection, circle: Near) -> Ids:
    """By the great circle, so the date line and the poles are no edges."""
    degrees = np.degrees(circle.km / EARTH_RADIUS_KM)
    south, north = circle.latitude - degrees, circle.latitude + degrees
    rows = connection.execute(
        select(Content.id, Content.latitude, Content.longitude).where(
            Content.latitude.between(south, north), Content.longitude.is_not(None)
        )
    ).all()
    if not rows:
        return np.empty(0, dtype=np.int64)
    table = np.array(rows, dtype=np.float64)
    (centre,) = unit_points(np.array([circle.latitude]), np.array([circle.longitude]))
    chords = np.linalg.norm(unit_points(table[:, 1], table[:, 2]) - centre, axis=1)
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chords / 2, 1.0))
    return np.asarray(table[km <= circle.km, 0], dtype=np.int64)


def distinct(connection: Connection, column: InstrumentedAttribute[str | None]) -> list[str]:
    """A column's values, by leaps in its index: each the least above the one before.

    SQLite's own DISTINCT reads every entry, 100,000 for a dozen cameras.
    """
    first = select(func.min(column).label("value")).where(column.is_not(None))
    found = first.cte("found", recursive=True)
    above = select(func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(select(above).where(found.c.value.is_not(None)))
    statement = select(found.c.value).where(found.c.value.is_not(None))
    return [str(name) for name in connection.execute(statement).scalars()]


def _cameras(connection: Connection) -> tuple[str, ...]:
    return tuple(distinct(connection, Content.camera))


def holding(names: Iterable[str], text: str) -> list[str]:
    wanted = _plain(text)
    return [name for name in names if wanted in _plain(name)]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _with_files(file_ids: Ids) -> Sql:
    held = select(File.content_id).where(among(File.id, file_ids), _PRESENT)
    return Content.id.in_(held)


def _among(ids: Ids | None) -> Sql:
    return true() if ids is None else among(Content.id, ids)
