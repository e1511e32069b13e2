"""Photographs in object storage: fsspec's memory takes its place, with the real indexer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colours import ColourEncoder
from conftest import Paint, aged
from errors import PathError
from indexer import WalkRules
from indexer.objects import entry_of, version_of
from indexer.walk import WalkNotes, walk
from photoseek import Library
from store import location

BUCKET = "memory://bucket"


@pytest.fixture
def bucket() -> Iterator[Any]:
    files = fsspec.filesystem("memory")
    yield files
    files.rm("/bucket", recursive=True)


@pytest.fixture
def there(bucket: Any, photos: Path, paint: Paint) -> Path:
    """Five photographs, in a folder and in the bucket."""
    for number, colour in enumerate(["red", "green", "blue", "yellow", "black"]):
        paint(photos / f"{number % 2}" / f"{colour}.png", colour)
    aged(photos / "1").joinpath("broken.jpg").write_bytes(b"no picture")
    aged(photos / "1" / "broken.jpg")
    bucket.put(f"{photos}/", "/bucket/", recursive=True)
    return photos


def test_a_bucket_is_indexed_as_a_folder_is(library: Library, there: Path, tmp_path: Path) -> None:
    report = library.index(BUCKET)
    with Library.open(tmp_path / "local", encoder=ColourEncoder()) as local:
        expected = local.index(there)
        assert report.counts() == expected.counts()
        assert facts(library) == facts(local)
    assert [str(file.path) for file in report.failed] == [f"{BUCKET}/1/broken.jpg"]
    assert report.failed[0].reason.startswith("not a picture of a known kind")
    assert library.search("red")[0].path == location(f"{BUCKET}/0/red.png")
    assert str(library.similar(f"{BUCKET}/0/red.png")[0].path).startswith(BUCKET)
    found = library.search(f"red in:{BUCKET}/1")
    assert {hit.path.name for hit in found} == {"green.png", "yellow.png"}


def facts(library: Library) -> set[tuple[Any, ...]]:
    catalog = library._store.catalog
    space = catalog.active_space()
    assert space is not None
    rows = set()
    for key, photo in catalog.photos(catalog.searchable()).items():
        vector = catalog.vector(key, space.id)
        assert vector is not None
        seen = (photo.hash, photo.width, photo.perceptual_hash, photo.paths[0].name)
        rows.add((*seen, vector.tobytes()))
    return rows


def test_changes_are_seen(library: Library, there: Path, bucket: Any, paint: Paint) -> None:
    """Another object in its place, one that is gone, one that has moved."""
    library.index(BUCKET, exclude="broken*")
    assert library.index().unchanged == 5
    bucket.rm("/bucket/0/red.png")
    bucket.mv("/bucket/1/green.png", "/bucket/moved.png")
    bucket.pipe_file("/bucket/0/blue.png", paint(there / "new.png", "white").read_bytes())
    report = library.index()
    assert (report.indexed, report.missing, report.moved, report.unchanged) == (1, 1, 1, 2)
    assert library.search("white")[0].path.name == "blue.png"


def test_an_empty_bucket_is_a_drive_that_is_away(
    library: Library, there: Path, bucket: Any, paint: Paint
) -> None:
    library.index(BUCKET)
    kept = paint(there / "kept.png").read_bytes()
    for folder in ("/bucket/0", "/bucket/1"):
        bucket.rm(folder, recursive=True)
    (offline,) = library.index().offline
    assert str(offline.path) == BUCKET
    assert library.search("red")[0].path.name == "red.png"
    bucket.pipe_file("/bucket/0/red.png", kept)
    gone = library.gone(BUCKET)
    assert library.prune(gone).files == 5
    assert library.forget(BUCKET) == 1


@pytest.mark.usefixtures("there")
def test_an_original_is_not_on_this_machine(library: Library, tmp_path: Path) -> None:
    """It can be shown by its thumbnail; whoever wants the file is told where it is."""
    library.index(BUCKET)
    (hit, *_) = library.search("red")
    assert library.thumbnail_of(hit.photo) is not None
    (copied,) = library.copy_hits([hit], tmp_path / "copies")
    assert copied.reason is not None
    assert library.why(f"id:{hit.photo.id}", "red").photo.id == hit.photo.id


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("memory://nothing/here", "no such bucket or folder"),
        ("unheard://bucket", "Protocol not known"),
        ("https://example.org/photos", "not object storage"),
    ],
)
def test_what_is_no_bucket(library: Library, address: str, reason: str) -> None:
    with pytest.raises(PathError, match=reason) as raised:
        library.index(address)
    assert "\n" not in str(raised.value)
    assert not library.path.exists()


def test_rules_hold_in_a_bucket(bucket: Any) -> None:
    for path in ("a/b.jpg", "a/.hidden.jpg", ".b/c.jpg", "raw/d.jpg", "notes.txt", "a/b/c/d.webp"):
        bucket.pipe_file(f"/bucket/{path}", b"1")
    bucket.pipe_file("/bucket/other/catalog.db", b"1")
    notes = WalkNotes()
    found = walk(location(BUCKET), WalkRules(("raw/",)), notes)
    assert sorted(file.path for file in found) == ["a/b.jpg", "a/b/c/d.webp"]
    assert notes.skipped["hidden"] == 2
    assert notes.skipped["excluded"] == 1
    assert not notes.unreadable


@given(st.integers(0, 2**33), st.text(min_size=1), st.text(min_size=1))
def test_a_version_is_a_time_and_a_tag(second: int, tag: str, other: str) -> None:
    first = version_of({"mtime": second, "ETag": tag})
    assert first // 10**9 == second
    assert (first == version_of({"mtime": second, "ETag": other})) == (tag == other)


def test_stores_name_things_differently() -> None:
    moment = "2024-05-01T12:00:00Z"
    entry = entry_of({"name": "b/a.jpg", "size": 3, "type": "file", "updated": moment, "etag": "x"})
    assert (entry.name, entry.st_size, entry.st_mtime_ns // 10**9) == ("a.jpg", 3, 1714564800)
    assert entry_of({"name": "b/c/", "size": None, "type": "directory"}).is_dir()
