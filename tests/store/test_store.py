"""A library folder: opened, refused, locked, damaged, repaired."""

import json
import logging
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from conftest import in_a_folder
from errors import (
    LibraryDamaged,
    LibraryLocked,
    LibraryTooNew,
    NoLibrary,
    NotALibrary,
    StorageError,
)
from filling import DIMENSION, content, fill, nearest, vector
from postgres import as_text
from store import Address, Batch, FileEntry, FileState, Place, SpaceRecord, Store
from store.replay import MOST_REPLAYED, most_replayed


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    made = Store.create(place)
    yield made
    made.close()


def test_what_was_written_is_there_for_the_next_process(store: Store, place: Place) -> None:
    space = fill(store, 0, 50)
    reopened = Store.open(place)
    assert reopened.catalog.active_space() == space
    assert nearest(reopened, space, 17) == Path("/photos/17.jpg")


def test_the_stored_vector_is_the_given_one_in_half_precision(store: Store) -> None:
    space = fill(store, 0, 3)
    known = store.catalog.find_content(content(2).hash, [space.id])
    assert known is not None
    stored = store.catalog.vector(known.id, space.id)
    np.testing.assert_array_equal(stored, vector(2).astype(np.float16).astype(np.float32))


def test_an_open_reader_sees_what_another_store_commits(store: Store, place: Place) -> None:
    space = fill(store, 0, 20)
    reader = Store.open(place)
    assert nearest(reader, space, 5) == Path("/photos/5.jpg")
    fill(store, 20, 1)
    assert nearest(reader, space, 20) == Path("/photos/20.jpg")


def test_a_missing_file_is_not_found_until_it_returns(store: Store) -> None:
    space = fill(store, 0, 20)
    row = next(r for r in store.catalog.known_files(1, [space.id]) if r.path == "7.jpg")
    with store.writer() as writer:
        writer.set_state([row.id], FileState.MISSING)
    assert store.vectors(space).count == 19
    assert nearest(store, space, 7) != Path("/photos/7.jpg")
    with store.writer() as writer:
        writer.set_state([row.id], FileState.PRESENT)
    assert nearest(store, space, 7) == Path("/photos/7.jpg")


def test_small_changes_are_replayed_and_large_ones_make_a_new_snapshot(
    store: Store, place: Place
) -> None:
    space = fill(store, 0, 100)
    first = snapshot_file(store)
    fill(store, 100, 9)
    assert snapshot_file(store) == first
    assert nearest(Store.open(place), space, 104) == Path("/photos/104.jpg")
    fill(store, 109, 10)
    assert snapshot_file(store) != first
    assert [path.name for path in store.folder.vectors.glob("*.faiss")] == [snapshot_file(store)]


def test_what_is_replayed_is_bounded() -> None:
    assert [most_replayed(count) for count in (0, 100, 12 * MOST_REPLAYED)] == [
        0,
        10,
        MOST_REPLAYED,
    ]


def snapshot_file(store: Store) -> str:
    (described,) = store.folder.vectors.glob("*.json")
    return str(json.loads(described.read_text())["file"])


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fill_with_noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size))


