"""The towns photographs are in, kept with them so that no search needs the gazetteer."""

import unicodedata
from collections.abc import Collection

import numpy as np
from sqlalchemy import Connection, Row, select, table, text
from sqlalchemy import column as named

from store.gazetteer import City, gazetteer
from store.schema import PlaceCity

_CONTENTS = table("contents", named("id"), named("latitude"), named("longitude"))
_CITY_NAMES = 40
"""Other names kept of a town; the largest have hundreds, in as many scripts."""


def place_contents(connection: Connection, ids: Collection[int] | None = None) -> None:
    """Note the towns of those contents, or of all, that say where they were taken."""
    statement = select(_CONTENTS).where(
        _CONTENTS.c.latitude.is_not(None), _CONTENTS.c.longitude.is_not(None)
    )
    if ids is not None:
        statement = statement.where(_CONTENTS.c.id.in_(ids))
    rows = connection.execute(statement).all()
    if rows:
        _place(connection, rows)


def _place(connection: Connection, rows: Collection[Row[*tuple[object, ...]]]) -> None:
    latitudes = np.array([row.latitude for row in rows], dtype=np.float64)
    longitudes = np.array([row.longitude for row in rows], dtype=np.float64)
    cities: dict[int, City] = {}
    places = []
    for row, located in zip(rows, gazetteer().locate(latitudes, longitudes), strict=True):
        if located is not None:
            for city in (located.nearest, *located.within):
                cities[city.id] = city
                nearest = city is located.nearest
                places.append({"content": row.id, "city": city.id, "nearest": nearest})
    if places:
        connection.execute(_PUT_CITY, [_city_row(city) for city in cities.values()])
        connection.execute(_PUT_PLACE, places)


_PUT_CITY = text(
    "INSERT INTO cities VALUES (:id, :name, :names, :region, :country_code, :country, :latitude, "
    ":longitude) ON CONFLICT DO NOTHING"
)
_PUT_PLACE = text(
    "INSERT INTO places VALUES (:content, :city, :nearest) "
    "ON CONFLICT (content_id, city_id) DO UPDATE SET nearest = excluded.nearest"
)


def _city_row(city: City) -> dict[str, object]:
    names = dict.fromkeys(map(folded, (city.name, *_telling(city.names))))
    fields = ("id", "name", "region", "country_code", "country", "latitude", "longitude")
    return {name: getattr(city, name) for name in fields} | {"names": "\n".join(names)}


def _telling(names: Collection[str]) -> list[str]:
    """Names in the Latin script first, for it is what most queries are typed in."""
    return sorted(names, key=lambda name: not folded(name).isascii())[:_CITY_NAMES]


def folded(name: str) -> str:
    """A name without case or accents, as names are compared."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.replace("-", " ").split())


def cities_named(connection: Connection, name: str) -> tuple[list[int], list[int]]:
    """Towns of the library that have the name, and those of a country that has it.

    After a comma comes a country or a region, by name or code: ``Paris, France``, ``Paris, TX``.
    """
    town, _, qualifier = (folded(part) for part in name.partition(","))
    towns, of_country = [], []
    for row in connection.execute(select(PlaceCity.__table__)):
        country = {folded(row.country), row.country_code.lower()}
        if town in row.names.split("\n") and qualifier in {"", row.region.lower(), *country}:
            towns.append(row.id)
        if not qualifier and town in country:
            of_country.append(row.id)
    return towns, of_country


def place_names(connection: Connection) -> list[str]:
    """The towns and countries that photographs of the library are in."""
    rows = connection.execute(select(PlaceCity.name, PlaceCity.country)).all()
    return sorted({name for row in rows for name in row})
