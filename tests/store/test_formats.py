"""Every library format that ever landed is kept small in formats/ and can still be opened.

A folder there is made once, by ``python tests/store/test_formats.py NAME``, and never changed.
"""

import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from colours import COLOURS, ColourEncoder
from photoseek import Library
from store.schema import HEAD

FORMATS = Path(__file__).parent / "formats"
NAMES = sorted(path.name for path in FORMATS.iterdir() if path.is_dir())


def make(name: str) -> None:
    """Write a library of eight one-colour pictures in today's format, without its photographs."""
    photos = Path("/tmp/photoseek-format-photos")
    photos.mkdir(exist_ok=True)
    for colour, rgb in COLOURS.items():
        Image.new("RGB", (16, 16), rgb).save(photos / f"{colour}.png")
    with Library.open(FORMATS / name, encoder=ColourEncoder()) as library:
        library.index(photos)
    (FORMATS / name / "lock").unlink(missing_ok=True)
    shutil.rmtree(FORMATS / name / "thumbnails")
    shutil.rmtree(photos)


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


if __name__ == "__main__":
    make(sys.argv[1])
