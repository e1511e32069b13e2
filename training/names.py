"""Makes a third measure: photographs that packages ship, and what a person calls what they show.

    apt-get download gcompris-qt-data opencv-doc
    for file in *.deb; do dpkg -x $file packages; done
    python -m training.names packages training/.cache/names
    python -m training.evaluate --captions training/.cache/names.tsv

The names in ``names.tsv`` were given by looking; none of the photographs is in ``data/photos``,
and few of the things in Flickr8k's captions. Nothing of the packages is kept in the project.
"""

import argparse
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import Image

from data.make_photos import rcc_files

TABLE = Path(__file__).with_suffix(".tsv")
RESOURCES = "usr/share/gcompris-qt/rcc"
EXAMPLES = "usr/share/doc/opencv-doc/examples"
SIDE = 512


def make_names(packages: Path, folder: Path, table: Path = TABLE) -> int:
    """Write each photograph as a JPEG, and the table beside ``folder``; returns how many.

    Raises OSError for a package that is not unpacked, KeyError for a file not in its resource.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for place, name in named(table):
        file = "_".join(Path(place.replace("!", "/")).with_suffix(".jpg").parts)
        with open_packaged(packages, place) as image:
            photo = on_plain_white(image)
        photo.thumbnail((SIDE, SIDE))
        photo.save(folder / file, quality=92)
        lines.append(f"{file}\t{name}\n")
    folder.with_suffix(".tsv").write_text("".join(lines), encoding="utf-8")
    return len(lines)


def named(table: Path) -> Iterator[tuple[str, str]]:
    """Places and names, as in the table."""
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            place, name = line.split("\t")
            yield place, name


def open_packaged(packages: Path, place: str) -> Image.Image:
    """Open ``resource.rcc!file`` of gcompris-qt-data, or a file of opencv-doc's examples."""
    resource, found, file = place.partition("!")
    if not found:
        return Image.open(packages / EXAMPLES / place)
    return Image.open(io.BytesIO(_resource(packages / RESOURCES / resource)[file]))


def on_plain_white(image: Image.Image) -> Image.Image:
    """Lay what is transparent on white."""
    photo = image.convert("RGBA")
    white = Image.new("RGBA", photo.size, "white")
    return Image.alpha_composite(white, photo).convert("RGB")


@cache
def _resource(path: Path) -> dict[str, bytes]:
    """Contents by what comes after GCompris' own ``…/resource/``."""
    files = rcc_files(path.read_bytes())
    return {name.rpartition("/resource/")[2]: content for name, content in files}


def main() -> None:
    """Parse the command line and write the measure."""
    parser = argparse.ArgumentParser(prog="python -m training.names")
    parser.add_argument("packages", type=Path, help="where the Debian packages were unpacked")
    parser.add_argument("folder", type=Path, help="where the pictures go; the table goes beside it")
    options = parser.parse_args()
    print(f"{make_names(options.packages, options.folder)} photographs in {options.folder}")


if __name__ == "__main__":
    main()
