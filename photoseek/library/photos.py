"""Photographs of the library as a person names them: by path, or as ``id:123``."""

import os
import re
from collections.abc import Sequence

from errors import PathError, QueryError
from photoseek.library.paths import PathLike, located
from store import Store

_ID = re.compile(r"id:(\d{1,18})$")


def id_of(name: PathLike) -> int | None:
    """The number in ``id:123``; None for a path."""
    found = _ID.match(os.fspath(name))
    return int(found[1]) if found else None


def known_photos(store: Store, names: Sequence[PathLike]) -> list[int]:
    """The content ids of photographs in the library, each once, in order.

    Raises PathError for a path that was not indexed, QueryError for an unknown id.
    """
    paths = {name: located(name) for name in names if id_of(name) is None}
    by_path = store.catalog.contents_at(paths.values())
    ids = [by_path.get(paths[name]) if name in paths else id_of(name) for name in names]
    known = store.catalog.photos(key for key in ids if key is not None)
    for name, key in zip(names, ids, strict=True):
        if key not in known:
            _refuse(name)
    return list(dict.fromkeys(key for key in ids if key is not None))


def _refuse(name: PathLike) -> None:
    if id_of(name) is not None:
        raise QueryError(f"{os.fspath(name)}: no photograph of this number; --json shows their ids")
    raise PathError(f"{os.fspath(name)}: not a photograph of the library; index its folder first")
