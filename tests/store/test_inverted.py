"""Vectors in lists: nothing is lost, answers are as long as they can be, and as good as tuned."""

import json
from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import UsageError
from store import FaissIndex, VectorChanges, tuning
from store.building import build, is_outgrown, renewed, retuned
from store.inverted import InvertedBase
from store.snapshot_info import SnapshotRejected
from store.snapshots import Snapshots
from store.tuning import Effort, lists_for, outgrown, questions, tuned

DIMENSION = 16
Vectors = npt.NDArray[np.float32]


def unit(rows: npt.ArrayLike) -> Vectors:
    array = np.asarray(rows, dtype=np.float32)
    return np.asarray(array / np.linalg.norm(array, axis=-1, keepdims=True), dtype=np.float32)


def drawn(count: int, seed: int, dimension: int = DIMENSION) -> Vectors:
    """Rows around a few directions, as photographs are."""
    rng = np.random.default_rng(seed)
    centres = unit(np.random.default_rng(99).standard_normal((20, dimension)))
    own = rng.standard_normal((count, dimension)) / np.sqrt(dimension)
    return unit(centres[rng.integers(20, size=count)] + own)


def changes(change: int, ids: Collection[int], removed: Collection[int] = ()) -> VectorChanges:
    vectors = np.stack([drawn(1, key + 1000 * change)[0] for key in sorted(ids)] or [[]])
    return VectorChanges(
        change,
        np.array(sorted(ids), dtype=np.int64),
        vectors.reshape(len(ids), -1 if ids else DIMENSION).astype(np.float16),
        np.array(sorted(removed), dtype=np.int64),
    )


def piece_of(rows: Vectors, change: int = 1) -> VectorChanges:
    """Rows under the ids 1, 2, 3 and so on."""
    ids = np.arange(1, len(rows) + 1)
    return VectorChanges(change, ids, rows.astype(np.float16), np.empty(0, dtype=np.int64))


def in_lists(
    ids: Collection[int], opened: int, lists: int = 6, compared: int | None = None
) -> FaissIndex:
    """An index that opens so many lists and compares so many of what codes find in them."""
    base = InvertedBase.build(drawn(lists, 5), [changes(1, ids)])
    if compared:
        base = base.with_codes()
    ranked = {100: compared} if compared else {}
    effort = Effort({100: opened}, len(ids), 1.0, lists, ranked)
    return FaissIndex(DIMENSION, base.with_effort(effort), 1)


def with_tail_in_lists(index: FaissIndex) -> FaissIndex:
    tail = index.changes()
    assert isinstance(index.base, InvertedBase)
    gone = np.union1d(tail.ids, tail.removed)
    base = index.base.with_changes(gone, tail.ids, tail.vectors.astype(np.float32))
    return FaissIndex(index.dimension, base, index.change)


some = st.sets(st.integers(1, 80), min_size=1, max_size=40)


@settings(deadline=None, max_examples=150)
@given(
    base=some,
    put=some,
    removed=some,
    only=st.none() | some,
    k=st.integers(1, 90),
    compared=st.sampled_from([None, 5, 200]),
)
def test_k_come_back_whenever_k_exist_and_each_with_its_score(
    base: set[int],
    put: set[int],
    removed: set[int],
    only: set[int] | None,
    k: int,
    compared: int | None,
) -> None:
    index = in_lists(base, opened=1, compared=compared)
    index.apply(changes(2, put, removed - put))
    live = ((base - removed) | put) if only is None else ((base - removed) | put) & only
    allowed = None if only is None else np.array(sorted(only), dtype=np.int64)
    query = drawn(1, 7)[0]
    found = index.search(query, k, only=allowed)
    assert len(found.ids) == min(k, len(live))
    assert set(found.ids.tolist()) <= live
    np.testing.assert_allclose(found.scores, index.vectors(found.ids) @ query, atol=1e-5)
    assert (np.diff(found.scores) <= 0).all()


@settings(deadline=None, max_examples=100)
@given(
    base=some,
    put=some,
    removed=some,
    k=st.integers(1, 90),
    compared=st.sampled_from([None, 200]),
    renew=st.booleans(),
)
def test_with_all_lists_open_it_answers_as_one_without_lists(
    base: set[int], put: set[int], removed: set[int], k: int, compared: int | None, renew: bool
) -> None:
    exact = FaissIndex.build(DIMENSION, [changes(1, base)])
    lists = in_lists(base, opened=6, compared=compared)
    for index in (exact, lists):
        index.apply(changes(2, put, removed - put))
    if renew:
        lists = with_tail_in_lists(lists)
    query = drawn(1, 8)[0]
    one, other = exact.search(query, k), lists.search(query, k)
    np.testing.assert_array_equal(one.ids, other.ids)
    np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)
    assert sorted(exact.ids().tolist()) == sorted(lists.ids().tolist())


