"""How duplicates look: for people and as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.spares import Outcome
    from search.spares import DuplicateGroup, Spare
    from store import Copy, Photo

TITLES = {
    "exact": "exact copies",
    "same": "the same picture, encoded, resized or edited",
    "similar": "similar pictures",
}


def duplicates_for_people(groups: Sequence["DuplicateGroup"], limit: int) -> Iterator[str]:
    """Each tier under a heading; at most ``limit`` groups of it, or all if it is 0."""
    for tier, title in TITLES.items():
        some = [group for group in groups if group.tier == tier]
        if not some:
            continue
        files = sum(len(picture.copies) for group in some for picture in group.pictures)
        gain = sum(group.spare_bytes for group in some)
        yield f"{title}: {len(some):,} groups, {files:,} files, {_size(gain)} beside the best"
        for group in some[: limit or None]:
            yield from _group(group)
        if limit and len(some) > limit:
            yield f"  … and {len(some) - limit:,} groups more: --limit 0 shows all"
    if not groups:
        yield "no duplicates"


def _group(group: "DuplicateGroup") -> Iterator[str]:
    mark = " "
    for picture in group.pictures:
        facts = _facts(picture.photo)
        for copy in picture.copies:
            offline = "  (offline)" if copy.offline else ""
            yield f"  {mark} {printable(copy.path)}  {facts}{offline}"
            mark, facts = "=", "exact copy"
        mark = "≈" if group.tier == "same" else "~"


def _facts(photo: "Photo") -> str:
    return f"{photo.width} × {photo.height} {photo.format}, {_size(photo.bytes)}"


def duplicates_fields(groups: Iterable["DuplicateGroup"]) -> list[dict[str, Any]]:
    return [
        {
            "tier": str(group.tier),
            "spare_bytes": group.spare_bytes,
            "pictures": [
                {
                    "id": picture.photo.id,
                    "hash": picture.photo.hash.hex(),
                    "width": picture.photo.width,
                    "height": picture.photo.height,
                    "bytes": picture.photo.bytes,
                    "format": picture.photo.format,
                    "taken_at": picture.photo.taken_at and picture.photo.taken_at.isoformat(),
                    "copies": [_copy_fields(copy) for copy in picture.copies],
                }
                for picture in group.pictures
            ],
        }
        for group in groups
    ]


def _copy_fields(copy: "Copy") -> dict[str, Any]:
    return {"path": str(copy.path), "offline": copy.offline}


def outcomes_fields(outcomes: Iterable["Outcome"]) -> list[dict[str, Any]]:
    return [
        {
            "path": str(outcome.spare.copy.path),
            "kept": str(outcome.spare.keep),
            "done": outcome.done,
            "reason": outcome.reason,
        }
        for outcome in outcomes
    ]


def spares_for_people(spares: Iterable["Spare"]) -> Iterator[str]:
    """What would go, and what stays for it."""
    for spare in spares:
        yield f"  {printable(spare.copy.path)}  (kept: {printable(spare.keep)})"


def outcomes_for_people(outcomes: Sequence["Outcome"], verb: str) -> Iterator[str]:
    for outcome in outcomes:
        if not outcome.done:
            yield f"left alone: {printable(outcome.spare.copy.path)}: {printable(outcome.reason)}"
    done = [outcome.spare.copy for outcome in outcomes if outcome.done]
    left = f", {len(outcomes) - len(done):,} left alone" if len(done) < len(outcomes) else ""
    yield f"{len(done):,} files {verb}, {_size(sum(copy.bytes for copy in done))}{left}"


def _size(count: int) -> str:
    """Bytes as people count them."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"
