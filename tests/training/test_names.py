"""The measure of naming: a table that says what is where, and no photograph shown twice."""

from pathlib import Path

import pytest
from PIL import Image

from conftest import PHOTOS
from training.names import EXAMPLES, TABLE, make_names, named

SOURCES = PHOTOS.parent / "photos.toml"


def test_every_photograph_has_one_name_of_its_own() -> None:
    places, names = zip(*named(TABLE), strict=True)
    assert len(set(places)) == len(places) == len(set(names))


def test_no_photograph_is_among_the_sample_photographs() -> None:
    listed = SOURCES.read_text(encoding="utf-8")
    assert not [place for place, _ in named(TABLE) if place.rpartition("!")[2] in listed]


def test_photographs_are_written_on_white_beside_their_table(tmp_path: Path) -> None:
    examples = tmp_path / "packages" / EXAMPLES
    examples.mkdir(parents=True)
    Image.new("RGBA", (30, 20), (0, 0, 0, 0)).save(examples / "nothing.png")
    table = tmp_path / "table.tsv"
    table.write_text("# place\tname\nnothing.png\tnothing at all\n", encoding="utf-8")
    assert make_names(tmp_path / "packages", tmp_path / "names", table) == 1
    assert (tmp_path / "names.tsv").read_text(encoding="utf-8") == "nothing.jpg\tnothing at all\n"
    with Image.open(tmp_path / "names" / "nothing.jpg") as photo:
        assert photo.getpixel((5, 5)) == (255, 255, 255)


def test_a_package_that_is_not_unpacked_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gcompris"):
        make_names(tmp_path, tmp_path / "names")
