"""Makes a second measure, of things rather than scenes, from Tux Paint's photographic stamps.

    apt-get download tuxpaint-stamps-default && dpkg -x tuxpaint-stamps-default_*.deb stamps
    python -m training.stamps stamps training/.cache/stamps
    python -m training.evaluate --captions training/.cache/stamps.tsv

Some 290 cut-out animals, plants, foods and tools on white, each with a line that names it. The
collection is GPL-2; nothing of it is kept in the project.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

SUBJECTS = (
    "animals",
    "plants",
    "food",
    "household",
    "hobbies",
    "clothes",
    "sports",
    "vehicles",
    "people",
    "town/monuments",
    "military",
    "medical",
    "nature",
)
DRAWN = ("cartoon", "plastic")
SMALLEST = 40
SIDE = 320
MARGIN = 1.15


def make_stamps(collection: Path, folder: Path) -> int:
    """Write each named stamp once as a JPEG on white, and the table beside ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    named: dict[str, str] = {}
    for stamp, name in _named_stamps(collection):
        with Image.open(stamp) as image:
            if name.lower() in named or min(image.size) < SMALLEST:
                continue
            file = "_".join(stamp.relative_to(collection).with_suffix(".jpg").parts)
            on_white(image.convert("RGBA")).save(folder / file, quality=92)
        named[name.lower()] = f"{file}\t{name}\n"
    folder.with_suffix(".tsv").write_text("".join(named.values()), encoding="utf-8")
    return len(named)


def on_white(stamp: Image.Image) -> Image.Image:
    """Put a cut-out in the middle of a white square, so that squashing leaves its shape."""
    side = int(max(stamp.size) * MARGIN)
    square = Image.new("RGB", (side, side), "white")
    square.paste(stamp, ((side - stamp.width) // 2, (side - stamp.height) // 2), stamp)
    square.thumbnail((SIDE, SIDE))
    return square


def _named_stamps(collection: Path) -> Iterator[tuple[Path, str]]:
    for subject in SUBJECTS:
        for stamp in sorted((collection / subject).rglob("*.png")):
            words = stamp.with_suffix(".txt")
            if any(drawn in str(stamp) for drawn in DRAWN) or not words.is_file():
                continue
            name = words.read_text(encoding="utf-8", errors="replace").split("\n")[0].strip()
            if name:
                yield stamp, name


def main() -> None:
    """Parse the command line and write the measure."""
    parser = argparse.ArgumentParser(prog="python -m training.stamps")
    parser.add_argument("package", type=Path, help="where the Debian package was unpacked")
    parser.add_argument("folder", type=Path, help="where the pictures go; the table goes beside it")
    options = parser.parse_args()
    collection = options.package / "usr/share/tuxpaint/stamps"
    print(f"{make_stamps(collection, options.folder)} stamps in {options.folder}")


if __name__ == "__main__":
    main()
