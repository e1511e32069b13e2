"""``PYTHONPATH=tests python tests/store/formats/make.py``: keep today's library format.

Writes a library of eight one-colour pictures, without its photographs, to a folder named after the
schema version. It is made once, when a version lands, and never changed; ``test_formats`` opens it.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image

from colours import COLOURS, ColourEncoder
from photoseek import Library
from store.schema import HEAD

FORMATS = Path(__file__).parent
PHOTOS = Path(tempfile.gettempdir()) / "photoseek-format-photos"
"""Its name is in the catalog; nothing is there when it is opened."""


def make(folder: Path) -> None:
    """Write the library."""
    PHOTOS.mkdir()
    try:
        for colour, rgb in COLOURS.items():
            Image.new("RGB", (16, 16), rgb).save(PHOTOS / f"{colour}.png")
        with Library.open(folder, encoder=ColourEncoder()) as library:
            library.index(PHOTOS)
    finally:
        shutil.rmtree(PHOTOS)
    (folder / "lock").unlink(missing_ok=True)
    shutil.rmtree(folder / "thumbnails")


if __name__ == "__main__":
    if (FORMATS / HEAD).exists():
        sys.exit(f"{FORMATS / HEAD} is kept already, and never changed")
    make(FORMATS / HEAD)
    print(FORMATS / HEAD)
