"""Reads example pictures whose folder is their label."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL.Image import Image

from encoder import Encoder, Vectors
from errors import PathError, PictureError, UsageError
from indexer.read import short_side
from pictures import decode_apart
from pictures.formats import SUFFIXES, suffix_of
from search.learning import Labels

_BATCH = 32
MOST_EXAMPLES = 5000
"""Learning takes a matrix of examples by examples."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """``vectors`` float32 (n, d) with ``labels`` int64 (n,), numbers of ``names``."""

    names: tuple[str, ...]
    vectors: Vectors
    labels: Labels
    unreadable: tuple[str, ...]

    @property
    def counts(self) -> list[int]:
        return [int(count) for count in np.bincount(self.labels, minlength=len(self.names))]


def read_labelled(folder: Path, encoder: Encoder) -> Labelled:
    """Embed the pictures of each sub-folder, whose name is their label.

    Raises PathError if it is no folder, UsageError for fewer than two labels with pictures.
    """
    found = {name: paths for name, paths in _folders(folder) if paths}
    if len(found) < 2:
        named = ", ".join(found) or "none"
        raise UsageError(
            f"{folder}: sub-folders with pictures: {named}; give two or more, named by labels"
        )
    if sum(map(len, found.values())) > MOST_EXAMPLES:
        raise UsageError(f"{folder}: more than {MOST_EXAMPLES:,} pictures; a few examples will do")
    return _read(found, encoder)


def _read(found: dict[str, list[Path]], encoder: Encoder) -> Labelled:
    labels: list[int] = []
    rows: list[Vectors] = []
    unreadable: list[str] = []
    batch: list[Image] = []
    for number, path in ((n, path) for n, paths in enumerate(found.values()) for path in paths):
        try:
            batch.append(decode_apart(path, short_side=short_side(encoder.info)).image)
            labels.append(number)
        except PictureError as error:
            unreadable.append(f"{path}: {error}")
        if len(batch) == _BATCH:
            rows.append(encoder.embed_images(batch))
            batch = []
    rows.append(encoder.embed_images(batch))
    missing = [name for number, name in enumerate(found) if number not in labels]
    if missing:
        raise UsageError(f"{missing[0]}: none of its pictures can be read; {unreadable[0]}")
    return Labelled(
        tuple(found), np.concatenate(rows), np.array(labels, dtype=np.int64), tuple(unreadable)
    )


def _folders(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Names of sub-folders, and the pictures below each, sorted."""
    try:
        below = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    except OSError as error:
        raise PathError(f"{folder}: cannot be looked into ({error.strerror})") from error
    for entry in below:
        if not entry.name.startswith("."):
            yield entry.name, sorted(_pictures(entry))


def _pictures(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names if suffix_of(name) in SUFFIXES)
