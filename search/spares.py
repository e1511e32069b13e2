"""Which copy of a duplicate is kept, and which could go. Decides only; touches nothing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from search.duplicates import Tier
from store import Copy, Photo

_COPY_MARK = re.compile(r"( ?\(\d+\)|[ _-]+(copy|kopie|copie|copia)( ?\d+)?|~\d+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """One content of a group with the paths it is at."""

    photo: Photo
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Pictures of one tier, best first; an exact group is one picture with several copies."""

    tier: Tier
    pictures: tuple[Picture, ...]

    @property
    def spare_bytes(self) -> int:
        """What the files beside the first take up."""
        sizes = [copy.bytes for picture in self.pictures for copy in picture.copies]
        return sum(sizes) - sizes[0] if sizes else 0


@dataclass(frozen=True, slots=True)
class Spare:
    """A file that could go, and the one that stays for it; hashes are the BLAKE3 of each."""

    keep: Path
    keep_hash: bytes
    copy: Copy
    hash: bytes


def find_spares(groups: Sequence[DuplicateGroup], prefer: Sequence[Path] = ()) -> list[Spare]:
    """Every reachable file that a better or equal one stands in for.

    Of each group the first picture stays, at one path: one below the first of ``prefer`` that has
    any, else the one that looks least like a copy. Files on drives that are away neither go nor
    count as kept. Merely similar pictures are never spare.
    """
    chosen: list[Spare] = []
    covered: set[int] = set()
    for group in sorted(groups, key=lambda group: group.tier != Tier.SAME):
        exact = group.tier == Tier.EXACT and group.pictures[0].photo.id in covered
        if group.tier != Tier.SIMILAR and not exact:
            covered.update(picture.photo.id for picture in group.pictures)
            chosen.extend(_spares_of(group, prefer))
    return chosen


def _spares_of(group: DuplicateGroup, prefer: Sequence[Path]) -> Iterator[Spare]:
    best = group.pictures[0]
    reachable = _reachable(best.copies)
    if not reachable:
        return
    keep = min(reachable, key=lambda copy: _worth(copy.path, prefer))
    for picture in group.pictures:
        for copy in _reachable(picture.copies):
            if copy != keep:
                yield Spare(keep.path, best.photo.hash, copy, picture.photo.hash)


def _reachable(copies: Iterable[Copy]) -> list[Copy]:
    return [copy for copy in copies if not copy.offline]


def _worth(path: Path, prefer: Sequence[Path]) -> tuple[object, ...]:
    """Less is better: preferred folder, no mark of a copy, nearer to the top, then by name."""
    place = next((n for n, folder in enumerate(prefer) if path.is_relative_to(folder)), len(prefer))
    return (place, bool(_COPY_MARK.search(path.stem)), len(path.parts), str(path))
