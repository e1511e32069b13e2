"""A collection is a cache: caught up, checked, made again, refused if it is another's."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest

from errors import EngineError, EngineUnreachable
from milvus_server import PASSWORD, Faults, milvus_server
from store import Batch, ContentFacts, FileEntry, FileState, SpaceRecord, Store
from store.filters import InFolder
from store.milvus import client as milvus_client
from store.milvus.caches import MilvusCaches
from store.milvus.collection import STATES
from store.milvus.index import MilvusIndex
from store.vector_index import Vector, VectorIndex

DIMENSION = 8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Faults]]:
    with milvus_server(tmp_path_factory.mktemp("milvus") / "vectors.db") as running:
        yield running


@pytest.fixture
def uri(server: tuple[str, Faults]) -> Iterator[str]:
    yield server[0]
    server[1].password = None
    server[1].fail = lambda _name: False


@pytest.fixture
def store(tmp_path: Path, uri: str) -> Iterator[Store]:
    opened = Store.create(tmp_path / "library", vectors=uri)
    yield opened
    opened.close()


def content(number: int) -> ContentFacts:
    digest = blake2b(str(number).encode(), digest_size=32).digest()
    return ContentFacts(digest, 10, 640, 480, "JPEG")


def vector(number: int) -> Vector:
    made = np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = made / np.float32(np.linalg.norm(made))
    return unit


def fill(store: Store, start: int, count: int, folder: str = "a") -> SpaceRecord:
    numbers = range(start, start + count)
    with store.writer() as writer:
        root = writer.add_root(Path("/photos"), {})
        space = writer.open_space("model", "ab" * 16, DIMENSION)
        files = [FileEntry(f"{folder}/{n}.jpg", 10, 10, content(n)) for n in numbers]
        writer.write(Batch(root, files, {space.id: {content(n).hash: vector(n) for n in numbers}}))
    return space


def index_of(store: Store, space: SpaceRecord) -> MilvusIndex:
    index = store.vectors(space)
    assert isinstance(index, MilvusIndex)
    return index


def reopened(store: Store, space: SpaceRecord) -> MilvusIndex:
    """As another process finds it."""
    milvus = caches(store)
    milvus.close()
    return milvus.index(space)


def caches(store: Store) -> MilvusCaches:
    assert isinstance(store.caches, MilvusCaches)
    return store.caches


def nearest(store: Store, index: VectorIndex, number: int, k: int = 1) -> list[int]:
    """The numbers of the photographs nearest to a number's own vector."""
    return [number_of(store, key) for key in index.search(vector(number), k).ids.tolist()]


def number_of(store: Store, key: int) -> int:
    return int(store.catalog.photos([key])[key].paths[0].stem)


def id_of(store: Store, number: int) -> int:
    known = store.catalog.find_content(content(number).hash, [])
    assert known is not None
    return known.id


def test_it_is_filled_and_caught_up_by_change_numbers(
    store: Store, server: tuple[str, Faults]
) -> None:
    space = fill(store, 0, 5)
    assert index_of(store, space).count == 5
    fill(store, 5, 2)
    server[1].calls.clear()
    index = reopened(store, space)
    assert (index.count, index.change) == (7, store.catalog.last_change())
    assert "CreateCollection" not in server[1].calls
    assert nearest(store, index, 6) == [6]


def test_what_is_retired_is_not_found_and_what_comes_back_is(store: Store) -> None:
    space = fill(store, 0, 4)
    assert nearest(store, index_of(store, space), 2) == [2]
    (file,) = (f for f in store.catalog.known_files(1, [space.id]) if f.path == "a/2.jpg")
    with store.writer() as writer:
        writer.set_state([file.id], FileState.MISSING)
    assert nearest(store, index_of(store, space), 2) != [2]
    with store.writer() as writer:
        writer.set_state([file.id], FileState.PRESENT)
    assert nearest(store, index_of(store, space), 2) == [2]


def test_a_file_that_moves_is_found_in_its_new_folder(store: Store) -> None:
    space = fill(store, 0, 3)
    assert index_of(store, space).matching(InFolder("a")).count == 3
    (file,) = (f for f in store.catalog.known_files(1, [space.id]) if f.path == "a/1.jpg")
    with store.writer() as writer:
        writer.write(Batch(1, [FileEntry("b/1.jpg", 10, 10, content(1), file_id=file.id)]))
    index = index_of(store, space)
    assert index.matching(InFolder("a")).count == 2
    assert nearest(store, index.matching(InFolder("b")), 0, 9) == [1]


