"""Questions and answers on a library whose vectors a reader can compute."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colours import COLOURS, ColourEncoder
from conftest import Paint
from errors import ModelError, NoLibrary, PathError, PictureError, QueryError
from photoseek import Hit, Library, Query


@pytest.fixture
def coloured(library: Library, photos: Path, paint: Paint) -> Library:
    """Eight pictures, one of each colour."""
    for colour in COLOURS:
        paint(photos / f"{colour}.png", colour)
    library.index(photos)
    return library


def names(hits: Iterable[Hit]) -> list[str]:
    return [hit.path.stem for hit in hits]


def test_words_find_the_picture_they_name(coloured: Library) -> None:
    answer = coloured.search("something blue", limit=3)
    assert len(answer) == 3
    best = answer[0]
    assert (best.rank, best.path.name) == (1, "blue.png")
    assert best.score == pytest.approx(1, abs=1e-3)
    assert [hit.rank for hit in answer] == [1, 2, 3]
    assert (answer.photos, answer.model) == (8, "colours")


def test_scores_fall_and_are_cosines(coloured: Library) -> None:
    scores = [hit.score for hit in coloured.search("red and white", limit=8)]
    assert scores == sorted(scores, reverse=True)
    assert scores[:2] == pytest.approx([0.5**0.5] * 2, abs=1e-3)


def test_several_texts_and_pictures_are_looked_for_together(
    coloured: Library, tmp_path: Path, paint: Paint
) -> None:
    outside = paint(tmp_path / "outside.png", "cyan", seed=99)
    answer = coloured.search(["red", "blue"], images=outside, limit=3)
    assert set(names(answer)) == {"red", "blue", "cyan"}


def test_a_query_picture_is_left_out_of_its_own_results(coloured: Library, photos: Path) -> None:
    answer = coloured.similar(photos / "red.png", limit=50)
    assert "red" not in names(answer)
    assert len(answer) == 7


def test_a_copy_elsewhere_of_a_picture_is_left_out_too(
    coloured: Library, photos: Path, tmp_path: Path
) -> None:
    copied = shutil.copy(photos / "red.png", tmp_path / "copy.png")
    assert "red" not in names(coloured.similar(copied, limit=50))


def test_leaving_out_does_not_make_the_answer_short(coloured: Library, photos: Path) -> None:
    assert len(coloured.similar(photos / "red.png", limit=7)) == 7


def test_a_known_picture_is_not_encoded_again(
    coloured: Library, photos: Path, encoder: ColourEncoder
) -> None:
    before = encoder.encoded
    coloured.similar(photos / "red.png")
    assert encoder.encoded == before


def test_one_content_is_one_hit_with_every_path(
    library: Library, photos: Path, paint: Paint
) -> None:
    original = paint(photos / "b" / "red.png")
    (photos / "a").mkdir()
    shutil.copy(original, photos / "a" / "copy.png")
    library.index(photos)
    (hit,) = library.search("red")
    assert hit.paths == (photos / "a" / "copy.png", original)
    assert hit.path == hit.paths[0]


def test_a_limit_beyond_the_library_gives_all_of_it(coloured: Library) -> None:
    assert len(coloured.search("red", limit=10_000)) == 8


def test_a_query_too_long_for_the_model_is_cut_and_said(coloured: Library) -> None:
    answer = coloured.search("red " * 10_000)
    assert answer[0].path.name == "red.png"
    assert answer.notes == ("the query has 10000 words; the model read about the first 16",)


@pytest.mark.parametrize("text", ["", "  \n", "\t"])
def test_an_empty_query_is_refused(coloured: Library, text: str) -> None:
    with pytest.raises(QueryError, match="empty query"):
        coloured.search(text)


@given(limit=st.integers(max_value=0))
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(QueryError, match="at least 1"):
        Query.of("red", limit=limit)


def test_nothing_to_look_for_is_refused(coloured: Library) -> None:
    with pytest.raises(QueryError, match="nothing to look for"):
        coloured.search()
    with pytest.raises(QueryError):
        coloured.similar()


def test_a_query_picture_that_is_none_is_refused(coloured: Library, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("dear")
    with pytest.raises(PictureError, match=r"letter\.jpg: not a picture"):
        coloured.similar(tmp_path / "letter.jpg")
    with pytest.raises(PathError, match="no such picture"):
        coloured.similar(tmp_path / "gone.jpg")
    with pytest.raises(PictureError, match="is a folder"):
        coloured.similar(tmp_path)


def test_a_bad_picture_of_the_library_is_refused_as_an_example(
    library: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "red.png")
    (photos / "bad.jpg").write_bytes(b"no picture")
    library.index(photos)
    with pytest.raises(PictureError, match="not a picture"):
        library.similar(photos / "bad.jpg")


def test_searching_before_indexing_says_what_to_do(library: Library) -> None:
    with pytest.raises(NoLibrary, match="photoseek index FOLDER"):
        library.search("red")
    assert not library.path.exists()


def test_an_empty_library_answers_with_nothing(library: Library, photos: Path) -> None:
    library.index(photos)
    assert list(library.search("red")) == []


def test_vectors_of_another_model_are_never_compared(coloured: Library) -> None:
    other = Library.open(coloured.path, encoder=ColourEncoder(fingerprint="ee" * 16))
    with pytest.raises(ModelError, match="photoseek index"):
        other.search("red")


def test_a_new_make_of_a_model_takes_over_with_the_next_index(coloured: Library) -> None:
    """The name stays, the files are others: as when Photoseek ships another ``mini``."""
    newer = Library.open(coloured.path, encoder=ColourEncoder(fingerprint="ee" * 16))
    with pytest.raises(ModelError, match="colours c0c0c0c0, this is colours eeeeeeee"):
        newer.search("red")
    newer.index()
    assert names(newer.search("red"))[0] == "red"


def test_names_of_any_bytes_are_found(library: Library, photos: Path, paint: Paint) -> None:
    odd = photos / os.fsdecode(b"caf\xe9\n.png")
    paint(photos / "plain.png", "red").rename(odd)
    library.index(photos)
    assert library.search("red")[0].path == odd


def test_an_answer_is_a_sequence(coloured: Library) -> None:
    answer = coloured.search("red", limit=5)
    assert list(answer[1:3]) == list(answer)[1:3]
    assert answer[-1] == list(answer)[-1]
    assert np.isfinite(answer.seconds)


def test_filters_keep_out(coloured: Library, photos: Path, paint: Paint) -> None:
    paint(photos / "Trips" / "red.png", "red", (100, 200), seed=3)
    coloured.index(photos)
    assert names(coloured.search("red in:Trips")) == ["red"]
    assert len(coloured.search("red -in:Trips")) == 8
    assert len(coloured.search("blue orientation:portrait in:trips")) == 1


def test_filters_alone_list_what_they_leave_newest_first(coloured: Library, photos: Path) -> None:
    for day, name in enumerate(("red", "green", "blue")):
        os.utime(photos / f"{name}.png", (86_400 * day, 86_400 * day))
    coloured.index(photos)
    answer = coloured.search("date:1970")
    assert names(answer) == ["blue", "green", "red"]
    assert answer.notes == ("3 of these are dated by their files: their cameras did not say when",)


def test_a_second_is_not_rounded_up_by_what_lists_it(coloured: Library, photos: Path) -> None:
    """The timeline and a search are in the same order."""
    for name in ("red", "green", "blue"):
        os.utime(photos / f"{name}.png", ns=(0, 0))
    coloured.index(photos)
    last = max((hit.photo for hit in coloured.search("date:1970")), key=lambda photo: photo.id)
    os.utime(last.paths[0], ns=(0, 999_900_000))
    coloured.index(photos)
    listed = [hit.photo.id for hit in coloured.search("date:1970", group=False)]
    assert listed == coloured.columns("date:1970").ids.tolist()


def test_a_negative_pushes_away(coloured: Library) -> None:
    assert set(names(coloured.search("red blue", limit=2))) == {"blue", "red"}
    assert names(coloured.search("red blue -blue", limit=1)) == ["red"]
    assert "blue" not in names(coloured.search("-blue", limit=7))


def test_pages_follow_each_other(coloured: Library) -> None:
    whole = coloured.search("red blue", limit=8)
    pages = [coloured.search("red blue", limit=3, offset=offset) for offset in (0, 3, 6)]
    found = [(hit.rank, hit.photo) for page in pages for hit in page]
    assert found == [(hit.rank, hit.photo) for hit in whole]


def test_names_are_searched_too(library: Library, photos: Path, paint: Paint) -> None:
    paint(photos / "IMG_2041.png", "green", seed=1)
    paint(photos / "IMG_2042.png", "green", seed=2)
    paint(photos / "Lisbon 2019" / "b.png", "blue", seed=3)
    library.index(photos)
    assert names(library.search("IMG_2041"))[0] == "IMG_2041"
    assert library.search("IMG_2041")[0].named == {"name"}
    assert names(library.search("lisbon"))[0] == "b"
    assert names(library.search("lisbon only:text")) == ["b"]
    assert library.search("red only:text").hits == ()
    (photos / "IMG_2041.png").rename(photos / "renamed.png")
    library.index(photos)
    assert names(library.search("2041 only:text")) == []
    assert names(library.search("renamed only:text")) == ["renamed"]


def test_a_photograph_of_the_library_is_an_example_by_its_id(coloured: Library) -> None:
    red = coloured.search("red", limit=1)[0]
    assert "red" not in names(coloured.search(f"id:{red.photo.id}", limit=50))
    with pytest.raises(QueryError, match="id:9999: no photograph"):
        coloured.search("id:9999")
