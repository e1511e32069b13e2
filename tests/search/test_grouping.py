"""Moments in answers, order and pages: on a real library, and as properties over any grouping."""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from conftest import Paint
from errors import QueryError
from photoseek import Library
from photoseek.library.searching import Searching
from search.grouping import MOST_SORTED, find_moments, in_order
from search.nearest import Ranking
from search.query import Query, parse
from store import FaissIndex, Photo, VectorChanges

NOON = datetime(2023, 7, 1, 12)


def taken(time: datetime) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0132] = time.strftime("%Y:%m:%d %H:%M:%S")
    return exif


@pytest.fixture
def bursts(library: Library, photos: Path, paint: Paint) -> Library:
    """Five red shots within two minutes, three more a day later, and two of other colours."""
    for number in range(5):
        time = NOON + timedelta(seconds=20 * number)
        paint(photos / f"a{number}.jpg", "red", seed=number, exif=taken(time))
    for number in range(3):
        time = NOON + timedelta(days=1, seconds=20 * number)
        paint(photos / f"b{number}.jpg", "red", seed=8 + number, exif=taken(time))
    paint(photos / "c.jpg", "blue", seed=1, exif=taken(NOON - timedelta(days=400)))
    paint(photos / "d.jpg", "green", seed=2, exif=taken(NOON + timedelta(days=400)))
    library.index(photos)
    return library


def names(hits: Iterable[object]) -> list[str]:
    return [hit.path.stem for hit in hits]  # type: ignore[attr-defined]


def test_a_burst_is_one_hit_with_a_count(bursts: Library) -> None:
    answer = bursts.search("red", limit=2)
    assert [hit.count for hit in answer] in ([5, 3], [3, 5])
    for hit in answer:
        letters = {photo.paths[0].stem[0] for photo in hit.moment}
        assert letters == {hit.path.stem[0]}


def test_grouping_can_be_turned_off(bursts: Library) -> None:
    answer = bursts.search("red", group=False)
    assert len(answer) == 10
    assert {hit.count for hit in answer} == {1}
    assert len(bursts.search("red group:no")) == 10


def test_a_page_is_as_long_as_asked_for_though_moments_swallow_candidates(bursts: Library) -> None:
    for limit in range(1, 5):
        assert len(bursts.search("red", limit=limit)) == limit
    assert len(bursts.search("red", limit=50)) == 4


@pytest.mark.parametrize("sort", ["relevance", "date", "name"])
@pytest.mark.parametrize("group", [True, False])
def test_pages_make_up_the_whole(bursts: Searching, sort: str, *, group: bool) -> None:
    whole = bursts.search("red", limit=50, sort=sort, group=group)
    paged = [
        hit
        for offset in range(0, 12, 3)
        for hit in bursts.search("red", limit=3, offset=offset, sort=sort, group=group)
    ]
    assert [(hit.rank, hit.path) for hit in paged] == [(hit.rank, hit.path) for hit in whole]
    assert [hit.rank for hit in whole] == list(range(1, len(whole) + 1))


def test_by_date_the_newest_that_match_come_first(bursts: Library) -> None:
    answer = bursts.search("red", sort="date", group=False)
    matching = [hit.photo.taken_at for hit in answer if hit.verdict != "rest"]
    rest = [hit.photo.taken_at for hit in answer if hit.verdict == "rest"]
    assert matching == sorted(matching, reverse=True, key=str)
    assert rest == sorted(rest, reverse=True, key=str)
    assert names(answer)[: len(matching)] == names(hit for hit in answer if hit.verdict != "rest")


def test_a_photograph_without_a_date_goes_by_its_file(
    library: Library, photos: Path, paint: Paint
) -> None:
    for year, name in ((2021, "old"), (2023, "new"), (2022, "middle")):
        path = paint(photos / f"{name}.png", "red", seed=year)
        time = datetime(year, 5, 1).timestamp()
        os.utime(path, (time, time))
    library.index(photos)
    answer = library.search("red", sort="date", group=False)
    assert names(answer) == ["new", "middle", "old"]
    assert answer[0].photo.file_time == datetime(2023, 5, 1)


def test_by_name(bursts: Library) -> None:
    answer = bursts.search("red", sort="name", group=False, strictness=0)
    matching = names(hit for hit in answer if hit.verdict != "rest")
    assert matching == sorted(matching)


def test_a_later_page_still_knows_that_something_matches(bursts: Library) -> None:
    first, later = bursts.search("red", limit=1), bursts.search("red", limit=2, offset=2)
    assert first.nothing == later.nothing
    assert first.best == later.best


@pytest.mark.parametrize(("limit", "offset", "said"), [(1, -1, "-1"), (0, 0, "0"), (-3, 0, "-3")])
def test_impossible_pages_are_refused(
    bursts: Searching, limit: int, offset: int, said: str
) -> None:
    with pytest.raises(QueryError, match=said):
        bursts.search("red", limit=limit, offset=offset)
    with pytest.raises(QueryError, match="sort"):
        parse("red sort:size")


def photo(number: int, time: datetime | None) -> Photo:
    return Photo(
        number, bytes(32), (Path(f"/{number % 7}/{number}.jpg"),), 1, 1, 1, "JPEG", time,
        None, None, None, None, offline=False,
    )  # fmt: skip


@given(
    moments=st.lists(st.integers(0, 6), max_size=60),
    limit=st.integers(1, 8),
    offset=st.integers(0, 20),
    sort=st.sampled_from(["relevance", "date", "name"]),
)
def test_k_groups_are_found_whenever_k_exist(
    moments: list[int], limit: int, offset: int, sort: str
) -> None:
    """Whatever the moments: the page is that of the whole list, and no photograph is lost."""
    count = len(moments)
    vectors = np.eye(8, dtype=np.float32)[moments] if count else np.empty((0, 8), np.float32)
    ids = np.arange(count)
    changes = VectorChanges(1, ids, vectors.astype(np.float16), np.empty(0, np.int64))
    index = FaissIndex.build(8, [changes])
    known = {n: photo(n, NOON + timedelta(days=moment)) for n, moment in enumerate(moments)}
    query = Query.of("x", limit=limit, offset=offset)
    query = Query(query.parts, limit=limit, offset=offset, sort=sort)  # type: ignore[arg-type]
    asked: list[int] = []

    def rank(some: int) -> Ranking:
        asked.append(some)
        return Ranking(ids[:some], np.linspace(1, 0, count, dtype=np.float32)[:some])

    found = find_moments(query, rank, lambda keys: {key: known[key] for key in keys}, index)
    distinct = len(set(moments))
    assert len(found) >= min(query.depth, distinct)
    assert len({one.photo.taken_at for one in found}) == len(found)
    page = in_order(found, [True] * len(found), query)
    assert len(page) == max(0, min(limit, distinct - offset))
    if asked[-1] >= count:
        members = [p.id for one in found for p in (one.photo, *one.others)]
        assert sorted(members) == list(range(count))
    assert all(some <= 4 * MOST_SORTED for some in asked)
