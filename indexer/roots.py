"""Which folders a library looks after, and by what rules."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from errors import UsageError
from indexer.walk import WalkRules
from store import Catalog, CatalogWriter, RootRecord


def choose_roots(
    catalog: Catalog,
    writer: CatalogWriter,
    folders: Sequence[Path],
    *,
    exclude: Sequence[str] | None = None,
    hidden: bool | None = None,
) -> list[RootRecord]:
    """The roots at, above or below ``folders``, or all of them if there are none.

    A folder that no known root holds becomes a root. ``exclude`` and ``hidden`` change the rules
    of the roots chosen; None leaves a rule as it is. Raises UsageError if they are given for a
    folder inside a root, whose rules they cannot be.
    """
    if exclude is not None or hidden is not None:
        WalkRules(tuple(exclude or ())).spec()  # a pattern that makes no sense is not remembered
        _require_roots(catalog, folders)
    for folder in folders:
        if not any(_reaches(root, folder) for root in catalog.roots()):
            writer.add_root(folder, WalkRules().to_json())
    chosen = [root for root in catalog.roots() if not folders or _touches(root.path, folders)]
    return [_with_rules(writer, root, exclude, hidden=hidden) for root in chosen]


def _reaches(root: RootRecord, folder: Path) -> bool:
    """Whether walking a root by its rules comes to a folder."""
    if not folder.is_relative_to(root.path):
        return False
    return not WalkRules.from_json(root.rules).skips(folder.relative_to(root.path).as_posix())


def _require_roots(catalog: Catalog, folders: Sequence[Path]) -> None:
    for folder in folders:
        for root in catalog.roots():
            if folder != root.path and _reaches(root, folder):
                raise UsageError(
                    f"{folder} is part of {root.path}, whose rules it shares; "
                    f"change them there: photoseek index {root.path} --exclude …"
                )


def _touches(root: Path, folders: Sequence[Path]) -> bool:
    return any(root.is_relative_to(one) or one.is_relative_to(root) for one in folders)


def _with_rules(
    writer: CatalogWriter,
    root: RootRecord,
    exclude: Sequence[str] | None,
    *,
    hidden: bool | None,
) -> RootRecord:
    known = WalkRules.from_json(root.rules)
    rules = WalkRules(
        exclude=known.exclude if exclude is None else tuple(exclude),
        hidden=known.hidden if hidden is None else hidden,
    )
    if rules == known:
        return root
    writer.add_root(root.path, rules.to_json())
    return replace(root, rules=rules.to_json())
