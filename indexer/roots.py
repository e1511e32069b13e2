"""Which folders a library looks after, and by what rules."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from errors import UsageError
from indexer.sources import size_at
from indexer.walk import WalkRules
from store import Catalog, CatalogWriter, KnownFile, RootRecord

NOT_YET = 0
"""The id of a root that is not in the catalog."""
SAMPLE = 200
"""Files that are looked for to tell whether a folder is the one that is known."""


def choose_roots(
    catalog: Catalog,
    writer: CatalogWriter,
    folders: Sequence[Path],
    *,
    exclude: Sequence[str] | None = None,
    hidden: bool | None = None,
    follow_symlinks: bool | None = None,
) -> list[RootRecord]:
    """As ``wanted_roots``, with new roots and new rules remembered."""
    known = catalog.roots()
    wanted = wanted_roots(
        known, folders, exclude=exclude, hidden=hidden, follow_symlinks=follow_symlinks
    )
    return [
        root if root in known else replace(root, id=writer.add_root(root.path, root.rules))
        for root in wanted
    ]


def wanted_roots(
    known: Sequence[RootRecord],
    folders: Sequence[Path],
    *,
    exclude: Sequence[str] | None = None,
    hidden: bool | None = None,
    follow_symlinks: bool | None = None,
) -> list[RootRecord]:
    """The roots at, above or below ``folders``, or all of them if there are none.

    A folder that no known root holds becomes a root. The others are as in ``WalkRules`` and change
    the rules of the roots chosen; None leaves a rule as it is. Raises UsageError if they are given
    for a folder inside a root, whose rules they cannot be.
    """
    if any(rule is not None for rule in (exclude, hidden, follow_symlinks)):
        WalkRules(tuple(exclude or ())).spec()  # a pattern that makes no sense is not remembered
        _require_roots(known, folders)
    roots = list(known)
    for folder in folders:
        if not any(_reaches(root, folder) for root in roots):
            roots.append(RootRecord(NOT_YET, folder, WalkRules().to_json(), offline=False))
    chosen = [root for root in roots if not folders or _touches(root.path, folders)]
    return [
        _with_rules(root, exclude, hidden=hidden, follow_symlinks=follow_symlinks)
        for root in chosen
    ]


def resemblance(known: Sequence[KnownFile], folder: Path) -> tuple[int, int]:
    """How many of some known files are below a folder with their size, and of how many."""
    rows = [row for row in known if row.present] or list(known)
    step = max(1, len(rows) // SAMPLE)
    sample = list(islice(rows, 0, None, step))
    return sum(size_at(folder, row.path) == row.bytes for row in sample), len(sample)


def root_of(roots: Iterable[RootRecord], folder: Path) -> RootRecord | None:
    """The root that a folder is, or is in: the innermost."""
    holding = [root for root in roots if folder.is_relative_to(root.path)]
    return max(holding, key=lambda root: len(root.path.parts), default=None)


def _reaches(root: RootRecord, folder: Path) -> bool:
    """Whether walking a root by its rules comes to a folder."""
    if not folder.is_relative_to(root.path):
        return False
    return not WalkRules.from_json(root.rules).skips(folder.relative_to(root.path).as_posix())


def _require_roots(known: Sequence[RootRecord], folders: Sequence[Path]) -> None:
    for folder in folders:
        for root in known:
            if folder != root.path and _reaches(root, folder):
                raise UsageError(
                    f"{folder} is part of {root.path}, whose rules it shares; "
                    f"change them there: photoseek index {root.path} --exclude …"
                )


def _touches(root: Path, folders: Sequence[Path]) -> bool:
    return any(root.is_relative_to(one) or one.is_relative_to(root) for one in folders)


def _with_rules(
    root: RootRecord,
    exclude: Sequence[str] | None,
    *,
    hidden: bool | None,
    follow_symlinks: bool | None,
) -> RootRecord:
    known = WalkRules.from_json(root.rules)
    rules = WalkRules(
        exclude=known.exclude if exclude is None else tuple(exclude),
        hidden=known.hidden if hidden is None else hidden,
        follow_symlinks=known.follow_symlinks if follow_symlinks is None else follow_symlinks,
    )
    return root if rules == known else replace(root, rules=rules.to_json())
