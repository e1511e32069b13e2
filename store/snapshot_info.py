"""The description beside a snapshot of a vector index, and why a snapshot is not used."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_origin

from store.inverted import InvertedBase
from store.tuning import Effort, outgrown
from store.vectors import Base

FORMAT = 3
"""1 had no lists, 2 no codes; both are still read."""


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """The JSON beside a snapshot. ``space`` is an encoder's fingerprint.

    ``opened``, ``ranked``, ``trained`` and ``recall`` are the ``Effort`` of an inverted file, and
    ``codes`` is the BLAKE3 of its codes; without lists they are empty.
    """

    library: str
    space: str
    dimension: int
    file: str
    count: int
    change: int
    blake3: str
    format: int = 1
    lists: int = 0
    opened: dict[str, int] = field(default_factory=dict)
    trained: int = 0
    recall: float = 1.0
    ranked: dict[str, int] = field(default_factory=dict)
    codes: str = ""

    @property
    def is_outgrown(self) -> bool:
        """Whether so many vectors should be kept in another way."""
        return outgrown(self.trained, self.count, self.dimension)

    @property
    def effort(self) -> Effort:
        opened, ranked = (
            {int(length): int(count) for length, count in told.items()}
            for told in (self.opened, self.ranked)
        )
        return Effort(opened, self.trained, self.recall, self.lists, ranked)


class SnapshotRejected(Exception):
    """Why a snapshot is not used; the cache is rebuilt instead. Never leaves the store."""


def told_of(base: Base) -> dict[str, Any]:
    """What a description says of an inverted file."""
    if not isinstance(base, InvertedBase):
        return {}
    effort = base.effort
    return {
        "lists": base.index.nlist,
        "opened": {str(length): lists for length, lists in effort.opened.items()},
        "ranked": {str(length): count for length, count in effort.ranked.items()},
        "trained": effort.trained,
        "recall": effort.recall,
    }


def read_info(path: Path) -> SnapshotInfo:
    try:
        info = SnapshotInfo(**json.loads(path.read_text(encoding="utf-8")))
        _ = info.effort
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SnapshotRejected(f"has no readable description ({error})") from error
    for one in fields(SnapshotInfo):
        if type(getattr(info, one.name)) is not (get_origin(one.type) or one.type):
            raise SnapshotRejected(f"has no readable description ({one.name})")
    return info
