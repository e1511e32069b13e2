"""Moments: shots of one scene, and versions of one photograph, become one hit.

A shot joins the best-ranked one before it that it belongs with, compared with that one alone: so
what leads the first groups does not depend on how many candidates follow, and pages over groups
are stable. Nothing here reads a file or a catalog.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from encoder import Vectors
from search.likeness import Hashes, Scale, as_hashes, distances
from store import Photo

Matrix = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

_SUFFIXES = re.compile(
    r"\.(3fr|arw|avif|cr2|cr3|dng|heic|jpe?g|mpo?|nef|orf|pef|png|raf|raw|rw2|srw|tiff?|webp)$"
)
_VERSION = re.compile(
    r"([ _.-]*(\(\d+\)|~\d+)"
    r"|[ _.-]+(edit(ed)?|bearbeitet|modifi[eé]|copy|kopie|copie|hdr|bw|collage|effects|mp|cover"
    r"|original|portrait|raw(-\d\d)?))+$"
)
_EDITED_IPHONE = re.compile(r"^img_e(?=\d)")


@dataclass(frozen=True, slots=True)
class Shots:
    """Candidates, best first: n rows of ids, scores, times (NaT where unknown), unit vectors
    (n, d), perceptual hashes (0 where unknown) and paths."""

    ids: Ids
    scores: npt.NDArray[np.float32]
    taken_at: Times
    vectors: Vectors
    hashes: Hashes
    paths: Sequence[Path]

    @classmethod
    def of(cls, photos: Sequence[Photo], scores: Sequence[float], vectors: Vectors) -> "Shots":
        """The candidates of an answer, row by row."""
        return cls(
            ids=np.array([photo.id for photo in photos], dtype=np.int64),
            scores=np.array(scores, dtype=np.float32),
            taken_at=as_times([photo.taken_at for photo in photos]),
            vectors=vectors,
            hashes=as_hashes([photo.perceptual_hash or 0 for photo in photos]),
            paths=[photo.paths[0] for photo in photos],
        )

    def only(self, rows: Ids) -> "Shots":
        """Some of them, in their order."""
        return Shots(
            self.ids[rows],
            self.scores[rows],
            self.taken_at[rows],
            self.vectors[rows],
            self.hashes[rows],
            [self.paths[row] for row in rows.tolist()],
        )


@dataclass(frozen=True, slots=True)
class Alike:
    """When two shots belong together. Likenesses are explained in ``search.likeness``.

    The defaults were measured with mini on 300 photographs: frames of one scene (turned by 3°,
    cropped by 12 %) are above 0.75, of random pairs one in 10,000 is above 0.70.
    """

    minutes: float = 5
    scene: float = 0.70
    """Likeness of two shots within ``minutes``."""
    version: float = 0.45
    """Likeness of a RAW and its JPEG, or of a photograph and its edit, whose names say so."""
    bits: int = 8
    """pHash bits in which the same picture, encoded again or resized, may differ at most."""


def group_moments(shots: Shots, scale: Scale, alike: Alike | None = None) -> list[list[int]]:
    """Rows of ``shots`` by group: each begins with its best, and groups are in that one's order."""
    together = belong_together(shots, scale, alike or Alike())
    free = np.ones(len(shots.ids), dtype=bool)
    groups: list[list[int]] = []
    for row in range(len(shots.ids)):
        if free[row]:
            members = np.flatnonzero(together[row] & free)
            free[members] = False
            groups.append(members.tolist())
    return groups


def belong_together(shots: Shots, scale: Scale, alike: Alike) -> Matrix:
    """Whether each pair is of one moment or one photograph; bool (n, n), true on the diagonal.

    Only of those that another was taken near to, or may have been, is more than the time compared.
    """
    together = np.eye(len(shots.ids), dtype=bool)
    near = _near(shots.taken_at, alike)
    unknown = np.isnat(shots.taken_at)
    maybe = near | unknown[:, None] | unknown[None]
    rows = np.flatnonzero(maybe.sum(axis=1) > 1)
    if len(rows):
        pairs = np.ix_(rows, rows)
        together[pairs] |= _alike(shots.only(rows), near[pairs], maybe[pairs], scale, alike)
    return together


def _alike(shots: Shots, near: Matrix, maybe: Matrix, scale: Scale, alike: Alike) -> Matrix:
    """Which pairs belong together, of those that are ``near`` in time or ``maybe`` are."""
    cosines = shots.vectors @ shots.vectors.T
    twin = distances(shots.hashes[:, None], shots.hashes[None]) <= alike.bits
    version = cosines >= scale.cosine(alike.version)
    moment = near & (cosines >= scale.cosine(alike.scene))
    picture = twin & version & maybe
    siblings = _siblings(shots) & maybe & (version | twin)
    return np.asarray(moment | picture | siblings)


def _near(times: Times, alike: Alike) -> Matrix:
    apart = np.abs(times[:, None] - times[None])
    return np.asarray(apart <= np.timedelta64(timedelta(minutes=alike.minutes)))


def as_times(times: Sequence[datetime | None]) -> Times:
    """Times to the second, datetime64 (n,); NaT for None."""
    return np.array([time or "NaT" for time in times], dtype="datetime64[s]")


def stem_of(name: str) -> str:
    """What a photograph's RAW, JPEG, copies and edits have in common in their file names.

    >>> stem_of("IMG_2041-edited (1).JPG") == stem_of("IMG_E2041.CR2") == "img_2041"
    True
    """
    stem = name.casefold()
    while (bare := _SUFFIXES.sub("", stem)) != stem:
        stem = bare
    return _EDITED_IPHONE.sub("img_", _VERSION.sub("", stem)) or stem


def _siblings(shots: Shots) -> Matrix:
    """Pairs of one stem that lie in one folder, or were taken in the same second."""
    stems = _labels([stem_of(path.name) for path in shots.paths])
    folders = _labels([str(path.parent) for path in shots.paths])
    same_second = shots.taken_at[:, None] == shots.taken_at[None]  # never true of NaT
    same_folder = folders[:, None] == folders[None]
    return np.asarray((stems[:, None] == stems[None]) & (same_folder | same_second))


def _labels(words: Sequence[str]) -> npt.NDArray[np.int64]:
    """Numbers that are equal where the words are."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(word, len(known)) for word in words], dtype=np.int64)
