"""Which files are taken for photographs, and which decoder may open them."""

import importlib.util
from functools import cache

import pillow_heif

PILLOW_FORMATS = (
    *("AVIF", "BMP", "GIF", "HEIF", "JPEG", "JPEG2000"),
    *("PNG", "PPM", "TIFF", "WEBP"),
)
"""Decoders that a stranger's file may reach: none that runs another program (EPS) or a script."""

RASTER_SUFFIXES = frozenset(
    [
        *(".avif", ".bmp", ".gif", ".heic", ".heif", ".hif", ".j2k", ".jfif", ".jp2", ".jpe"),
        *(".jpeg", ".jpg", ".mpo", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff"),
        ".webp",
    ]
)
RAW_SUFFIXES = frozenset(
    [
        *(".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mrw", ".nef"),
        *(".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
    ]
)
SUFFIXES = RASTER_SUFFIXES | RAW_SUFFIXES

pillow_heif.register_heif_opener()


def suffix_of(name: str) -> str:
    """The lower-case suffix of a file name with its dot, or an empty string."""
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


@cache
def raw_supported() -> bool:
    """Whether the ``raw`` extra is installed."""
    return importlib.util.find_spec("rawpy") is not None
