"""Recommendations from examples."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from colours import COLOURS
from conftest import Paint
from encoder import unit_rows
from errors import PathError, QueryError
from photoseek import Library
from photoseek.cli.many import CommandWithManyValues
from photoseek.cli.recommending import recommend as command
from search.recommend import STRATEGIES, Strategy, average_vector, best_score


@pytest.fixture
def coloured(library: Library, photos: Path, paint: Paint) -> Library:
    """Two pictures of each of eight colours."""
    for colour in COLOURS:
        paint(photos / f"{colour}.png", colour)
        paint(photos / f"{colour}-2.png", colour, seed=1)
    library.index(photos)
    return library


@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.integers(0, 3))
def test_best_score_equals_the_plain_reading_of_its_rule(seed: int, good: int, bad: int) -> None:
    random = np.random.default_rng(seed)
    photos, liked, unliked = (
        unit_rows(random.standard_normal((count, 6))) for count in (5, good, bad)
    )
    if not good and not bad:
        return
    for photo, score in zip(photos, best_score(photos, liked, unliked), strict=True):
        best = max((float(photo @ row) for row in liked), default=-np.inf)
        worst = max((float(photo @ row) for row in unliked), default=-np.inf)
        assert score == pytest.approx(best if best > worst else -(worst**2), abs=1e-5)


def test_the_average_leans_to_what_is_liked() -> None:
    liked, unliked = np.eye(3, dtype=np.float32)[:2], np.eye(3, dtype=np.float32)[2:]
    assert average_vector(liked, unliked)[2] < 0 < average_vector(liked, unliked)[0]
    with pytest.raises(QueryError, match="best_score"):
        average_vector(liked[:0], unliked)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_files_numbers_and_words_are_liked_together(
    coloured: Library, photos: Path, strategy: Strategy
) -> None:
    blue = coloured.search("blue", limit=1)[0]
    like: list[str | Path] = [photos / "red.png", f"id:{blue.photo.id}", "green"]
    answer = coloured.recommend(like, ["white"], strategy=strategy, limit=4)
    found = {hit.path.stem.removesuffix("-2") for hit in answer}
    assert found == {"red", "blue", "green"}
    assert photos / "red.png" not in [hit.path for hit in answer]
    assert blue.path not in [hit.path for hit in answer]
    assert [hit.score for hit in answer] == sorted((hit.score for hit in answer), reverse=True)


def test_dislikes_alone_give_what_is_farthest_from_them(coloured: Library) -> None:
    answer = coloured.recommend([], ["red"], strategy="best_score", limit=16)
    assert {hit.path.stem for hit in answer[-2:]} == {"red", "red-2"}


def test_examples_that_cannot_be_used_are_refused(coloured: Library) -> None:
    with pytest.raises(QueryError, match="nothing to go by"):
        coloured.recommend()
    with pytest.raises(PathError, match="no such picture"):
        coloured.recommend(["gone.jpg"])
    with pytest.raises(QueryError, match="id:999"):
        coloured.recommend(["id:999"])


def test_an_option_takes_values_until_the_next() -> None:
    assert isinstance(command, CommandWithManyValues)
    arguments = ["--like", "a", "b", "c d", "--unlike", "e", "-k", "3", "--like", "f"]
    said = list(command._repeated(arguments))
    assert said == [
        *("--like", "a", "--like", "b", "--like", "c d", "--unlike", "e"),
        *("-k", "3", "--like", "f"),
    ]
    done = CliRunner().invoke(command, ["stray", "--like", "a"])
    assert done.exit_code == 2
