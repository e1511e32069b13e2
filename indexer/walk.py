"""Finds the photographs below a folder: one ``stat`` a file, nothing opened, nothing followed."""

import os
import stat
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec

from errors import UsageError
from pictures.formats import SUFFIXES, suffix_of
from store import holds_library

ALWAYS_EXCLUDED = ("$RECYCLE.BIN/", "@eaDir/", "System Volume Information/", "lost+found/")
"""Folders that operating systems and network drives fill with copies or thumbnails of their own."""


@dataclass(frozen=True, slots=True)
class WalkRules:
    """What a root leaves out. ``exclude`` are patterns as in a ``.gitignore`` at the root."""

    exclude: tuple[str, ...] = ()
    hidden: bool = False

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "WalkRules":
        return cls(tuple(stored.get("exclude", ())), bool(stored.get("hidden", False)))

    def to_json(self) -> dict[str, Any]:
        return {"exclude": list(self.exclude), "hidden": self.hidden}

    def skips(self, folder: str) -> bool:
        """Whether a walk does not come to a relative folder: hidden or excluded, or below such."""
        parts = folder.split("/") if folder != "." else []
        if not self.hidden and any(part.startswith(".") for part in parts):
            return True
        spec = self.spec()
        above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        return any(spec.match_file(f"{path}/") for path in above)

    def leaves_out(self, path: str) -> bool:
        """Whether a walk passes by a file, given by its relative path, or does not come to it."""
        folder, _, name = path.rpartition("/")
        if self.skips(folder or ".") or (name.startswith(".") and not self.hidden):
            return True
        return self.spec().match_file(path.replace("\n", " "))

    def spec(self) -> GitIgnoreSpec:
        """The compiled patterns. Raises UsageError for one that cannot be understood."""
        return _compiled(self.exclude)


@cache
def _compiled(exclude: tuple[str, ...]) -> GitIgnoreSpec:
    # A bare * would be final for pathspec: no later !folder/ brings a folder back, as git does.
    lines = ("?*" if line.strip() in ("*", "**") else line for line in exclude)
    try:
        return GitIgnoreSpec.from_lines([*ALWAYS_EXCLUDED, *lines])
    except ValueError as error:
        raise UsageError(f"--exclude {exclude}: {error}") from error


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A photograph by name: ``path`` is relative to the root, with forward slashes."""

    path: str
    bytes: int
    mtime_ns: int


@dataclass(slots=True)
class WalkNotes:
    """What a walk passed by: counts by reason, and what could not be looked at, with the reason.

    ``seen`` counts everything met, photographs or not.
    """

    seen: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, str] = field(default_factory=dict)


def walk(
    root: Path, rules: WalkRules, notes: WalkNotes, *, other_roots: Collection[Path] = ()
) -> Iterator[FoundFile]:
    """Yield every photograph below ``root``; folders in ``other_roots`` are left to themselves.

    ``notes`` is filled on the way. Raises UsageError for a pattern that cannot be understood.
    """
    spec = rules.spec()
    below = [path for path in other_roots if path != root and path.is_relative_to(root)]
    apart = {path.relative_to(root).as_posix() for path in below}
    pending = [""]
    while pending:
        prefix = pending.pop()
        folders: list[str] = []
        for entry in _entries(root, prefix, notes):
            notes.seen += 1
            path = prefix + entry.name
            try:
                kind = _kind(entry, path, rules, spec)
            except OSError as error:  # file systems that need a look to tell a folder from a file
                notes.unreadable[path] = f"cannot be looked at: {error.strerror}"
                continue
            if kind == "folder" and path not in apart:
                folders.append(path + "/")
            elif kind == "photo":
                yield from _found(entry, path, notes)
            elif kind != "folder":
                notes.skipped[kind] += 1
        pending.extend(reversed(folders))


def _entries(root: Path, prefix: str, notes: WalkNotes) -> list["os.DirEntry[str]"]:
    """The entries of a folder by name; one that cannot be listed is noted."""
    try:
        with os.scandir(os.path.join(root, prefix)) as listed:  # noqa: PTH118  (Path is slower)
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError as error:
        notes.unreadable[prefix] = f"folder cannot be read: {error.strerror}"
        return []
    if holds_library([entry.name for entry in entries]):
        notes.skipped["photoseek library"] += 1
        return []
    return entries


def _kind(entry: "os.DirEntry[str]", path: str, rules: WalkRules, spec: GitIgnoreSpec) -> str:
    """``photo``, ``folder``, or the reason to pass by."""
    is_folder = entry.is_dir(follow_symlinks=False)
    is_link = entry.is_symlink()  # to a folder, perhaps, whose name has no suffix
    if not is_folder and not is_link and suffix_of(entry.name) not in SUFFIXES:
        return "not a picture by name"
    if entry.name.startswith(".") and not rules.hidden:
        return "hidden"
    if is_link:
        return "symbolic link"
    plain = path.replace("\n", " ")  # pathspec's wildcards stop at a line's end
    if spec.match_file(plain + "/" if is_folder else plain):
        return "excluded"
    return "folder" if is_folder else "photo"


def _found(entry: "os.DirEntry[str]", path: str, notes: WalkNotes) -> Iterator[FoundFile]:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # gone since the folder was listed
        return
    except OSError as error:
        notes.unreadable[path] = f"cannot be read: {error.strerror}"
        return
    if stat.S_ISREG(status.st_mode):
        yield FoundFile(path, status.st_size, status.st_mtime_ns)
    else:
        notes.skipped["not a regular file"] += 1
