"""A catalog on PostgreSQL: refused, locked, restarted, restored; what no folder goes through."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import numpy as np
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from errors import (
    EngineUnreachable,
    LibraryLocked,
    LibraryTooNew,
    NoLibrary,
    NotALibrary,
    PhotoseekError,
    StorageError,
    UsageError,
)
from filling import DIMENSION, content, entry, fill, nearest, vector
from postgres import PASSWORD, Server, as_text
from store import Address, Batch, ContentFacts, FileEntry, RootRecord, Store, database
from store.tags import TagRecord
from store.writer import CatalogWriter


@pytest.fixture
def address(server: Server) -> Address:
    return server.schema()


@pytest.fixture
def library(address: Address) -> Iterator[Store]:
    made = Store.create(address)
    yield made
    made.close()


def refusal(address: Address) -> PhotoseekError:
    with pytest.raises(PhotoseekError) as caught:
        Store.open(address)
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_wrong_password_is_said_and_not_told(server: Server) -> None:
    said = refusal(server.address(password="battery staple"))
    assert isinstance(said, EngineUnreachable)
    assert "refuses this user or password" in str(said)
    assert "battery" not in str(said)


def test_an_unreachable_server_is_said(server: Server) -> None:
    said = refusal(server.address(port=1))
    assert isinstance(said, EngineUnreachable)
    assert "start it, or mend the address" in str(said)


def test_a_database_that_is_not_there_is_to_be_made(server: Server) -> None:
    said = refusal(server.address(database="nothing"))
    assert isinstance(said, NoLibrary)
    assert "createdb nothing" in str(said)


def test_an_empty_schema_is_no_library_yet(address: Address) -> None:
    assert isinstance(refusal(address), NoLibrary)


def test_another_programs_tables_are_left_alone(server: Server, address: Address) -> None:
    with server.connect(address) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    for opener in (Store.open, Store.create):
        with pytest.raises(NotALibrary, match="holds other tables"):
            opener(address)


@pytest.mark.usefixtures("library")
def test_a_library_from_a_newer_version(server: Server, address: Address) -> None:
    with server.connect(address) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LibraryTooNew, match="9999"):
        Store.open(address)


@pytest.mark.parametrize("text", ["mysql://h/db", "postgresql://h:port/db", "http://"])
def test_an_address_that_makes_no_sense(text: str) -> None:
    with pytest.raises(UsageError, match="--library"):
        Address.parse(text)


def test_an_address_shows_no_password() -> None:
    shown = str(Address.parse("postgres://me:secret@h/db?password=secret&sslmode=require"))
    assert shown == "postgresql+psycopg://me:***@h/db?sslmode=require"


def write_a_moment(store: Store, *, sharing: bool = False) -> None:
    with store.writer(sharing=sharing):
        pass


def claimed(writer: CatalogWriter, path: str) -> RootRecord:
    """The root at a path, this writer's alone."""
    (root,) = writer.claim(lambda: [_root(writer, Path(path))])
    return root


def _root(writer: CatalogWriter, path: Path) -> RootRecord:
    return RootRecord(writer.add_root(path, {}), path, {}, offline=False)


def test_two_write_about_two_roots_and_never_about_one(library: Store, address: Address) -> None:
    other = Store.open(address)
    with library.writer(sharing=True) as ours, ThreadPoolExecutor(1) as elsewhere:
        claimed(ours, "/photos")

        def write(path: str) -> int:
            with other.writer(sharing=True) as theirs:
                return claimed(theirs, path).id

        assert elsewhere.submit(write, "/trips").result() != 1
        with pytest.raises(LibraryLocked, match="has been writing since 20"):
            elsewhere.submit(write, "/photos").result()
        with pytest.raises(LibraryLocked):
            elsewhere.submit(write_a_moment, other).result()
        claimed(ours, "/more")  # nothing is left of what was refused


