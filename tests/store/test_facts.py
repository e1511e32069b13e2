"""Small facts of a committed state: read once for each, and never told of another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from errors import NoLibrary
from filling import fill
from statements import counted
from store import Store, catalog
from store.database import reading, writing
from store.engines.sqlite import open_engine
from store.facts import remembered
from store.schema import Meta
from store.statements import meta

NOTE = "note"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A catalog with a note in ``meta``."""
    Store.create(tmp_path).close()
    opened = open_engine(tmp_path / "catalog.db", read_only=False)
    with writing(opened) as connection:
        connection.execute(insert(Meta).values(key=NOTE, value="first"))
    yield opened
    opened.dispose()


def told(engine: Engine) -> str:
    with reading(engine) as connection:
        return meta(connection)[NOTE]


def write(engine: Engine, value: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(Meta).where(Meta.key == NOTE).values(value=value))


def test_a_fact_is_read_once_for_a_state(engine: Engine) -> None:
    assert told(engine) == "first"
    with counted(engine) as statements:
        assert told(engine) == "first"
        assert told(engine) == "first"
    assert {statement for statement in statements if "meta" in statement} == set()


def test_own_writing_is_seen_at_once(engine: Engine) -> None:
    assert told(engine) == "first"
    write(engine, "second")  # by the very connection that has just read: the pool has no other
    assert told(engine) == "second"


def test_what_another_process_writes_is_seen_at_once(engine: Engine, tmp_path: Path) -> None:
    other = open_engine(tmp_path / "catalog.db", read_only=False)
    for number in range(5):
        write(other, str(number))
        assert told(engine) == str(number)
        assert told(other) == str(number)
    other.dispose()


def test_a_transaction_keeps_the_state_it_began_with(engine: Engine, tmp_path: Path) -> None:
    other = open_engine(tmp_path / "catalog.db", read_only=False)
    with reading(engine) as connection:
        assert meta(connection)[NOTE] == "first"
        write(other, "second")
        assert meta(connection)[NOTE] == "first"
    assert told(engine) == "second"
    other.dispose()


def test_what_was_rolled_back_is_told_by_nobody(engine: Engine) -> None:
    class Stopped(Exception):
        pass

    assert told(engine) == "first"

    def write_and_stop() -> None:
        with writing(engine) as connection:
            connection.execute(update(Meta).where(Meta.key == NOTE).values(value="never"))
            assert meta(connection)[NOTE] == "never"  # a writer sees its own
            raise Stopped

    with pytest.raises(Stopped):
        write_and_stop()
    assert told(engine) == "first"


def test_facts_of_other_keys_are_other_facts(engine: Engine) -> None:
    with reading(engine) as connection:
        assert remembered(connection, ("a", 1), lambda _: "one") == "one"
        assert remembered(connection, ("a", 2), lambda _: "two") == "two"
        assert remembered(connection, ("a", 1), lambda _: "three") == "one"


def test_connections_that_are_not_kept_remember_nothing_wrong(
    engine: Engine, tmp_path: Path
) -> None:
    frozen = open_engine(tmp_path / "catalog.db", read_only=True)
    assert told(frozen) == "first"
    write(engine, "second")
    assert told(frozen) == "second"
    frozen.dispose()


def test_there_is_no_state_of_no_library(tmp_path: Path) -> None:
    with pytest.raises(NoLibrary):
        Store.open(tmp_path / "nowhere")


def test_photographs_that_were_found_are_not_read_again_until_something_changes(
    tmp_path: Path,
) -> None:
    store = Store.create(tmp_path / "library")
    fill(store, 0, 20)
    with counted(store._engine) as statements:
        first = store.catalog.photos([1, 2, 99])
        assert store.catalog.photos([2, 1]) == first
        assert store.catalog.photos([99, 2]) == {2: first[2]}
    assert len([one for one in statements if "content" in one]) == 2
    with store.writer() as writer:
        root = store.catalog.roots()[0]
        writer.remove_root(root.id)
    assert store.catalog.photos([1, 2]) == {}


def test_many_photographs_are_read_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "MOST_KNOWN", 10)
    store = Store.create(tmp_path / "library")
    fill(store, 0, 40)
    assert set(store.catalog.photos(range(1, 41))) == set(range(1, 41))
    for start in range(1, 33):  # what is known is thrown away again and again
        assert set(store.catalog.photos(range(start, start + 8))) == set(range(start, start + 8))
