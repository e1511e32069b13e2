"""Finding the files below a folder by its name."""

import re
import unicodedata
from pathlib import PurePath

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from store.engines.words import Phrase, Wanted
from store.schema import File, Root
from store.words import files_with, words_of

Ids = npt.NDArray[np.int64]


def files_below(connection: Connection, folder: str) -> Ids:
    """Files below a folder: a name or several in a row, in any case, anywhere in the path; a path
    that is absolute must begin there."""
    wanted, anchored = wanted_folder(folder)
    found: list[int] = []
    for row in connection.execute(select(Root.id, Root.path)).all():
        root = comparable(row.path).rstrip("/")
        phrase = () if _reaches_into(wanted, f"/{root}/") else words_of(folder)
        for file_id, path in _candidates(connection, row.id, phrase):
            below = f"{root}/{comparable(path)}".rpartition("/")[0] + "/"
            if below.startswith(wanted) if anchored else wanted in f"/{below}":
                found.append(file_id)
    return np.array(found, dtype=np.int64)


def _candidates(
    connection: Connection, root_id: int, phrase: tuple[str, ...]
) -> list[tuple[int, str]]:
    """A root's files, or those whose folders hold a phrase: the index spares reading the rest."""
    statement = select(File.id, File.path).where(File.root_id == root_id)
    if phrase:
        held = files_with(connection, Wanted((Phrase(phrase),)), "folder")
        statement = statement.where(File.id.in_(held))
    return [(file_id, path) for file_id, path in connection.execute(statement)]


def _reaches_into(wanted: str, root: str) -> bool:
    """Whether some of the names may be of the root's own path, which the index does not hold."""
    heads = (wanted[: found.end()] for found in re.finditer("/", wanted))
    return any(root.endswith(head) or head in root for head in heads if head != "/")


def wanted_folder(folder: str) -> tuple[str, bool]:
    """What a folder's name is compared as, between slashes, and whether a path must begin there."""
    wanted = f"/{comparable(folder).strip('/')}/".replace("//", "/")
    return wanted, PurePath(folder).is_absolute()


def comparable(path: str) -> str:
    """In one Unicode form and case: macOS keeps accents apart from their letters."""
    return unicodedata.normalize("NFC", path).lower().replace("\\", "/").replace("://", ":/")
