"""Finds the photographs below a folder: one ``stat`` a file, nothing opened."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from pathspec import GitIgnoreSpec

from errors import UsageError
from indexer.objects import ObjectEntry, Objects
from pictures.formats import SUFFIXES, suffix_of
from store import ObjectPath, holds_library

ALWAYS_EXCLUDED = ("$RECYCLE.BIN/", "@eaDir/", "System Volume Information/", "lost+found/")
"""Folders that operating systems and network drives fill with copies or thumbnails of their own."""


Entry: TypeAlias = "os.DirEntry[str] | ObjectEntry"


@dataclass(frozen=True, slots=True)
class WalkRules:
    """What a root leaves out. ``exclude`` are patterns as in a ``.gitignore`` at the root.

    Symbolic links are passed by, unless ``follow_symlinks``: what is behind them is then looked at,
    inside the root or not, each folder once.
    """

    exclude: tuple[str, ...] = ()
    hidden: bool = False
    follow_symlinks: bool = False

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "WalkRules":
        return cls(
            tuple(stored.get("exclude", ())),
            bool(stored.get("hidden", False)),
            bool(stored.get("follow_symlinks", False)),
        )

    def to_json(self) -> dict[str, Any]:
        rules = {"exclude": list(self.exclude), "hidden": self.hidden}
        return {**rules, "follow_symlinks": True} if self.follow_symlinks else rules

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
    """A photograph by name: ``path`` is relative to the root, with forward slashes.

    Of an object, ``mtime_ns`` tells its version too (``indexer.objects``).
    """

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
    walker = _Walker(root, rules, notes, other_roots)
    yield from walker.below("")
    while walker.links:  # after all else, so that a folder is known by its own path if it has one
        yield from walker.behind(walker.links.pop(0))


class _Walker:
    """A walk through folders and, if the rules say so, the links that it met on the way."""

    def __init__(
        self, root: Path, rules: WalkRules, notes: WalkNotes, other_roots: Collection[Path]
    ) -> None:
        self.links: list[str] = []
        self._root, self._rules, self._notes = root, rules, notes
        self._objects = Objects(str(root)) if isinstance(root, ObjectPath) else None
        self._spec = rules.spec()
        self._others = [path for path in other_roots if path != root]
        below = [path for path in self._others if path.is_relative_to(root)]
        self._apart = {path.relative_to(root).as_posix() for path in below}
        self._seen: set[tuple[int, int]] = set()
        """Device and inode of each folder entered, where links are followed."""

    def below(self, start: str) -> Iterator[FoundFile]:
        """Everything below a folder, given by its relative path with a slash at the end."""
        pending = [start]
        while pending:
            prefix = pending.pop()
            folders: list[str] = []
            for entry in self._entries(prefix):
                self._notes.seen += 1
                path = prefix + entry.name
                kind = self._kind(entry, path)
                if kind == "folder" and path not in self._apart:
                    folders.append(path + "/")
                elif kind == "link":
                    self.links.append(path)
                elif kind == "photo":
                    yield from self._found(path, entry.stat)
                elif kind not in ("folder", ""):
                    self._notes.skipped[kind] += 1
            pending.extend(reversed(folders))

    def behind(self, link: str) -> Iterator[FoundFile]:
        """What a symbolic link leads to: a photograph, or everything below a folder."""
        path = self._root / link
        try:
            target = path.resolve(strict=True)
            is_folder = target.is_dir()
        except (OSError, RuntimeError):  # a loop of links is either, by the Python version
            blind = link if suffix_of(link) in SUFFIXES else link + "/"
            self._notes.unreadable[blind] = "symbolic link to nothing; is its drive mounted?"
            return
        if any(target.is_relative_to(other) for other in self._others):
            self._notes.skipped["symbolic link into another folder of the library"] += 1
        elif is_folder:
            yield from self.below(link + "/")
        elif suffix_of(path.name) not in SUFFIXES:
            self._notes.skipped["not a picture by name"] += 1
        else:
            yield from self._found(link, lambda *, follow_symlinks: path.stat())  # noqa: ARG005

    def _entries(self, prefix: str) -> list[Entry]:
        """The entries of a folder by name; one that cannot be listed is noted."""
        try:
            if self._follows_links and not self._is_new(prefix):
                self._notes.skipped["symbolic link to a folder that is looked at anyway"] += 1
                return []
            entries = sorted(self._listed(prefix), key=lambda entry: entry.name)
        except OSError as error:
            self._notes.unreadable[prefix] = f"folder cannot be read: {error.strerror}"
            return []
        if holds_library([entry.name for entry in entries]):
            self._notes.skipped["photoseek library"] += 1
            return []
        return entries

    def _listed(self, prefix: str) -> list[Entry]:
        if self._objects is not None:
            return [*self._objects.entries(prefix)]
        with os.scandir(self._absolute(prefix)) as listed:
            return list(listed)

    @property
    def _follows_links(self) -> bool:
        return self._rules.follow_symlinks and self._objects is None

    def _absolute(self, relative: str) -> str:
        return os.path.join(self._root, relative)  # noqa: PTH118  (Path is slower)

    def _is_new(self, prefix: str) -> bool:
        """Whether a folder was not entered yet, by whatever path: links may go round in circles."""
        status = os.stat(self._absolute(prefix))  # noqa: PTH116
        identity = (status.st_dev, status.st_ino)
        is_new = identity not in self._seen
        self._seen.add(identity)
        return is_new

    def _kind(self, entry: Entry, path: str) -> str:
        """``photo``, ``folder``, ``link`` to follow, or the reason to pass by; empty if noted."""
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
            is_link = entry.is_symlink()  # to a folder, perhaps, whose name has no suffix
        except OSError as error:  # file systems that need a look to tell a folder from a file
            self._notes.unreadable[path] = f"cannot be looked at: {error.strerror}"
            return ""
        if not is_folder and not is_link and suffix_of(entry.name) not in SUFFIXES:
            return "not a picture by name"
        if entry.name.startswith(".") and not self._rules.hidden:
            return "hidden"
        if is_link and not self._rules.follow_symlinks:
            return "symbolic link"
        if self._excludes(path, is_folder=is_folder, is_link=is_link):
            return "excluded"
        return "link" if is_link else "folder" if is_folder else "photo"

    def _excludes(self, path: str, *, is_folder: bool, is_link: bool) -> bool:
        plain = path.replace("\n", " ")  # pathspec's wildcards stop at a line's end
        folder = self._spec.match_file(plain + "/") if is_folder or is_link else False
        return bool(folder or (not is_folder and self._spec.match_file(plain)))

    def _found(
        self, path: str, look: Callable[..., os.stat_result | ObjectEntry]
    ) -> Iterator[FoundFile]:
        try:
            status = look(follow_symlinks=False)
        except FileNotFoundError:  # gone since the folder was listed
            return
        except OSError as error:
            self._notes.unreadable[path] = f"cannot be read: {error.strerror}"
            return
        if stat.S_ISREG(status.st_mode):
            yield FoundFile(path, status.st_size, status.st_mtime_ns)
        else:
            self._notes.skipped["not a regular file"] += 1
