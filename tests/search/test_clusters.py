"""Clusters and their names."""

from pathlib import Path

import numpy as np
import pytest

from conftest import Paint
from encoder import unit_rows
from errors import UsageError
from photoseek import Library
from search.bank import vocabulary
from search.clusters import choose_count, find_clusters
from search.collection import Collection


def blobs(count: int, each: int, spread: float = 0.3) -> tuple[Collection, np.ndarray]:
    random = np.random.default_rng(2)
    owners = np.repeat(np.arange(count), each)
    middles = random.standard_normal((count, 24))
    rows = unit_rows(middles[owners] + spread * random.standard_normal((len(owners), 24)))
    return Collection(np.arange(len(rows)) + 100, rows.astype(np.float16)), owners


def test_groups_that_are_there_are_found_and_every_photograph_is_in_one() -> None:
    collection, owners = blobs(5, 30)
    found = find_clusters(collection, 5, None)
    assert sorted(key for cluster in found for key in cluster.ids) == collection.ids.tolist()
    for cluster in found:
        assert len({int(owners[key - 100]) for key in cluster.ids}) == 1
    assert find_clusters(collection, 5, None) == found


def test_a_number_is_chosen_near_that_of_the_groups() -> None:
    collection, _ = blobs(12, 40)
    assert 8 <= choose_count(collection.sample(1000)) <= 16


@pytest.mark.parametrize("photos", [1, 2, 3, 7])
def test_few_photographs_are_grouped_too(photos: int) -> None:
    collection, _ = blobs(photos, 1)
    for count in (None, 1, 50):
        found = find_clusters(collection, count, None)
        assert sum(len(cluster.ids) for cluster in found) == photos


def test_groups_are_named_by_what_only_they_have() -> None:
    collection, owners = blobs(3, 20)
    random = np.random.default_rng(4)
    words = unit_rows(random.standard_normal((len(vocabulary()), 24)))
    for group in range(3):
        members = collection.vectors[owners == group].astype(np.float32)
        words[7 * group] = unit_rows(members.mean(axis=0, keepdims=True))[0]
    found = find_clusters(collection, 3, words)
    named = {cluster.names[0]: int(owners[cluster.ids[0] - 100]) for cluster in found}
    assert named == {vocabulary()[7 * group]: group for group in range(3)}


@pytest.mark.parametrize("count", [0, -3, 501])
def test_a_number_that_makes_no_sense_is_refused(count: int) -> None:
    with pytest.raises(UsageError, match="from 1 to 500"):
        find_clusters(blobs(2, 5)[0], count, None)


def test_the_vocabulary_is_large_and_has_no_word_twice() -> None:
    words = vocabulary()
    assert 500 <= len(words) <= 1000
    assert len({word.casefold() for word in words}) == len(words)


def test_a_library_is_grouped(library: Library, photos: Path, paint: Paint) -> None:
    for colour in ("red", "blue", "green"):
        for seed in range(4):
            paint(photos / f"{colour}-{seed}.png", colour, seed=seed)
    library.index(photos)
    found = library.clusters(3)
    stems = [{photo.paths[0].stem.split("-")[0] for photo in c.examples} for c in found]
    assert sorted(map(sorted, stems)) == [["blue"], ["green"], ["red"]]
    with pytest.raises(UsageError, match="from 1 to 500"):
        library.clusters(0)


def test_an_empty_library_has_no_groups(library: Library, photos: Path) -> None:
    library.index(photos)
    with pytest.raises(UsageError, match="no photographs yet"):
        library.clusters()
