"""Putting files where a person named: nothing there is ever overwritten."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from errors import PathError
from photoseek.library.paths import inside_library
from store.files import scratch_name, write_atomically


def target_folder(path: Path, outside: tuple[Path, ...] = ()) -> Path:
    """The folder files are to go to; it may not exist yet. Nothing is created here.

    Raises PathError if it is a file, cannot be written to, is a library's own, or lies in one of
    the folders ``outside`` of which it has to be.
    """
    folder = path.absolute()
    try:
        nearest = next(one for one in (folder, *folder.parents) if one.exists())
        folder = folder.resolve()
    except OSError as error:
        raise PathError(f"{folder}: cannot be looked at ({error.strerror})") from error
    if not nearest.is_dir():
        raise PathError(f"{nearest}: not a folder; give one to put files into")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PathError(f"{nearest}: cannot be written to; give another folder")
    if inside_library(folder):
        raise PathError(f"{folder}: is a library's own; give another folder")
    for root in outside:
        if folder.is_relative_to(root):
            raise PathError(
                f"{folder}: lies in {root}, where it would be found again; give a folder outside"
            )
    return folder


def new_file(path: Path) -> Path:
    """The path, if nothing is there yet. Raises PathError."""
    if os.path.lexists(path):
        raise PathError(f"{path}: exists; give a new name")
    return path


def write_new(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all. Raises PathError if that cannot be."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise PathError(f"{path}: cannot be written ({error.strerror})") from error


def copy_into(source: Path, target: Path) -> Path:
    """Copy a file with its times to ``target``, or to a numbered name beside it; say where."""
    scratch = scratch_name(target)
    try:
        shutil.copy2(source, scratch)
        with free_name(target) as free:
            scratch.replace(free)
    finally:
        scratch.unlink(missing_ok=True)
    return free


@contextmanager
def free_name(path: Path) -> Iterator[Path]:
    """Reserve ``path``, or ``name (2).jpg`` beside it, with an empty file to be replaced.

    The reservation is given up again if what is done in the block fails.
    """
    for number in count(1):
        name = path if number == 1 else path.with_stem(f"{path.stem} ({number})")
        try:
            name.touch(exist_ok=False)
        except FileExistsError:
            continue
        break
    reserved = name.stat().st_ino
    try:
        yield name
    except BaseException:
        if name.stat().st_ino == reserved:  # not what has taken its place
            name.unlink()
        raise


@dataclass(frozen=True, slots=True)
class Copied:
    """A file, and where its copy is or why there is none."""

    source: Path
    target: Path | None = None
    reason: str | None = None


def copy_all(sources: Iterable[Path], folder: Path) -> list[Copied]:
    """Copy files into a folder, which is made if need be; one that cannot be read is said.

    Raises PathError if the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PathError(f"{folder}: cannot be made ({error.strerror})") from error
    return [_copied(source, folder / source.name) for source in sources]


def _copied(source: Path, target: Path) -> Copied:
    try:
        return Copied(source, copy_into(source, target))
    except OSError as error:
        return Copied(source, reason=error.strerror or type(error).__name__)
