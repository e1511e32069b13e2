"""What a library holds, as values that can be compared; read anew from its folder."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photoseek import Library
from store import Photo, Store
from store.folder import LibraryFolder
from store.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class Remembered:
    """A present, searchable path: its content's facts, and its vector's bytes."""

    photo: Photo
    vector: bytes


def state(library: Path) -> dict[Path, Remembered]:
    """Every searchable path; each vector is the same in the cache as in the catalog."""
    store = Store.open(library)
    try:
        return _state(store)
    finally:
        store.close()


def thumbnail_path(library: Library, content_hash: bytes) -> Path:
    """Where a library keeps the thumbnail of a content."""
    return Thumbnails(LibraryFolder(library.path).thumbnails).path(content_hash)


def _state(store: Store) -> dict[Path, Remembered]:
    space = store.catalog.active_space()
    if space is None:
        return {}
    known = [
        row.content_id
        for root in store.catalog.roots()
        for row in store.catalog.known_files(root.id, [space.id])
        if row.present and row.searchable and row.content_id is not None
    ]
    photos = store.catalog.photos(known)
    index = store.vectors(space)
    assert index.count == len(photos) == len(set(known))
    found = {}
    for content_id, photo in photos.items():
        vector = store.catalog.vector(content_id, space.id)
        assert vector is not None
        cached = index.vectors(np.array([content_id], dtype=np.int64))[0]
        assert cached.tobytes() == vector.tobytes()
        assert len(index.search(vector, 3).ids) == min(3, index.count)
        found.update(dict.fromkeys(photo.paths, Remembered(photo, vector.tobytes())))
    assert len(found) == len(known)
    return found


def assert_same(ours: dict[Path, Remembered], theirs: dict[Path, Remembered]) -> None:
    """The same paths, contents and facts; vectors up to the arithmetic of other batch shapes."""
    assert ours.keys() == theirs.keys()
    for path, one in ours.items():
        other = theirs[path]
        assert _facts(one.photo) == _facts(other.photo), path
        first, second = (np.frombuffer(v, dtype=np.float32) for v in (one.vector, other.vector))
        assert float(first @ second) > 0.999, path


def _facts(photo: Photo) -> tuple[object, ...]:
    """All but the id, which depends on the order of reading."""
    names = (name for name in Photo.__slots__ if name != "id")
    return tuple(getattr(photo, name) for name in names)