def test_a_root_that_moves_is_found_where_it_is(store: Store) -> None:
    space = fill(store, 0, 3)
    assert index_of(store, space).matching(InFolder("/photos/a")).count == 3
    with store.writer() as writer:
        writer.relocate_root(1, Path("/elsewhere"))
    assert index_of(store, space).matching(InFolder("/photos/a")).count == 0
    assert index_of(store, space).matching(InFolder("/elsewhere")).count == 3


def test_a_dropped_collection_is_made_again(store: Store) -> None:
    space = fill(store, 0, 4)
    index = index_of(store, space)
    caches(store)._client.drop(index.collection.name)
    assert nearest(store, index, 3) == [3]  # by whoever was searching it
    caches(store)._client.drop(index.collection.name)
    assert nearest(store, reopened(store, space), 3) == [3]


def test_what_cannot_be_loaded_is_made_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    space = fill(store, 0, 4)
    name = index_of(store, space).collection.name
    load, damaged = milvus_client.Client.load, [name]

    def fails_once(client: milvus_client.Client, asked: str) -> None:
        if asked in damaged:
            damaged.remove(asked)
            raise EngineError("a segment is damaged")
        load(client, asked)

    monkeypatch.setattr(milvus_client.Client, "load", fails_once)
    assert reopened(store, space).count == 4
    assert "cannot be loaded (a segment is damaged); made anew" in caplog.text


def test_many_rows_are_sealed_and_found_after_reopening(
    store: Store, server: tuple[str, Faults]
) -> None:
    space = fill(store, 0, 1200)
    server[1].calls.clear()
    index_of(store, space)
    assert "Flush" in server[1].calls
    for number in (7, 1100):
        assert nearest(store, reopened(store, space), number) == [number]