@settings(deadline=None, max_examples=60)
@given(base=some, put=some, removed=some)
def test_a_tail_goes_into_the_lists_it_belongs_to(
    base: set[int], put: set[int], removed: set[int]
) -> None:
    before = in_lists(base, opened=6)
    before.apply(changes(2, put, removed - put))
    after = with_tail_in_lists(before).base
    assert isinstance(after, InvertedBase)
    live = np.sort(before.ids())
    np.testing.assert_array_equal(after.ids, live)
    np.testing.assert_array_equal(after.vectors(live), before.vectors(live))
    fresh = InvertedBase.build(
        drawn(6, 5),
        [VectorChanges(2, live, before.vectors(live).astype(np.float16), np.empty(0, np.int64))],
    )
    np.testing.assert_array_equal(after.lists_of(live), fresh.lists_of(live))


def test_the_tuned_effort_finds_what_it_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "MOST_EXACT", 100_000)
    rows = drawn(20_000, 1)
    piece = piece_of(rows, change=3)
    index = build(DIMENSION, lambda: [piece], len(rows))
    assert isinstance(index.base, InvertedBase)
    assert index.change == 3
    effort = index.base.effort
    assert effort.trained == len(rows)
    assert effort.recall >= 0.99
    opened = list(effort.opened.values())
    assert opened == sorted(opened)
    assert opened[0] < index.base.index.nlist // 2
    exact = FaissIndex.build(DIMENSION, [piece])
    shares = []
    for query in drawn(100, 2):  # held back
        wanted = set(exact.search(query, 20).ids.tolist())
        shares.append(len(wanted & set(index.search(query, 20).ids.tolist())) / 20)
    assert np.mean(shares) >= 0.99
    monkeypatch.setattr(tuning, "MOST_EXACT", 10_000_000)
    assert is_outgrown(index)
    assert not isinstance(renewed(index, lambda: [piece]).base, InvertedBase)


def far_from_all(rows: Vectors, count: int) -> Vectors:
    """Questions as a model that knows none of the photographs would ask them."""
    return unit(np.random.default_rng(4).standard_normal((count, rows.shape[1])))


def test_lists_are_tuned_for_questions_as_people_ask_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "MOST_EXACT", 10_000)
    rows = drawn(20_000, 1)
    piece = piece_of(rows)
    near = build(DIMENSION, lambda: [piece], 20_000, drawn(200, 8))
    far = retuned(near, far_from_all(rows, 200))
    assert isinstance(near.base, InvertedBase)
    assert isinstance(far.base, InvertedBase)
    assert near.base.effort.opened[20] < far.base.effort.opened[20]
    exact = FaissIndex.build(DIMENSION, [piece])
    shares = []
    for query in far_from_all(rows, 300)[200:]:  # held back
        wanted = set(exact.search(query, 20).ids.tolist())
        shares.append(len(wanted & set(far.search(query, 20).ids.tolist())) / 20)
    assert np.mean(shares) >= 0.985


