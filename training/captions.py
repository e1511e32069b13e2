"""Reads captioned photographs: a folder of pictures and a ``file<TAB>caption`` table."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Captions:
    """Photographs, captions, and for each caption the position of its photograph."""

    photos: tuple[Path, ...]
    texts: tuple[str, ...]
    owners: npt.NDArray[np.int64]


class BadCaptions(ValueError):
    """A caption table that is no ``file<TAB>caption`` table, or names a missing photograph."""


def read_captions(table: Path, folder: Path) -> Captions:
    """Read a table; photographs are sorted by name. Raises BadCaptions, or OSError."""
    lines = table.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise BadCaptions(f"{table}: want lines of file<TAB>caption")
    names, owners = np.unique([name for name, _ in pairs], return_inverse=True)
    photos = tuple(folder / str(name) for name in names)
    missing = [photo for photo in photos if not photo.is_file()]
    if missing:
        others = f"{len(missing) - 1} more are missing"
        raise BadCaptions(f"{missing[0]}: named in {table}, but no such file; {others}")
    return Captions(photos, tuple(text for _, text in pairs), owners.astype(np.int64))