def test_who_changes_a_librarys_structure_is_alone(library: Store, address: Address) -> None:
    other = Store.open(address)
    with library.writer(), ThreadPoolExecutor(1) as elsewhere:
        for sharing in (False, True):
            with pytest.raises(LibraryLocked):
                elsewhere.submit(write_a_moment, other, sharing=sharing).result()


def test_a_reader_that_replays_misses_no_change_of_many_writers(
    library: Store, address: Address
) -> None:
    """Numbers are seen in their order: whoever is at one has seen all before it."""
    with library.writer() as writer:
        space = writer.open_space("model", "ab" * 16, DIMENSION)

    def write(number: int) -> None:
        store = Store.open(address)
        with store.writer(sharing=True) as writer:
            root = claimed(writer, f"/photos/{number}")
            for start in range(number * 1000, number * 1000 + 60, 3):
                some = range(start, start + 3)
                vectors = {space.id: {content(n).hash: vector(n) for n in some}}
                writer.write(Batch(root.id, [entry(n) for n in some], vectors))
        store.close()

    reader = Store.open(address)
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number) for number in range(4)]
        while not all(one.done() for one in writers):
            with reader.one_state():
                live = reader.catalog.counts(space.id).photos
                assert reader.vectors(space).count == live
        for one in writers:
            one.result()
    assert reader.vectors(space).count == 240
    assert reader.catalog.last_change() >= 80


def batch(root: int, space: int, start: int, count: int = 5) -> Batch:
    some = range(start, start + count)
    vectors = {space: {content(number).hash: vector(number) for number in some}}
    return Batch(root, [entry(number) for number in some], vectors)


class Restart:
    """A server that is stopped at a step of a transaction, and is back a moment later."""

    def __init__(self, server: Server, step: str) -> None:
        self._server = server
        self._step = step
        self.thread: threading.Thread | None = None

    def __call__(self, step: str) -> None:
        if step == self._step and self.thread is None:
            self._server.stop()
            self.thread = threading.Thread(target=self._later)
            self.thread.start()

    def _later(self) -> None:
        time.sleep(0.5)
        self._server.start()


@pytest.mark.parametrize("step", ["transaction.begun", "transaction.filled"])
def test_a_restart_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    library: Store,
    address: Address,
    server: Server,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    space = fill(library, 0, 5)
    restart = Restart(server, step)
    with library.writer(sharing=True) as writer:
        root = claimed(writer, "/photos")
        with monkeypatch.context() as patched:
            patched.setattr(database, "reach", restart)
            writer.write(batch(root.id, space.id, 5))
        assert restart.thread is not None
        restart.thread.join()
        writer.write(batch(root.id, space.id, 10))
        with ThreadPoolExecutor(1) as elsewhere, pytest.raises(LibraryLocked):
            elsewhere.submit(
                write_a_moment, Store.open(address)
            ).result()  # the locks are ours again
    assert "trying again" in caplog.text
    counts = library.catalog.counts(space.id)
    assert (counts.files, counts.photos) == (15, 15)
    assert nearest(Store.open(address), space, 7) == Path("/photos/7.jpg")


