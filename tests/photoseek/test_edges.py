"""Faults that a newcomer met in an afternoon, and that shall not come back."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL.Image import Image

from colours import ColourEncoder
from conftest import Paint
from encoder import Vectors
from errors import (
    ModelError,
    NotALibrary,
    PathError,
    PictureError,
    QueryError,
    UsageError,
)
from photoseek import IndexOptions, Library
from store import Store


def test_another_programs_database_is_not_even_touched(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NotALibrary, match=r"catalog\.db: another program"):
        Store.open(tmp_path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["catalog.db"]


def test_a_library_among_photographs_is_not_indexed(
    library: Library, tmp_path: Path, photos: Path, paint: Paint
) -> None:
    paint(photos / "red.png")
    with Library.open(photos / "inner.library", encoder=ColourEncoder()) as inner:
        inner.index(photos)
        assert inner.index(photos).unchanged == 1
    report = library.index(photos)
    assert (report.indexed, report.skipped["photoseek library"]) == (1, 1)
    for folder in (photos / "inner.library", photos / "inner.library" / "thumbnails"):
        with pytest.raises(PathError, match="is a library's own"):
            library.index(folder)
    with pytest.raises(PathError, match="is a library's own"):
        library.index(tmp_path / "library")


def test_a_folder_emptied_on_purpose_is_offline_until_that_is_confirmed(
    library: Library, photos: Path, paint: Paint
) -> None:
    """It looks like a drive that is away, and only a person knows."""
    path = paint(photos / "red.png")
    library.index(photos)
    path.unlink()
    report = library.index()
    assert [root.reason for root in report.offline] == ["empty, where 1 file was"]
    assert library.search("red")[0].photo.offline
    library.prune(library.gone(photos))
    assert list(library.search("red")) == []
    assert library.index().offline == []


def test_excluding_everything_is_not_taken_for_a_drive_that_is_away(
    library: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "red.png")
    library.index(photos)
    report = library.index(photos, exclude="*.png")
    assert (report.missing, report.offline) == (1, [])


def test_present_paths_come_before_offline_ones(
    library: Library, tmp_path: Path, paint: Paint
) -> None:
    away = paint(tmp_path / "a" / "red.png")
    (tmp_path / "b").mkdir()
    here = Path(shutil.copy(away, tmp_path / "b" / "red.png"))
    library.index(away.parent, here.parent)
    away.parent.rename(tmp_path / "unmounted")
    library.index()
    (hit,) = library.search("red")
    assert (hit.paths, hit.photo.offline) == ((here, away), False)


def test_a_known_folder_that_is_away_does_not_stop_the_others(
    library: Library, tmp_path: Path, paint: Paint
) -> None:
    away, here = paint(tmp_path / "a" / "red.png").parent, tmp_path / "b"
    library.index(away)
    paint(here / "blue.png", "blue")
    away.rename(tmp_path / "unmounted")
    report = library.index(away, here)
    assert report.indexed == 1
    assert [(root.path, root.reason) for root in report.offline] == [
        (away, "folder cannot be read: No such file or directory")
    ]


def test_rules_of_a_root_are_not_changed_from_a_part_of_it(
    library: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "part" / "red.png")
    library.index(photos, exclude=["*.gif"])
    with pytest.raises(UsageError, match="is part of"):
        library.index(photos / "part", exclude=["*.png"])
    assert library.status().roots[0].rules["exclude"] == ["*.gif"]


def test_an_empty_path_is_a_mistake(library: Library) -> None:
    for mistaken in (library.index, library.similar):
        with pytest.raises(PathError, match="is a variable unset"):
            mistaken("")
    with pytest.raises(PathError):
        Library.open("")


def test_a_tilde_is_a_home_in_a_string_only(
    library: Library, tmp_path: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    library.index(paint(tmp_path / "~nobody" / "red.png").parent)
    assert len(library.similar(Path("~nobody/red.png"))) == 0  # known, so left out itself
    with pytest.raises(PathError, match="no such folder"):
        library.index("~no-such-user-here")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs there")
def test_a_fifo_as_a_query_picture_is_refused(library: Library, photos: Path, paint: Paint) -> None:
    library.index(paint(photos / "red.png").parent)
    os.mkfifo(photos / "pipe.jpg")
    with pytest.raises(PictureError, match="not a file"):
        library.similar(photos / "pipe.jpg")


def test_a_name_too_long_for_the_system_is_one_line(library: Library, photos: Path) -> None:
    library.index(photos)
    for asked in (library.index, library.similar):
        with pytest.raises((PathError, PictureError), match="File name too long"):
            asked(photos / ("a" * 300))


def test_a_query_in_another_encoding_is_refused(library: Library, photos: Path) -> None:
    library.index(photos)
    with pytest.raises(QueryError, match="not valid text"):
        library.search(os.fsdecode(b"caf\xe9"))


def test_an_empty_library_says_so(library: Library, photos: Path) -> None:
    library.index(photos)
    assert library.search("red").notes == ("the library holds no photographs yet",)


def test_counts_agree(library: Library, photos: Path, paint: Paint) -> None:
    paint(photos / "red.png")
    (photos / "bad.png").write_bytes(b"no picture")
    report = library.index(photos)
    counts = library.status().counts
    assert (counts.files, counts.photos, counts.failed) == (1, 1, len(report.failed))
    assert counts.failed == len(library.failed())


def test_a_folder_can_be_forgotten(library: Library, tmp_path: Path, paint: Paint) -> None:
    red, blue = paint(tmp_path / "a" / "red.png"), paint(tmp_path / "b" / "blue.png", "blue")
    library.index(red.parent, blue.parent)
    assert library.forget(red.parent) == 1
    assert [hit.path for hit in library.search("red")] == [blue]
    assert red.exists()
    with pytest.raises(PathError, match="not a folder that was indexed"):
        library.forget(red.parent)
    assert library.index(red.parent).copied == 1  # its vector was kept


@pytest.mark.parametrize("options", [{"batch": 0}, {"workers": 0}])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        IndexOptions(**options)


def test_a_folder_that_a_roots_rules_skip_can_be_indexed_by_name(
    library: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "red.png")
    secret = paint(photos / ".secret" / "blue.png", "blue")
    left_out = paint(photos / "cache" / "green.png", "green")
    library.index(photos, exclude="cache/")
    assert library.index(secret.parent).indexed == 1
    assert library.index(left_out.parent).indexed == 1
    assert library.index().unchanged == 3


def test_a_pattern_that_makes_no_sense_changes_nothing(
    library: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "red.png")
    with pytest.raises(UsageError):
        library.index(photos, exclude="!")
    assert library.status().roots == ()


def test_a_query_picture_is_read_as_an_indexed_one(
    library: Library, photos: Path, tmp_path: Path, paint: Paint
) -> None:
    path = paint(photos / "big.jpg", "green", (3000, 2000))
    library.index(photos)
    other = Path(shutil.copy(path, tmp_path / "other.jpg"))
    with other.open("ab") as stream:
        stream.write(b"another file, the same picture")
    assert library.similar(other)[0].score == pytest.approx(1, abs=2e-3)


class Broken(ColourEncoder):
    def embed_images(self, images: Sequence[Image]) -> Vectors:
        return super().embed_images(images) * np.float32("nan")


def test_vectors_that_are_no_numbers_are_never_stored(
    tmp_path: Path, photos: Path, paint: Paint
) -> None:
    paint(photos / "red.png")
    with (
        Library.open(tmp_path / "library", encoder=Broken()) as library,
        pytest.raises(ModelError, match="finite numbers"),
    ):
        library.index(photos)
    with Library.open(tmp_path / "library", encoder=ColourEncoder()) as library:
        assert library.index().indexed == 1


def test_many_threads_may_search_first(library: Library, photos: Path, paint: Paint) -> None:
    paint(photos / "red.png")
    library.index(photos)
    library.close()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: len(library.search("red")), range(32)))
    assert answers == [1] * 32
