"""Paths as a person gives them, made absolute and looked at."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from platformdirs import user_data_path

from errors import PathError
from store import Address, ObjectPath, Place, holds_library, is_address, location

PathLike: TypeAlias = str | os.PathLike[str]


def default_place() -> Place:
    """``$PHOTOSEEK_LIBRARY`` if it is set, else the platform's user-data folder."""
    chosen = os.environ.get("PHOTOSEEK_LIBRARY")
    return place_at(chosen) if chosen else user_data_path("photoseek", appauthor=False) / "library"


def place_at(place: PathLike | Address) -> Place:
    """A library's folder, absolute, or the address of its catalog on a server.

    Raises PathError for an empty path, UsageError for an address that makes no sense.
    """
    if isinstance(place, Address):
        return place
    if isinstance(place, str) and is_address(place):
        return Address.parse(place)
    return absolute(place)


def absolute(path: PathLike) -> Path:
    """An absolute path; ``~`` is a home in a string, and nothing special in a Path."""
    if not os.fspath(path):
        raise PathError("an empty path was given; is a variable unset?")
    expanded = os.path.expanduser(path) if isinstance(path, str) else path  # noqa: PTH111
    return Path(expanded).absolute()


def located(path: PathLike) -> Path:
    """As ``absolute``; also the address of a folder or photograph in object storage (``s3://…``).

    ``file://`` is a path of this machine.
    """
    text = os.fspath(path)
    return location(text) if is_address(text) else absolute(path)


def photo_folder(path: PathLike, known: Sequence[Path]) -> Path:
    """A folder that is there, or that the library knows: its drive may be away."""
    folder = located(path)
    if isinstance(folder, ObjectPath):
        return folder if folder in known else _bucket(folder)
    try:
        resolved = folder.resolve()
        if resolved in known or folder.is_dir():
            return _outside_libraries(resolved)
        exists = folder.exists()
    except OSError as error:
        raise PathError(f"{folder}: cannot be looked at ({error.strerror})") from error
    if exists:
        raise PathError(f"{folder}: not a folder; to index the one it is in: {folder.parent}")
    raise PathError(f"{folder}: no such folder")


def _bucket(folder: ObjectPath) -> Path:
    from indexer.objects import Objects

    Objects(str(folder)).require()
    return folder


def inside_library(folder: Path) -> bool:
    """Whether a folder is a library or lies in one, ours or another's."""
    return any(
        (above / "catalog.db").exists() and holds_library(os.listdir(above))  # noqa: PTH208
        for above in (folder, *folder.parents)
    )


def _outside_libraries(folder: Path) -> Path:
    if inside_library(folder):
        raise PathError(f"{folder}: is a library's own; index a folder of photographs")
    return folder