def test_a_batch_whose_end_was_not_known_is_not_doubled(
    library: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server had committed, and its answer was lost."""
    space = fill(library, 0, 5)
    answers = iter([psycopg.OperationalError("server closed the connection unexpectedly")])

    def lost(step: str) -> None:
        if step == "transaction.committed" and (error := next(answers, None)):
            raise DBAPIError("COMMIT", {}, error)

    with library.writer() as writer, monkeypatch.context() as patched:
        patched.setattr(database, "reach", lost)
        writer.write(batch(1, space.id, 5))
    assert next(answers, None) is None
    counts = library.catalog.counts(space.id)
    assert (counts.files, counts.photos) == (10, 10)


def test_who_lost_the_right_to_write_to_another_does_not_write(
    library: Store, address: Address, server: Server
) -> None:
    space = fill(library, 0, 5)
    with ExitStack() as held, ThreadPoolExecutor(1) as elsewhere:
        writer = held.enter_context(library.writer())
        server.stop()
        server.start()
        other = Store.open(address)
        taken = ExitStack()
        elsewhere.submit(lambda: taken.enter_context(other.writer())).result()
        with pytest.raises(LibraryLocked, match="has been writing"):
            writer.write(batch(1, space.id, 5))
        elsewhere.submit(taken.close).result()
        writer.write(batch(1, space.id, 5))
    assert library.catalog.counts(space.id).photos == 10


def test_a_reader_is_told_at_once_that_the_server_is_away(library: Store, server: Server) -> None:
    server.stop()
    try:
        begun = time.monotonic()
        with pytest.raises(EngineUnreachable, match="cannot be reached"):
            library.catalog.roots()
        assert time.monotonic() - begun < 30
    finally:
        server.start()
    assert library.catalog.roots() == []


def test_a_dump_that_is_restored_is_never_answered_from_the_old_cache(
    library: Store, address: Address, server: Server
) -> None:
    """Change numbers are given again; the caches of every machine are of the lost history."""
    space = fill(library, 0, 40)
    dumped = server.dump(address)
    fill(library, 40, 20)
    before = library.is_at_home()
    library.close()
    server.restore(address, dumped)
    time.sleep(1.1)
    assert (before, library.is_at_home()) == (True, False)
    for number in (100, 101, 102):
        restored = Store.open(address)
        fill(restored, number, 1)
        restored.close()
    restored = Store.open(address)
    assert restored.vectors(space).count == 43
    for number in (3, 100, 101, 102):
        assert nearest(restored, space, number) == Path(f"/photos/{number}.jpg")


def test_one_who_may_only_read_can_search_and_not_write(
    library: Store, address: Address, server: Server
) -> None:
    space = fill(library, 0, 20)
    reader = Store.open(server.reader_of(address))
    assert nearest(reader, space, 7) == Path("/photos/7.jpg")
    with pytest.raises(StorageError, match="grant the user its rights"), reader.writer():
        pass


def test_a_folders_library_moves_to_a_server(library: Store, tmp_path: Path) -> None:
    folder = Store.create(tmp_path / "folder")
    space = fill(folder, 0, 30)
    folder.tags.put([TagRecord(1, "Été"), TagRecord(2, "beach")])
    folder.saved.put("Best", "beach")
    folder.close()
    with library.writer():
        merged = library.merge(folder.folder.catalog)
    assert merged.added["contents"] == 30
    ours = library.catalog.space(space.fingerprint)
    assert ours is not None
    assert nearest(library, ours, 17) == Path("/photos/17.jpg")
    assert {one.label for one in library.tags.counts()} == {"Été", "beach"}
    assert library.saved.text("best") == "beach"
    fill(library, 30, 5)  # ids go on after those that came
    assert library.catalog.counts(ours.id).photos == 35


def test_labels_that_differ_by_case_alone_become_one(library: Store, tmp_path: Path) -> None:
    """SQLite tells É from é; here the first of both has the photographs of both."""
    folder = Store.create(tmp_path / "folder")
    fill(folder, 0, 3)
    folder.tags.put([TagRecord(1, "ÉTÉ"), TagRecord(1, "été"), TagRecord(2, "été")])
    folder.saved.put("ÉTÉ", "beach")
    folder.saved.put("été", "sea")
    folder.close()
    with library.writer():
        library.merge(folder.folder.catalog)
    ((label, photos),) = [(one.label.lower(), one.photos) for one in library.tags.counts()]
    assert (label, photos) == ("été", 2)
    assert library.saved.text("Été") in ("beach", "sea")


def test_sessions_are_told_how_to_plan_unless_the_address_says(server: Server) -> None:
    address = server.schema()
    for given, cost in (({}, "1.1"), ({"options": "{} -crandom_page_cost=3"}, "3")):
        query = {k: v.format(address.url.query["options"]) for k, v in given.items()}
        store = Store.create(Address(address.url.update_query_dict(query)))
        with database.reading(store.catalog.engine) as connection:
            asked = text("SELECT current_setting('random_page_cost')")
            assert connection.execute(asked).scalar() == cost
        store.close()


def test_text_of_any_kind_comes_back(library: Store) -> None:
    facts = ContentFacts(b"x" * 32, 1, 4, 3, "JPEG", camera="NIKON\0\0", lens="ф 50 日本")
    with library.writer() as writer:
        root = writer.add_root(Path("/photos"), {"exclude": ["\udcff*"]})
        writer.write(Batch(root, [FileEntry("a.jpg", 1, 1, facts)]))
        writer.finish_scan(root, identity=None, unreadable={"caf\udce9": "why"})
    (known,) = library.catalog.photos([1]).values()
    assert (known.camera, known.lens) == ("NIKON", "ф 50 日本")
    (record,) = library.catalog.roots()
    assert dict(record.unreadable) == {"caf\udce9": "why"}
    assert record.rules == {"exclude": ["\udcff*"]}


@pytest.fixture
def both(library: Store, tmp_path: Path) -> tuple[Store, Store]:
    """The same photographs in a folder's library and in a server's."""
    folder = Store.create(tmp_path / "folder")
    names = [
        "Trips/2023/IMG_2041-Été.jpg",
        "日本/がぎ 01.jpg",
        "a/STRASSE straße.b.jpg",
        "Привет.JPG",
    ]
    names += [".hidden", "a.b.c/x", "Trips/été/2041.jpg", "ΣΑΣ/o'clock & (x).jpg"]
    for store in (folder, library):
        with store.writer() as writer:
            root = writer.add_root(Path("/photos"), {})
            for number, name in enumerate(names):
                taken = datetime(2020, 1, number + 1, 12, 0, 0, 500) if number % 3 else None
                facts = ContentFacts(bytes([number]) * 32, 1, 4, 3, "JPEG", taken_at=taken)
                moment = (1_577_836_800 + 86_400 * number) * 10**9 + number
                writer.write(Batch(root, [FileEntry(name, 1, moment, facts)]))
        store.tags.put([TagRecord(1, "Golden Été"), TagRecord(3, "dog's (day)")])
    return folder, library


WORDS = ["2041", "img 2041", "ete", "été", "e\u0301te\u0301", "がぎ", "日本", "strasse", "straße"]
WORDS += ["привет", "x", "σασ", "o'clock", "golden", "day", "b", "hidden", "a b c", "'", "m²", "…"]


@pytest.mark.parametrize("word", WORDS)
def test_words_are_found_where_sqlite_finds_them(both: tuple[Store, Store], word: str) -> None:
    found = []
    for store in both:
        (where,) = store.catalog.with_words([[word, f"{word} zz"]], most=100)
        found.append(where and [ids.tolist() for ids in (where.names, where.folders, where.tags)])
    assert found[0] == found[1]


def test_the_newest_come_first_on_both_engines(both: tuple[Store, Store]) -> None:
    folder, server = both
    expected = folder.catalog.newest_first().tolist()
    assert server.catalog.newest_first().tolist() == expected
    some = np.array(expected[::2], dtype=np.int64)
    assert server.catalog.newest_first(some).tolist() == expected[::2]


def test_a_killed_writer_leaves_nothing_behind(library: Store, address: Address) -> None:
    space = fill(library, 0, 5)
    program = (
        "import sys, os, signal; from pathlib import Path; from store import Store, place_of\n"
        "import store.database\n"
        "def die(step):\n"
        "    if step == 'transaction.filled': os.kill(os.getpid(), signal.SIGKILL)\n"
        "with Store.open(place_of(sys.argv[1])).writer() as writer:\n"
        "    store.database.reach = die\n"
        "    writer.add_root(Path('/more'), {})\n"
    )
    done = subprocess.run([sys.executable, "-c", program, as_text(address)], check=False)
    assert done.returncode < 0
    assert [root.path for root in library.catalog.roots()] == [Path("/photos")]
    fill(library, 5, 5)
    assert library.catalog.counts(space.id).photos == 10
