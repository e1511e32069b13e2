"""Tags and saved searches through the Library."""

from pathlib import Path

import pytest

from colours import COLOURS, ColourEncoder
from conftest import Paint
from errors import PathError, QueryError, UsageError
from photoseek import Library
from store import TagSource


@pytest.fixture
def coloured(library: Library, photos: Path, paint: Paint) -> Library:
    """Eight pictures, one of each colour."""
    for colour in COLOURS:
        paint(photos / f"{colour}.png", colour)
    library.index(photos)
    return library


def tagged(library: Library, label: str) -> set[str]:
    store = library._store
    ids = [
        key for key, tags in store.tags.of(range(1, 50)).items() if label in [t.label for t in tags]
    ]
    return {photo.paths[0].stem for photo in store.catalog.photos(ids).values()}


def test_labels_are_given_to_what_shows_them(coloured: Library) -> None:
    report = coloured.tag(["red", "blue"])
    assert report.counts == {"red": 1, "blue": 1}
    assert (report.photos, report.untagged, report.model) == (8, 6, "colours")
    assert tagged(coloured, "red") == {"red"}
    record = report.records[0]
    assert (record.model, record.fingerprint, record.source) == ("colours", "c0" * 16, "words")
    assert 0.5 < (record.score or 0) <= 1


def test_a_dry_run_changes_nothing(coloured: Library) -> None:
    assert coloured.tag(["red"], keep=False).counts == {"red": 1}
    assert coloured.tags() == []


def test_several_labels_may_fit_one_photograph(coloured: Library) -> None:
    assert coloured.tag(["red", "reddish, red"]).untagged == 7
    report = coloured.tag(["red", "reddish, red"], several=True)
    assert report.counts == {"red": 1, "reddish, red": 1}


def test_tagging_anew_replaces_what_words_gave_and_keeps_what_hands_gave(
    coloured: Library, photos: Path
) -> None:
    coloured.add_tag("red", [photos / "cyan.png"])
    coloured.tag(["red"])
    coloured.tag(["red"])
    assert tagged(coloured, "red") == {"red", "cyan"}
    assert [(c.count.source, c.count.photos) for c in coloured.tags()] == [
        (TagSource.HAND, 1),
        (TagSource.WORDS, 1),
    ]


def test_tags_of_another_model_are_stale_and_can_be_given_again(
    coloured: Library, photos: Path
) -> None:
    coloured.tag(["red", "blue"])
    other = ColourEncoder(fingerprint="ee" * 16)
    with Library.open(coloured.path, encoder=other) as renewed:
        renewed.index(photos, options=None)
        renewed.use_model("colours")
        assert [count.stale for count in renewed.tags()] == [True, True]
        renewed.tag_again()
        assert [count.stale for count in renewed.tags()] == [False, False]


def test_tags_by_hand_by_path_or_number(coloured: Library, photos: Path) -> None:
    red = coloured.search("red", limit=1)[0].photo.id
    assert coloured.add_tag("warm", [f"id:{red}", photos / "red.png", photos / "yellow.png"]) == 2
    assert tagged(coloured, "warm") == {"red", "yellow"}
    assert coloured.remove_tag("WARM", [f"id:{red}"]) == 1
    assert tagged(coloured, "warm") == {"yellow"}
    assert coloured.remove_tag("warm") == 1
    with pytest.raises(UsageError, match="photoseek tags"):
        coloured.remove_tag("warm")


def test_what_is_not_in_the_library_cannot_be_tagged(coloured: Library, tmp_path: Path) -> None:
    with pytest.raises(PathError, match="not a photograph of the library"):
        coloured.add_tag("x", [tmp_path / "gone.png"])
    with pytest.raises(QueryError, match="id:999"):
        coloured.add_tag("x", ["id:1", "id:999"])
    with pytest.raises(UsageError, match="no photographs"):
        coloured.add_tag("x", [])
    assert coloured.tags() == []


def test_labels_are_learnt_from_folders(coloured: Library, tmp_path: Path, paint: Paint) -> None:
    for number, (label, colour) in enumerate(
        (label, colour)
        for label, colours in {"warm": ("red", "yellow"), "cold": ("blue", "cyan")}.items()
        for colour in colours * 3
    ):
        paint(tmp_path / "examples" / label / f"{number}.png", colour, seed=number)
    (tmp_path / "examples" / "cold" / "bad.jpg").write_bytes(b"no picture")
    report = coloured.tag_by_examples(tmp_path / "examples")
    assert report.examples == {"cold": 6, "warm": 6}
    assert report.accuracy == 1
    assert report.few == []
    assert len(report.unreadable) == 1
    assert {"red", "yellow"} <= tagged(coloured, "warm")
    assert {"blue", "cyan"} <= tagged(coloured, "cold")


def test_folders_that_teach_nothing_are_refused(
    coloured: Library, tmp_path: Path, paint: Paint
) -> None:
    with pytest.raises(PathError, match="cannot be looked into"):
        coloured.tag_by_examples(tmp_path / "gone")
    paint(tmp_path / "examples" / "only" / "a.png")
    with pytest.raises(UsageError, match="with pictures: only; give two"):
        coloured.tag_by_examples(tmp_path / "examples")
    (tmp_path / "examples" / "bad").mkdir()
    (tmp_path / "examples" / "bad" / "b.png").write_bytes(b"no picture")
    with pytest.raises(UsageError, match="bad: none of its pictures can be read"):
        coloured.tag_by_examples(tmp_path / "examples")


def test_an_empty_library_is_said(library: Library, photos: Path) -> None:
    library.index(photos)
    with pytest.raises(UsageError, match="no photographs yet"):
        library.tag(["red"])


def test_searches_are_saved_under_names(coloured: Library) -> None:
    coloured.save_search("@Warm", "red   -blue")
    assert coloured.saved_search("warm") == "red -blue"
    assert coloured.search("@warm", limit=1)[0].path.stem == "red"
    assert [hit.path.stem for hit in coloured.search("@WARM 3:yellow", limit=1)] == ["yellow"]
    coloured.save_search("warmer", "@warm yellow")
    assert coloured.saved_search("warmer") == "red yellow -blue"
    coloured.remove_search("@warm")
    assert [saved.name for saved in coloured.saved_searches()] == ["warmer"]


def test_searches_that_cannot_be_saved_are_refused(coloured: Library) -> None:
    with pytest.raises(QueryError, match="@warm: no saved search"):
        coloured.search("@warm")
    with pytest.raises(UsageError, match="name 'a b'"):
        coloured.save_search("a b", "red")
    with pytest.raises(QueryError):
        coloured.save_search("x", " ")
    with pytest.raises(QueryError):
        coloured.save_search("x", "after:yesteryear")
    assert coloured.saved_searches() == []
