"""Looking ahead: in order, never further than allowed, and stopped when nobody listens."""

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from indexer.read import look_ahead
from indexer.work import grouped
from pictures.thumbnail import THUMBNAIL_SIDE, make_thumbnail


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 30), ahead=st.integers(1, 8), workers=st.integers(1, 4))
def test_results_come_in_the_order_of_the_items(count: int, ahead: int, workers: int) -> None:
    def work(number: int) -> int:
        time.sleep(0.0005 * (number % 3))  # later ones may well be ready first
        return number

    with ThreadPoolExecutor(workers) as pool:
        assert list(look_ahead(pool, work, range(count), ahead)) == list(range(count))


@pytest.mark.parametrize("ahead", [1, 3, 8])
def test_no_more_than_allowed_are_begun_before_the_first_is_taken(ahead: int) -> None:
    taken, drawn, begun = 0, 0, 0
    lock = threading.Lock()

    def items() -> Iterator[int]:
        nonlocal drawn
        for number in range(50):
            drawn += 1
            assert drawn <= taken + ahead
            yield number

    def work(number: int) -> int:
        nonlocal begun
        with lock:
            begun += 1
        return number

    with ThreadPoolExecutor(16) as pool:
        for result in look_ahead(pool, work, items(), ahead):
            assert result == taken
            taken += 1
            assert begun <= taken + ahead - 1
    assert taken == begun == 50


def test_closing_cancels_what_has_not_begun() -> None:
    begun: list[int] = []
    go = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        assert number == 0 or go.wait(10)
        return number

    with ThreadPoolExecutor(1) as pool:
        results = look_ahead(pool, work, range(100), 10)
        assert next(results) == 0
        results.close()
        go.set()
    assert begun in ([0], [0, 1])


def test_an_error_ends_the_looking_ahead() -> None:
    begun = 0

    def work(number: int) -> int:
        nonlocal begun
        begun += 1
        if number == 1:
            raise MemoryError
        time.sleep(0.01)
        return number

    with ThreadPoolExecutor(1) as pool, closing(look_ahead(pool, work, range(100), 10)) as results:
        assert next(results) == 0
        with pytest.raises(MemoryError):
            next(results)
    assert begun <= 4


@given(st.lists(st.integers()), st.integers(1, 7))
def test_groups_hold_everything_in_order_and_only_the_last_is_short(
    items: list[int], size: int
) -> None:
    groups = list(grouped(iter(items), size))
    assert [item for group in groups for item in group] == items
    assert all(len(group) == size for group in groups[:-1])
    assert all(0 < len(group) <= size for group in groups)


def test_a_group_is_given_as_soon_as_it_is_full() -> None:
    items = iter(range(9))
    assert next(grouped(items, 4)) == [0, 1, 2, 3]
    assert next(items) == 4


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((4000, 3000), (384, 288)),
        ((300, 400), (288, 384)),
        ((20, 10), (20, 10)),
        ((9000, 2), (384, 1)),
    ],
)
def test_a_thumbnail_is_a_jpeg_of_at_most_384_pixels(
    size: tuple[int, int], small: tuple[int, int]
) -> None:
    image = Image.new("RGB", size, "red")
    with Image.open(io.BytesIO(make_thumbnail(image))) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", small)
        assert max(thumbnail.size) <= THUMBNAIL_SIDE
    assert image.size == size
