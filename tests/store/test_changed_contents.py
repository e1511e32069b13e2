"""Contents say at which change what filters see of them was last touched."""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from store import Batch, ContentFacts, FileEntry, FileState, Place, Store
from store.database import reading
from store.schema import Content

NAMES = ("a", "b", "c")


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    store = Store.create(place)
    with store.writer() as writer:
        root = writer.add_root(Path("/photos"), {})
        space = writer.open_space("model", "ab" * 16, 2)
        files = [FileEntry(f"{name}.jpg", 10, 10, facts(name)) for name in NAMES]
        vector = np.array([1, 0], dtype=np.float32)
        writer.write(Batch(root, files, {space.id: {facts(n).hash: vector for n in NAMES}}))
    yield store
    store.close()


def facts(name: str) -> ContentFacts:
    return ContentFacts(blake2b(name.encode(), digest_size=32).digest(), 10, 640, 480, "JPEG")


def changes(store: Store) -> dict[str, int]:
    """The change of each content, by its name."""
    with reading(store._engine) as connection:
        rows = connection.execute(select(Content.hash, Content.change))
        found = {row.hash: row.change for row in rows}
    return {name: found[facts(name).hash] for name in NAMES if facts(name).hash in found}


def test_a_first_run_stamps_what_it_writes(store: Store) -> None:
    assert changes(store) == dict.fromkeys(NAMES, store.catalog.last_change())


def test_a_touched_file_stamps_its_content_alone(store: Store) -> None:
    before = store.catalog.last_change()
    with store.writer() as writer:
        (known,) = (f for f in store.catalog.known_files(1, [1]) if f.path == "b.jpg")
        writer.write(Batch(1, [FileEntry("b.jpg", 10, 99, facts("b"), file_id=known.id)]))
    assert changes(store) == {"a": before, "b": before + 1, "c": before}


def test_a_file_that_goes_missing_or_is_forgotten_stamps_its_content(store: Store) -> None:
    before = store.catalog.last_change()
    ids = {file.path: file.id for file in store.catalog.known_files(1, [1])}
    with store.writer() as writer:
        writer.set_state([ids["a.jpg"]], FileState.MISSING)
        writer.forget_files([ids["c.jpg"]])
    assert changes(store) == {"a": before + 1, "b": before, "c": before + 2}


def test_a_root_that_moves_stamps_all_it_holds(store: Store) -> None:
    with store.writer() as writer:
        writer.relocate_root(1, Path("/pictures"))
    assert changes(store) == dict.fromkeys(NAMES, store.catalog.last_change())


def test_a_root_that_is_forgotten_stamps_all_it_held(store: Store) -> None:
    with store.writer() as writer:
        writer.remove_root(1)
    assert changes(store) == dict.fromkeys(NAMES, store.catalog.last_change())


def test_vectors_of_another_model_stamp_what_gets_them(store: Store) -> None:
    before = store.catalog.last_change()
    with store.writer() as writer:
        other = writer.open_space("other", "cd" * 16, 2)
        (wanted,) = (k for k, h in store.catalog.searchable().items() if h == facts("b").hash)
        writer.add_vectors(other.id, [wanted], np.array([[0, 1]], dtype=np.float32))
    assert changes(store) == {"a": before, "b": before + 1, "c": before}