def test_lists_that_are_empty_have_no_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last are none of a batch that is full before them."""
    monkeypatch.setattr("store.codes._BATCH", 40)
    centroids = drawn(6, 5)
    centroids[2:] = -centroids[:1]
    rows = unit(centroids[np.arange(60) % 2] + 0.1 * drawn(60, 6))
    piece = piece_of(rows)
    base = InvertedBase.build(centroids, [piece]).with_codes()
    sizes = [len(ids) for _, ids, _ in base.each()]
    assert sizes[-1] == 0
    assert sum(sizes) == 60
    codes = base.codes.now()
    assert codes is not None
    assert codes.index.ntotal == 60


def test_codes_find_what_a_scan_of_all_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "MOST_EXACT", 10_000)
    rows, ids = drawn(20_000, 1), np.arange(1, 20_001)
    piece = piece_of(rows)
    index = build(DIMENSION, lambda: [piece], len(rows), far_from_all(rows, 200))
    assert isinstance(index.base, InvertedBase)
    effort = index.base.effort
    compared = effort.candidates(20)
    assert compared is not None
    assert compared < effort.opened[20] * len(rows) / effort.total / 4
    assert f", {compared:,} compared of what codes find (recall 0.99" in str(effort)
    exact = FaissIndex.build(DIMENSION, [piece])
    hidden = set(exact.search(far_from_all(rows, 300)[-1], 500).ids[::3].tolist())
    for only in (None, ids[ids % 2 == 0]):
        shares = []
        for query in far_from_all(rows, 300)[200:]:  # held back
            wanted = exact.search(query, 20, only=only, without=hidden).ids.tolist()
            found = index.search(query, 20, only=only, without=hidden).ids.tolist()
            assert len(found) == 20
            assert not hidden & set(found)
            shares.append(len(set(wanted) & set(found)) / 20)
        assert np.mean(shares) >= 0.985


def test_tuning_with_texts_is_remembered_beside_the_snapshot(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "vectors", "ours")
    index = in_lists(range(1, 300), opened=1)
    snapshots.save("space", index)
    texts = drawn(20, 8)
    tuned_again = retuned(index, texts)
    snapshots.note_tuning("space", tuned_again, texts)
    loaded = snapshots.load("space", DIMENSION, newest=lambda: 1)
    assert loaded is not None
    assert isinstance(loaded.base, InvertedBase)
    assert isinstance(tuned_again.base, InvertedBase)
    assert loaded.base.effort == tuned_again.base.effort
    kept = snapshots.texts("space", DIMENSION)
    assert kept is not None
    np.testing.assert_array_equal(kept, texts)
    assert snapshots.texts("space", DIMENSION + 1) is None
    snapshots.remove("space")
    assert snapshots.texts("space", DIMENSION) is not None
    snapshots.forget("space")
    assert not list((tmp_path / "vectors").iterdir())


def test_tuning_an_index_without_lists_leaves_it_and_remembers_the_texts(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "vectors", "ours")
    index = FaissIndex.build(DIMENSION, [changes(1, range(1, 30))])
    snapshots.save("space", index)
    texts = drawn(20, 8)
    assert retuned(index, texts) is index
    before = (tmp_path / "vectors" / "space.json").read_bytes()
    snapshots.note_tuning("space", index, texts)
    assert (tmp_path / "vectors" / "space.json").read_bytes() == before
    assert snapshots.texts("space", DIMENSION) is not None


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_texts_that_cannot_be_read_are_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "space.texts.npy").write_bytes(content)
    assert Snapshots(tmp_path, "ours").texts("space", DIMENSION) is None


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_a_filter_costs_no_neighbour(share: float) -> None:
    rows = drawn(6000, 3)
    ids = np.arange(1, 6001)
    piece = piece_of(rows)
    base = InvertedBase.build(drawn(64, 5), [piece])
    places = [base.places(query, base.nearest(query, 64)) for query in questions(rows)]
    index = FaissIndex(DIMENSION, base.with_effort(tuned(np.stack(places), 640, 64)))
    exact = FaissIndex.build(DIMENSION, [piece])
    query = drawn(1, 4)[0]
    # those that the question likes least are left in: the nearest lists hold few of them
    only = np.sort(ids[np.argsort(rows @ query)[: int(share * len(ids))]])
    wanted = exact.search(query, 20, only=only)
    found = index.search(query, 20, only=only)
    assert len(set(wanted.ids.tolist()) & set(found.ids.tolist())) >= 19


def test_an_effort_opens_all_lists_for_an_answer_longer_than_tuned() -> None:
    effort = Effort({20: 3, 64: 5}, 1000, 0.99)
    assert [effort.lists(k) for k in (1, 20, 21, 64, 65)] == [3, 3, 5, 5, None]


@given(count=st.integers(1, 10**8), dimension=st.sampled_from([384, 512, 896, 1024]))
def test_lists_are_few_enough_to_fill_and_many_enough_to_pay(count: int, dimension: int) -> None:
    lists = lists_for(count, dimension)
    assert bool(lists) == (count * dimension > tuning.MOST_EXACT)
    if lists:
        assert 2 * np.sqrt(count) < lists < 8 * np.sqrt(count)
        assert not outgrown(count, count, dimension)
        assert outgrown(count, 2 * count, dimension)
    else:
        assert not outgrown(0, count, dimension)


@pytest.mark.parametrize(("forced", "count", "lists"), [("always", 1000, 128), ("always", 999, 0)])
def test_a_person_may_have_lists_made_of_few(
    forced: str, count: int, lists: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOSEEK_LISTS", forced)
    rows = drawn(count, 1)
    piece = VectorChanges(1, np.arange(count), rows.astype(np.float16), np.empty(0, np.int64))
    index = build(DIMENSION, lambda: [piece], count)
    assert getattr(index.base.index, "nlist", 0) == lists
    assert len(index.search(rows[0], 20).ids) == 20
    monkeypatch.delenv("PHOTOSEEK_LISTS")
    assert is_outgrown(index) == bool(lists)


def test_a_person_may_have_all_compared_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOSEEK_LISTS", "never")
    assert not lists_for(10**8, 512)
    assert outgrown(10**8, 10**8, 512)
    monkeypatch.setenv("PHOTOSEEK_LISTS", "sometimes")
    with pytest.raises(UsageError, match="PHOTOSEEK_LISTS is 'sometimes': either always, never"):
        lists_for(10, 512)


def test_a_snapshot_with_lists_comes_back_as_it_was(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "vectors", "ours")
    index = in_lists(range(1, 60), opened=2)
    snapshots.save("space", index)
    loaded = snapshots.load("space", DIMENSION, newest=lambda: 1)
    assert loaded is not None
    assert isinstance(loaded.base, InvertedBase)
    assert isinstance(index.base, InvertedBase)
    assert loaded.base.effort == index.base.effort
    query = drawn(1, 7)[0]
    for k in (1, 20, 59):
        np.testing.assert_array_equal(loaded.search(query, k).ids, index.search(query, k).ids)
    loaded.apply(changes(2, [3, 77], [5]))
    assert set(loaded.search(query, 99).ids.tolist()) == {*range(1, 60), 77} - {5}


def test_a_byte_that_changed_since_it_was_seen_is_found(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, "ours")
    snapshots.save("space", in_lists(range(1, 60), opened=2))
    file = next(tmp_path.glob("*.faiss"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(SnapshotRejected, match="damaged"):
        snapshots.load("space", DIMENSION, newest=lambda: 1)


def coded(folder: Path) -> tuple[Snapshots, FaissIndex]:
    """A snapshot that has codes, and what it was made of."""
    snapshots = Snapshots(folder, "ours")
    index = in_lists(range(1, 200), opened=6, compared=150)
    snapshots.save("space", index)
    return snapshots, index


def answers(index: FaissIndex) -> list[list[int]]:
    return [index.search(query, 20).ids.tolist() for query in drawn(5, 7)]


def test_codes_are_read_by_who_asks_twice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    snapshots, index = coded(tmp_path)
    once, twice = (snapshots.load("space", DIMENSION, newest=lambda: 1) for _ in range(2))
    assert once is not None
    assert twice is not None
    assert isinstance(twice.base, InvertedBase)
    assert answers(twice) == answers(index)
    assert twice.base.codes.now() is not None
    next(tmp_path.glob("*.codes")).unlink()
    assert answers(once) == answers(index)  # it has found out, and compares all in the lists
    assert not caplog.records
    assert isinstance(once.base, InvertedBase)
    assert once.base.codes.now() is None


@pytest.mark.parametrize("cut", [True, False])
def test_damaged_codes_cost_time_and_nothing_else(
    cut: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    snapshots, index = coded(tmp_path)
    file = next(tmp_path.glob("*.codes"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data[:100] if cut else data)
    loaded = snapshots.load("space", DIMENSION, newest=lambda: 1)
    assert loaded is not None
    assert answers(loaded) == answers(index)
    (said,) = (record.getMessage() for record in caplog.records)
    assert said == f"{file} is damaged: searches are slower until photoseek repair"
    with pytest.raises(SnapshotRejected, match="has damaged codes"):
        snapshots.load("space", DIMENSION, newest=lambda: 1, every_byte=True)


def test_a_newer_snapshot_takes_the_place_of_codes_too(tmp_path: Path) -> None:
    snapshots, index = coded(tmp_path)
    index.apply(changes(2, [3, 777], [5]))
    snapshots.save("space", with_tail_in_lists(index))
    assert [path.name for path in tmp_path.glob("*.codes")] == ["space-2.codes"]
    loaded = snapshots.load("space", DIMENSION, newest=lambda: 2)
    assert loaded is not None
    assert answers(loaded) == answers(index)


def test_a_snapshot_of_before_there_were_codes_gets_some_when_it_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "MOST_EXACT", 10_000)
    rows = drawn(20_000, 1)
    piece = piece_of(rows)
    texts = far_from_all(rows, 200)
    index = build(DIMENSION, lambda: [piece], len(rows), texts)
    assert isinstance(index.base, InvertedBase)
    snapshots = Snapshots(tmp_path, "ours")
    snapshots.save("space", index)
    path = tmp_path / "space.json"
    told = json.loads(path.read_text())
    del told["ranked"], told["codes"]
    path.write_text(json.dumps({**told, "format": 2}))
    old = snapshots.load("space", DIMENSION, newest=lambda: 1)
    assert old is not None
    assert isinstance(old.base, InvertedBase)
    assert not old.base.effort.ranked
    new = renewed(old, lambda: [piece], texts).base
    assert isinstance(new, InvertedBase)
    assert new.effort == index.base.effort
    assert new.effort.ranked


@pytest.mark.parametrize("opened", [{"many": 3}, [3], None, {"20": "x"}])
def test_a_description_that_makes_no_sense_is_rejected(tmp_path: Path, opened: object) -> None:
    snapshots = Snapshots(tmp_path, "ours")
    snapshots.save("space", in_lists(range(1, 60), opened=2))
    path = tmp_path / "space.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "opened": opened}))
    with pytest.raises(SnapshotRejected):
        snapshots.load("space", DIMENSION, newest=lambda: 1)
