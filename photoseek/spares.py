"""Links, moves and trashes spare copies: the only code that changes a folder of photographs.

Called on explicit request alone. Right before each act both files are read again: the one that
stays must still hold what was indexed, and be another file than the one that goes.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from errors import PathError
from photoseek.placing import copy_into, free_name
from search.spares import Spare
from store.files import scratch_name

Act = Callable[[Spare], None]

_FICLONE = 0x40049409
"""Linux's ioctl for sharing a file's blocks (btrfs, XFS, bcachefs)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a spare: done, or left alone for a reason."""

    spare: Spare
    reason: str | None = None

    @property
    def done(self) -> bool:
        return self.reason is None


def carry_out(spares: Iterable[Spare], act: Act) -> Iterator[Outcome]:
    """Act on each after checking it; one that cannot be is left alone and said."""
    for spare in spares:
        try:
            check(spare)
            act(spare)
        except PathError as error:
            yield Outcome(spare, str(error))
        except OSError as error:
            yield Outcome(spare, error.strerror or type(error).__name__)
        else:
            yield Outcome(spare)


def check(spare: Spare) -> None:
    """Raise PathError unless both files are what they were and not one and the same."""
    kept, going = _status(spare.keep), _status(spare.copy.path)
    if (kept.st_dev, kept.st_ino) == (going.st_dev, going.st_ino):
        raise PathError(f"is one file with {spare.keep} already")
    for path, expected in ((spare.keep, spare.keep_hash), (spare.copy.path, spare.hash)):
        if blake3(path.read_bytes()).digest() != expected:
            raise PathError(f"{path} has changed since it was indexed; run: photoseek index")


def link(spare: Spare) -> None:
    """Put the kept file's own blocks in the place of the copy: a reflink where the file system
    knows them, so that later edits stay apart, else a hard link."""
    path = spare.copy.path
    before = path.stat()
    scratch = scratch_name(path)
    try:
        if not _reflink(spare.keep, scratch, like=path):
            os.link(spare.keep, scratch)
        if path.stat() != before:
            raise PathError("was changed just now")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def move_into(folder: Path) -> Act:
    """An act that moves copies below ``folder``, by the folders they were in; never overwrites."""

    def move(spare: Spare) -> None:
        path = spare.copy.path
        target = folder.joinpath(*path.parts[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.parent.stat().st_dev == path.stat().st_dev:
            with free_name(target) as free:
                path.replace(free)
        else:
            _move_across(path, target, spare.hash)

    return move


def trash(spare: Spare) -> None:
    """Move a copy to the platform's trash."""
    from send2trash import TrashPermissionError, send2trash

    try:
        send2trash(str(spare.copy.path))
    except TrashPermissionError as error:
        raise PathError(f"no trash can be used on its drive ({error})") from error


def _status(path: Path) -> os.stat_result:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise PathError(f"{path} is not a plain file")
    return status


def _move_across(path: Path, target: Path, expected: bytes) -> None:
    """Copy to another drive, read the copy back, and only then let go of the original."""
    written = copy_into(path, target)
    if blake3(written.read_bytes()).digest() != expected:
        written.unlink()
        raise PathError(f"could not be copied whole to {written}")
    path.unlink()


def _reflink(source: Path, target: Path, *, like: Path) -> bool:
    """Share blocks with ``source`` in a new file with the times and mode of ``like``."""
    import shutil

    try:
        import fcntl
    except ImportError:  # Windows
        return False
    with source.open("rb") as reading, target.open("xb") as writing:
        try:
            fcntl.ioctl(writing.fileno(), _FICLONE, reading.fileno())
        except OSError:
            shared = False
        else:
            shared = True
    if shared:
        shutil.copystat(like, target)
    else:
        target.unlink()
    return shared
