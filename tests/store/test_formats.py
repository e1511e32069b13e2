"""Every library format that ever landed is kept small in formats/ and can still be opened.

A folder there is made once, by ``PYTHONPATH=tests python tests/store/formats/make.py``.
"""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from colours import COLOURS, ColourEncoder
from photoseek import Library
from store.salvage import salvage
from store.schema import HEAD

FORMATS = Path(__file__).parent / "formats"
NAMES = sorted(path.name for path in FORMATS.iterdir() if path.is_dir())


def test_todays_format_is_among_them() -> None:
    assert HEAD in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_library_of_this_format_can_be_searched(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FORMATS / name, tmp_path / "library"))
    with Library.open(folder, encoder=ColourEncoder()) as library:
        assert library.status().counts.photos == 8
        for colour in COLOURS:
            assert library.search(colour, limit=1)[0].path.name == f"{colour}.png"


@pytest.mark.parametrize("name", NAMES)
def test_a_library_of_this_format_can_be_written(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FORMATS / name, tmp_path / "library"))
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (16, 16), "orange").save(photos / "orange.png")
    with Library.open(folder, encoder=ColourEncoder()) as library:
        assert library.index(photos).indexed == 1
        assert library.status().counts.photos == 9


@pytest.mark.parametrize("name", NAMES)
def test_a_library_of_this_format_is_sound_and_can_be_backed_up(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FORMATS / name, tmp_path / "library"))
    with Library.open(folder, encoder=ColourEncoder()) as library:
        assert {found.part for found in library.verify().findings} == {"thumbnails"}  # not kept
        backup = library.back_up(tmp_path / "backup.db")
    with Library.open(tmp_path / "restored", encoder=ColourEncoder()) as restored:
        restored.restore(backup)
        assert restored.status().counts.photos == 8


@pytest.mark.parametrize("name", NAMES)
def test_a_library_of_this_format_can_be_merged_and_salvaged(name: str, tmp_path: Path) -> None:
    theirs = Path(shutil.copytree(FORMATS / name, tmp_path / "theirs"))
    with Library.open(tmp_path / "ours", encoder=ColourEncoder()) as library:
        library.merge(theirs)
        assert library.status().counts.photos == 8
    assert salvage(theirs / "catalog.db", tmp_path / "new.db").rows["embeddings"] == 8
