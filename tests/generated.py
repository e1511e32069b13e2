"""Generated libraries and filters: what tests of filtering are made of."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args

from hypothesis import strategies as st

from store import Batch, ContentFacts, FileEntry, FileState, Place, Store
from store.filters import (
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
