"""Tags and saved searches, as the catalog keeps them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from store import Batch, ContentFacts, FileEntry, FileState, Place, Store, TagRecord, TagSource
from store.schema import Base

WORDS = {"source": TagSource.WORDS, "model": "mini", "fingerprint": "ab"}


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """A library of three photographs, whose contents have the ids 1 to 3."""
    opened = Store.create(place)
    with opened.writer() as writer:
        root = writer.add_root(Path("/photos"), {})
        for number in (1, 2, 3):
            facts = ContentFacts(bytes([number]) * 32, 1, 4, 3, "JPEG")
            writer.write(Batch(root, [FileEntry(f"{number}.jpg", 1, 1, facts)]))
    yield opened
    opened.close()


def labels(store: Store, content_id: int) -> list[str]:
    return [tag.label for tag in store.tags.of([content_id]).get(content_id, [])]


def test_tags_are_kept_with_the_model_that_gave_them(store: Store) -> None:
    given = TagRecord(1, "beach", score=0.75, **WORDS)  # type: ignore[arg-type]
    store.tags.put([given, TagRecord(1, "holiday")])
    assert store.tags.of([1, 2]) == {1: [TagRecord(1, "holiday"), given]}


def test_a_tag_is_given_once_a_source_in_any_case(store: Store) -> None:
    store.tags.put([TagRecord(1, "Beach"), TagRecord(1, "beach")])
    store.tags.put([TagRecord(1, "BEACH")])
    store.tags.put([TagRecord(1, "beach", score=0.5, **WORDS)])  # type: ignore[arg-type]
    assert len(labels(store, 1)) == 2


def test_replacing_labels_leaves_those_by_hand(store: Store) -> None:
    store.tags.put([TagRecord(1, "dog"), TagRecord(2, "dog", **WORDS)])  # type: ignore[arg-type]
    new = TagRecord(3, "dog", score=0.9, **WORDS)  # type: ignore[arg-type]
    store.tags.replace(["DOG"], TagSource.WORDS, [new])
    assert [labels(store, number) for number in (1, 2, 3)] == [["dog"], [], ["dog"]]


def test_removing_takes_a_label_from_some_or_from_all(store: Store) -> None:
    store.tags.put(TagRecord(number, label) for number in (1, 2, 3) for label in ("a", "b"))
    assert store.tags.remove(["A"], [1, 3]) == 2
    assert [labels(store, number) for number in (1, 2, 3)] == [["b"], ["a", "b"], ["b"]]
    assert store.tags.remove(["b"]) == 3
    assert store.tags.remove(["never"]) == 0


def test_counts_are_of_photographs_that_are_here(store: Store) -> None:
    store.tags.put(TagRecord(number, "x") for number in (1, 2, 3))
    with store.writer() as writer:
        writer.set_state([1], FileState.MISSING)
    (count,) = store.tags.counts()
    assert (count.label, count.source, count.photos) == ("x", TagSource.HAND, 2)


def test_forgetting_a_picture_forgets_its_tags(store: Store) -> None:
    store.tags.put([TagRecord(1, "x")])
    with store.writer() as writer:
        writer.forget_files([1])
        writer.forget_unheld()
    assert store.tags.counts() == []


def test_saved_searches_have_one_text_a_name(store: Store) -> None:
    store.saved.put("Beaches", "beach")
    store.saved.put("beaches", "beach july 2023")
    store.saved.put("alps", "snow")
    assert [(s.name, s.text) for s in store.saved.all()] == [
        ("alps", "snow"),
        ("beaches", "beach july 2023"),
    ]
    assert store.saved.text("BEACHES") == "beach july 2023"
    assert store.saved.remove("Beaches")
    assert not store.saved.remove("Beaches")
    assert store.saved.text("beaches") is None


def test_the_migrations_make_what_the_schema_says(store: Store) -> None:
    inspector = inspect(store._engine)
    for table in Base.metadata.sorted_tables:
        columns = {
            column["name"]: column["nullable"] for column in inspector.get_columns(table.name)
        }
        assert columns == {column.name: column.nullable for column in table.columns}
        made = inspector.get_indexes(table.name)
        indexes = {one["name"] for one in made if "duplicates_constraint" not in one}
        assert indexes == {index.name for index in table.indexes}
