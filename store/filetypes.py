"""File types as people name them: by the format the decoder found, or by a file's suffix."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileType:
    """``formats`` are the decoder's names; ``suffixes``, lower case with their dots, are other ways
    to name the type in a query."""

    name: str
    formats: tuple[str, ...]
    suffixes: tuple[str, ...]


FILE_TYPES: tuple[FileType, ...] = (
    FileType("avif", ("AVIF",), (".avif",)),
    FileType("bmp", ("BMP",), (".bmp",)),
    FileType("gif", ("GIF",), (".gif",)),
    FileType("heic", ("HEIF",), (".heic", ".heif", ".hif")),
    FileType("jpeg", ("JPEG", "MPO"), (".jpg", ".jpe", ".jfif", ".jpeg", ".mpo")),
    FileType("jpeg2000", ("JPEG2000",), (".jp2", ".j2k", ".jpeg2000")),
    FileType("png", ("PNG",), (".png",)),
    FileType("ppm", ("PPM",), (".ppm", ".pgm", ".pbm", ".pnm")),
    FileType("raw", ("RAW",), ()),
    FileType("tiff", ("TIFF",), (".tif", ".tiff")),
    FileType("webp", ("WEBP",), (".webp",)),
)


def formats_of(name: str) -> tuple[str, ...]:
    """The decoder's names of a type."""
    return next(kind.formats for kind in FILE_TYPES if kind.name == name)