@pytest.mark.parametrize("damage", [flip_a_byte, cut_in_half, empty, fill_with_noise, Path.unlink])
@pytest.mark.parametrize("pattern", ["*.faiss", "*.json"])
def test_a_damaged_cache_is_noticed_said_and_rebuilt(
    store: Store,
    place: Place,
    damage: Callable[[Path], None],
    pattern: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    space = fill(store, 0, 60)
    (path,) = store.folder.vectors.glob(pattern)
    damage(path)
    # To a library on a server this may be another machine, where there was none to be damaged.
    unsaid = isinstance(place, Address) and not list(store.folder.vectors.glob("*.json"))
    with caplog.at_level(logging.WARNING):
        assert nearest(Store.open(place), space, 33) == Path("/photos/33.jpg")
    assert ("rebuilt from the catalog" in caplog.text) != unsaid
    caplog.clear()
    assert nearest(Store.open(place), space, 34) == Path("/photos/34.jpg")
    assert caplog.text == ""


@in_a_folder
def test_a_cache_that_is_gone_is_rebuilt_and_said_once(
    store: Store, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    space = fill(store, 0, 60)
    shutil.rmtree(store.folder.vectors)
    with store.writer(), caplog.at_level(logging.WARNING):  # as while a first run is at work
        assert nearest(Store.open(place), space, 33) == Path("/photos/33.jpg")
    assert caplog.text == ""
    for said in ("there was no vector cache; rebuilt from the catalog", ""):
        assert nearest(Store.open(place), space, 33) == Path("/photos/33.jpg")
        assert said in caplog.text
        assert bool(said) == bool(caplog.text)
        caplog.clear()


def test_the_cache_of_another_library_is_not_believed(
    store: Store, place: Place, tmp_path: Path
) -> None:
    space = fill(store, 0, 60)
    other = Store.create(tmp_path / "other")
    fill(other, 1000, 60)
    shutil.rmtree(store.folder.vectors)
    shutil.copytree(other.folder.vectors, store.folder.vectors)
    assert nearest(Store.open(place), space, 33) == Path("/photos/33.jpg")


@in_a_folder
def test_a_cache_from_the_catalogs_future_is_not_believed(
    store: Store, place: Place, tmp_path: Path
) -> None:
    space = fill(store, 0, 60)
    store.close()
    shutil.copy(store.folder.catalog, tmp_path / "backup.db")
    later = Store.open(place)
    fill(later, 60, 60)
    later.close()
    shutil.copy(tmp_path / "backup.db", store.folder.catalog)
    restored = Store.open(place)
    assert restored.vectors(space).count == 60


def test_no_library(tmp_path: Path) -> None:
    with pytest.raises(NoLibrary, match="photoseek index FOLDER"):
        Store.open(tmp_path / "nothing")


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    for opener in (Store.open, Store.create):
        with pytest.raises(NotALibrary):
            opener(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_in_the_librarys_place(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("")
    for opener in (Store.open, Store.create):
        with pytest.raises(NotALibrary):
            opener(tmp_path / "library")


def test_another_programs_database(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "catalog.db")
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    with pytest.raises(NotALibrary, match="another program"):
        Store.open(tmp_path)


@in_a_folder
def test_a_library_from_a_newer_version(store: Store, place: Place) -> None:
    store.close()
    connection = sqlite3.connect(store.folder.catalog)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(LibraryTooNew, match="9999"):
        Store.open(place)


@in_a_folder
@pytest.mark.parametrize("damage", [fill_with_noise, cut_in_half])
def test_a_damaged_catalog_is_an_error_of_ours(
    store: Store, place: Place, damage: Callable[[Path], None]
) -> None:
    space = fill(store, 0, 3000)
    store.close()
    damage(store.folder.catalog)
    shutil.rmtree(store.folder.vectors)
    with pytest.raises((LibraryDamaged, StorageError)):
        Store.open(place).vectors(space)


def test_a_half_made_library_is_finished(tmp_path: Path) -> None:
    """Killed between the file's birth and its first migration."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "catalog.db").touch()
    store = Store.open(tmp_path / "library")
    assert len(store.catalog.library_id()) == 32


def test_a_second_writer_is_told_who_holds_the_library(store: Store, place: Place) -> None:
    program = (
        "import sys, time; from store import Store, place_of\n"
        "with Store.open(place_of(sys.argv[1])).writer():\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, as_text(place)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(LibraryLocked, match=f"process {holder.pid} .* since 20"),
            store.writer(),
        ):
            pass
        holder.kill()
    fill(store, 0, 1)  # a killed holder holds nothing


def test_reading_goes_on_while_another_writes(store: Store, place: Place) -> None:
    space = fill(store, 0, 20)
    with store.writer():
        assert nearest(Store.open(place), space, 5) == Path("/photos/5.jpg")


AS_ORDINARY_USER = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] * (os.geteuid() == 0)


@in_a_folder
@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not the mode's there")
def test_a_read_only_library_can_be_searched_but_not_written(store: Store) -> None:
    space = fill(store, 0, 20)
    store.close()
    program = (
        "import sys; from pathlib import Path; from store import Store\n"
        "store = Store.open(Path(sys.argv[1])); space = store.catalog.active_space()\n"
        "print(store.vectors(space).count)\n"
        "try:\n  with store.writer(): pass\nexcept Exception as error: print(type(error).__name__)"
    )
    folders = [store.folder.path, store.folder.vectors]
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = subprocess.run(
            [*AS_ORDINARY_USER, sys.executable, "-c", program, str(store.folder.path)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert done.stdout.split() == ["20", "StorageError"], done.stderr
    assert space.active


def test_names_in_any_bytes_come_back_as_they_were(store: Store) -> None:
    name = os.fsdecode(b"caf\xe9 \xff\n.jpg")
    with store.writer() as writer:
        root = writer.add_root(Path("/photos"), {})
        space = writer.open_space("model", "ab" * 16, DIMENSION)
        file = FileEntry(name, 10, 10, content(1))
        writer.write(Batch(root, [file], {space.id: {content(1).hash: vector(1)}}))
    assert nearest(store, space, 1) == Path("/photos") / name


def test_searches_go_on_in_other_threads_while_the_index_catches_up(
    store: Store, place: Place
) -> None:
    space = fill(store, 0, 200)
    reader = Store.open(place)
    with ThreadPoolExecutor(4) as pool:
        for start in range(200, 600, 20):
            asked = [pool.submit(nearest, reader, space, n) for n in range(start - 20, start)]
            fill(store, start, 20)
            paths = [future.result() for future in asked]
            assert paths == [Path(f"/photos/{n}.jpg") for n in range(start - 20, start)]


@in_a_folder
def test_a_restored_backup_that_writes_on_is_never_answered_from_the_old_cache(
    store: Store, place: Place, tmp_path: Path
) -> None:
    """Change numbers and ids are given again; the snapshot of the lost history must be gone."""
    space = fill(store, 0, 40)
    store.close()
    shutil.copy(store.folder.catalog, tmp_path / "backup.db")
    later = Store.open(place)
    fill(later, 40, 20)
    later.close()
    shutil.copy(tmp_path / "backup.db", store.folder.catalog)
    for number in (100, 101, 102):
        restored = Store.open(place)
        fill(restored, number, 1)
        restored.close()
    restored = Store.open(place)
    assert restored.vectors(space).count == 43
    for number in (3, 100, 101, 102):
        assert nearest(restored, space, number) == Path(f"/photos/{number}.jpg")


@pytest.mark.parametrize("wrong", [{"change": "x"}, {"file": 5}, {"count": None}, {"format": 1.0}])
def test_a_description_of_the_wrong_types_is_not_fatal(
    store: Store, place: Place, wrong: dict[str, object]
) -> None:
    space = fill(store, 0, 40)
    (path,) = store.folder.vectors.glob("*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **wrong}))
    assert nearest(Store.open(place), space, 7) == Path("/photos/7.jpg")


def test_a_catalog_is_born_with_its_name_or_not_at_all(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("store.database._name_library", killed)
        with pytest.raises(KeyboardInterrupt):
            Store.create(place)
    assert len(Store.create(place).catalog.library_id()) == 32


def test_a_cache_that_cannot_be_written_loses_nothing(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.folder.vectors.write_text("a file where the folder should be")
    space = fill(store, 0, 30)
    assert "searches start slower" in caplog.text
    assert nearest(store, space, 7) == Path("/photos/7.jpg")


def test_threads_that_save_and_search_do_not_step_on_each_other(
    store: Store, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    space = fill(store, 0, 50)
    with ThreadPoolExecutor(2) as pool:
        for start in range(50, 350, 50):
            asked = [pool.submit(nearest, store, space, number) for number in range(20)]
            fill(store, start, 50)
            assert {future.result() for future in asked}
    assert caplog.text == ""
    assert nearest(Store.open(place), space, 333) == Path("/photos/333.jpg")


@in_a_folder
@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not the mode's there")
def test_one_who_may_only_read_follows_one_who_writes(store: Store, place: Place) -> None:
    space = fill(store, 0, 20)
    program = (
        "import sys; from pathlib import Path; from store import Store\n"
        "store = Store.open(Path(sys.argv[1])); space = store.catalog.active_space()\n"
        "for _ in sys.stdin: print(store.vectors(space).count, flush=True)"
    )
    store.close()
    folders = [store.folder.path, store.folder.vectors]
    for folder in folders:
        folder.chmod(0o555)
    try:
        with subprocess.Popen(
            [*AS_ORDINARY_USER, sys.executable, "-c", program, str(store.folder.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as reader:
            assert reader.stdin is not None
            assert reader.stdout is not None
            for start in range(20, 60, 20):
                reader.stdin.write("\n")
                reader.stdin.flush()
                assert reader.stdout.readline() == f"{start}\n"
                for folder in folders:
                    folder.chmod(0o755)
                fill(Store.open(place), start, 20)
                for folder in folders:
                    folder.chmod(0o555)
            reader.stdin.close()
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert space.active


@in_a_folder
@pytest.mark.parametrize(
    ("holder", "said"),
    [
        ({"pid": 2**22 + 1, "since": "2026-01-01 00:00:00"}, "another process is writing"),
        ({"pid": os.getpid(), "since": "2999-01-01 00:00:00"}, r"process \d+ is writing"),
        ({"pid": os.getpid(), "since": "2026-01-01 00:00:00"}, "since 2026-01-01 00:00:00"),
        ({"pid": os.getpid()}, "another process is writing"),
    ],
)
def test_the_holders_note_is_believed_only_where_it_can_be_true(
    store: Store, holder: dict[str, object], said: str
) -> None:
    """A killed holder's note, a clock that was set back, a note cut short."""
    with store.writer():
        (store.folder.path / "lock.holder").write_text(json.dumps(holder))
        with pytest.raises(LibraryLocked, match=said), store.folder.lock():
            pass


@in_a_folder
def test_a_library_that_grows_is_sorted_into_lists_by_its_writer(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = fill(store, 0, 600)
    assert store.caches.described(space) is None
    monkeypatch.setattr("store.tuning.MOST_EXACT", 700 * space.dimension)
    fill(store, 600, 600)
    assert "tuned at 1,200" in str(store.caches.described(space))
    assert nearest(Store.open(place), space, 855) == Path("/photos/855.jpg")
    fill(store, 1200, 100)  # added to the lists there are
    assert "tuned at 1,200" in str(store.caches.described(space))
    assert nearest(Store.open(place), space, 1250) == Path("/photos/1250.jpg")
    fill(store, 1300, 700)
    assert "tuned at 2,000" in str(store.caches.described(space))
    shutil.rmtree(store.folder.vectors)
    reader = Store.open(place)  # does not stop to sort
    assert nearest(reader, space, 1900) == Path("/photos/1900.jpg")
    assert reader.caches.described(space) is None
    fill(store, 2000, 1)
    assert "lists" in str(store.caches.described(space))
    assert next(store.catalog.changes(space.id, 0)).change == store.vectors(space).change


def opened(store: Store, space: SpaceRecord) -> int:
    """How many lists a search opens."""
    found = re.search(r"(\d+) opened", store.caches.described(space) or "")
    assert found is not None
    return int(found[1])


def test_texts_that_a_space_was_tuned_with_serve_lists_that_are_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOSEEK_LISTS", "always")
    store = Store.create(tmp_path / "library")
    space = fill(store, 0, 1200)
    by_blends = opened(store, space)
    texts = np.tile(vector(7), (20, 1))  # easier than blends
    with store.writer():
        store.caches.tune(space, lambda: texts)
    by_texts = opened(store, space)
    assert by_texts != by_blends
    with store.writer():
        store.caches.rebuild(space)
    assert abs(opened(store, space) - by_texts) < abs(opened(store, space) - by_blends)
    again = Store.open(tmp_path / "library")
    assert nearest(again, space, 7).name == "7.jpg"


def test_damaged_codes_are_found_and_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOSEEK_LISTS", "always")
    monkeypatch.setattr("store.tuning.FEWEST_WITH_CODES", 1000)
    store = Store.create(tmp_path / "library")
    space = fill(store, 0, 1200)
    (codes,) = store.folder.vectors.glob("*.codes")
    codes.write_bytes(codes.read_bytes()[:-1])
    assert nearest(Store.open(tmp_path / "library"), space, 7).name == "7.jpg"
    assert store.caches.why_stale(space) == "the vector cache has damaged codes"
    (found,) = store.caches.differences(space)
    assert found.endswith("has damaged codes")
    with store.writer():
        store.caches.rebuild(space)
    assert store.caches.why_stale(space) is None
    assert not list(store.caches.differences(space))