def test_lines_that_were_dropped_make_it_new(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    space = fill(store, 0, 4)
    index_of(store, space)
    caches(store)._client.drop(STATES)
    assert reopened(store, space).count == 4
    assert "made anew from the catalog" in caplog.text


def test_a_crash_before_the_number_only_repeats_work(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = fill(store, 0, 4)
    index_of(store, space)
    fill(store, 4, 3)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("store.milvus.collection.SpaceCollection._note", crash)
        with pytest.raises(KeyboardInterrupt):
            index_of(store, space)
    index = reopened(store, space)
    assert (index.count, nearest(store, index, 5)) == (7, [5])


def test_a_crash_while_it_is_filled_for_the_first_time_begins_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = fill(store, 0, 4)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(milvus_client.Client, "put", crash)
        with pytest.raises(KeyboardInterrupt):
            index_of(store, space)
    assert reopened(store, space).count == 4


@pytest.mark.parametrize("lost", ["row", "vector", "extra", "stale"])
def test_a_lost_write_is_found_at_opening_and_by_verify(
    store: Store, lost: str, caplog: pytest.LogCaptureFixture
) -> None:
    space = fill(store, 0, 6)
    index = index_of(store, space)
    client, name = caches(store)._client, index.collection.name
    fields = [f["name"] for f in client.describe(name)["fields"]]
    (row,) = client.rows(name, f"id == {id_of(store, 2)}", fields)
    row = {
        key: list(value) if key in ("towns", "roots", "folders") else value
        for key, value in row.items()
    }
    if lost == "row":
        client.remove(name, [id_of(store, 2)])
    elif lost == "vector":
        client.put(name, [{**row, "vector": vector(99)}])
    elif lost == "extra":
        client.put(name, [{**row, "id": 77}])
    else:
        client.put(name, [{**row, "change": row["change"] - 1}])
    assert list(caches(store).differences(space)) != []
    mended = reopened(store, space)
    if lost == "vector":  # its stamp is right: only verify compares every vector
        store.caches.rebuild(space)
        mended = index_of(store, space)
    else:
        assert "made anew from the catalog" in caplog.text
    assert nearest(store, mended, 2) == [2]
    assert list(caches(store).differences(space)) == []


def test_a_collection_ahead_of_the_catalog_is_made_anew(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    space = fill(store, 0, 3)
    index = index_of(store, space)
    index.collection._note(replace(index.state, change=99))
    assert reopened(store, space).change == store.catalog.last_change()
    assert "is newer than the catalog" in caplog.text


def test_a_collection_of_another_library_is_refused_by_name(store: Store) -> None:
    space = fill(store, 0, 3)
    index = index_of(store, space)
    line = json.dumps(asdict(replace(index.state, library="f" * 32)))
    row = {"name": index.collection.name, "state": line, "vector": [0.0, 0.0]}
    caches(store)._client.put(STATES, [row])
    with pytest.raises(EngineError, match="is of library ffffffff"):
        reopened(store, space)


def test_a_collection_of_another_dimension_is_refused_by_name(store: Store) -> None:
    space = fill(store, 0, 3)
    index_of(store, space)
    caches(store).close()
    with pytest.raises(EngineError, match="dimension 8, model has 16"):
        caches(store).index(replace(space, dimension=16))


def test_a_wrong_password_is_one_line_that_does_not_tell_it(
    store: Store, server: tuple[str, Faults], monkeypatch: pytest.MonkeyPatch
) -> None:
    space = fill(store, 0, 3)
    server[1].password = PASSWORD
    monkeypatch.setenv("PHOTOSEEK_VECTORS_TOKEN", "root:Wrong")
    with pytest.raises(EngineUnreachable, match="refuses the password") as caught:
        store.vectors(space)
    assert "Wrong" not in str(caught.value)
    monkeypatch.setenv("PHOTOSEEK_VECTORS_TOKEN", PASSWORD)
    assert reopened(store, space).count == 3


def test_an_engine_that_goes_down_in_the_middle_loses_nothing(
    store: Store,
    server: tuple[str, Faults],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(milvus_client, "WRITE_S", 0.3)
    space = fill(store, 0, 3)
    index_of(store, space)
    fill(store, 3, 3)
    server[1].fail = lambda name: name == "Upsert"
    store.caches.save(space)  # as an index run ends
    assert "does not answer" in caplog.text
    assert all(record.exc_info is None for record in caplog.records)
    server[1].fail = lambda _name: False
    assert nearest(store, reopened(store, space), 5) == [5]


def test_a_call_that_fails_once_is_tried_again(store: Store, server: tuple[str, Faults]) -> None:
    space = fill(store, 0, 3)
    failures = iter([True, False])
    server[1].fail = lambda name: name == "Upsert" and next(failures, False)
    assert index_of(store, space).count == 3


def test_a_model_that_is_forgotten_takes_its_collection_along(store: Store) -> None:
    space = fill(store, 0, 3)
    name = index_of(store, space).collection.name
    store.drop_caches([space])
    assert not caches(store)._client.has(name)


def test_more_than_milvus_gives_at_a_time_is_compared_here(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = fill(store, 0, 30)
    index = index_of(store, space)
    expected = index.search(vector(7), 20)
    monkeypatch.setattr("store.milvus.index.WINDOW", 10)
    monkeypatch.setattr("store.milvus.index.PIECE", 7)
    found = index.search(vector(7), 20)
    assert found.ids.tolist() == expected.ids.tolist()
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)


def test_other_kinds_of_index_find_the_same(tmp_path: Path, uri: str) -> None:
    for kind in ("HNSW", "IVF_SQ8"):
        with_kind = Store.create(tmp_path / kind, vectors=f"{uri}?index={kind}")
        try:
            space = fill(with_kind, 0, 300)
            index = index_of(with_kind, space)
            assert index.state.plan.kind == kind
            best = sorted(range(300), key=lambda n: -float(vector(n) @ vector(7)))[:5]
            found = nearest(with_kind, index, 7, 5)
            assert found[0] == 7
            assert len(set(found) & set(best)) >= 4
            score = index.search(vector(7), 1).scores[0]
            np.testing.assert_allclose(score, 1.0, atol=2e-3)  # by the exact vectors
        finally:
            with_kind.close()


def test_a_library_that_outgrows_its_index_gets_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = fill(store, 0, 20)
    assert index_of(store, space).state.plan.kind == "FLAT"
    monkeypatch.setattr("store.milvus.plans.MOST_FLAT", 10)
    store.caches.save(space)
    index = index_of(store, space)
    assert index.state.plan.kind == "HNSW"
    assert nearest(store, index, 7) == [7]
