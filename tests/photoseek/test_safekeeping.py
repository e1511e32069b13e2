"""Verify says what is wrong, repair mends it; backups, restored and merged libraries are whole."""

import json
import logging
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from PIL import Image

from colours import COLOURS, ColourEncoder
from conftest import Paint
from errors import LibraryDamaged, NoLibrary, NotALibrary, PathError, UsageError
from photoseek import Library
from states import assert_same, state, thumbnail_path
from store.salvage import salvage

Damage: TypeAlias = Callable[[Path], None]
PAGE = 4096


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred pictures in eight colours; a test that changes them puts them back."""
    folder = tmp_path_factory.mktemp("safekeeping") / "photos"
    folder.mkdir()
    for number in range(200):
        draw(folder, number)
    return folder


def draw(folder: Path, number: int) -> None:
    """A picture that only its number gives."""
    image = Image.new("RGB", (32, 24), [*COLOURS.values()][number % 8])
    for bit in range(8):
        if number >> bit & 1:
            image.putpixel((bit, 0), (128, 128, 128))
    image.save(folder / f"{number:03d}.png")


@pytest.fixture(scope="module")
def indexed(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("indexed") / "library"
    with Library.open(path, encoder=ColourEncoder()) as library:
        assert library.index(pictures).indexed == 200
    return path


@pytest.fixture
def many(indexed: Path, library: Library) -> Library:
    """A library of the two hundred."""
    shutil.copytree(indexed, library.path)
    return library


def texts(library: Library) -> str:
    return "\n".join(f"{found.part}: {found.text}" for found in library.verify().findings)


def execute(library: Library, *statements: str) -> None:
    library.close()
    connection = sqlite3.connect(library.path / "catalog.db")
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x10
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def swap_with_a_neighbour(path: Path) -> None:
    (other, *_) = (one for one in path.parent.parent.rglob("*.jpg") if one != path)
    shutil.copy(other, path)


def test_a_sound_library_is_sound_and_repair_leaves_it_alone(many: Library) -> None:
    assert many.verify().sound
    before = (many.path / "catalog.db").read_bytes()
    repaired = many.repair()
    assert (repaired.salvaged, repaired.report, repaired.thumbnails) == (None, None, 0)
    assert (many.path / "catalog.db").read_bytes() == before


def test_verify_ends_with_0_or_1_and_says_what_to_do(many: Library) -> None:
    command = [sys.executable, "-m", "photoseek", "verify", "--library", str(many.path)]
    sound = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (sound.returncode, sound.stderr) == (0, "")
    execute(many, "UPDATE files SET state = 'lost' WHERE id = 7")
    wrong = subprocess.run(command, capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert wrong.stdout.splitlines()[-1] == "to mend it: photoseek repair"
    listed = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    (finding,) = (f for f in json.loads(listed.stdout)["findings"] if "state" in f["text"])
    assert finding["part"] == "catalog"


WRONG = {
    "contents with length(hash) != 32": "UPDATE contents SET hash = x'00' WHERE id = 7",
    "width IS NULL": "UPDATE contents SET width = NULL WHERE id = 7",
    "belong to no row of contents": "DELETE FROM contents WHERE id = 7",
    "belong to no row of roots": "UPDATE files SET root_id = 99 WHERE id = 7",
    "state NOT IN": "UPDATE files SET state = 'lost' WHERE id = 7",
    "vectors of a wrong length": "UPDATE embeddings SET vector = x'0000' WHERE id = 7",
    "not finite or not of unit length": "UPDATE embeddings SET vector = zeroblob(16) WHERE id = 7",
    "not finite": "UPDATE embeddings SET vector = x'007e007e007e007e007e007e007e007e' WHERE id = 7",
    "from the future": "UPDATE embeddings SET change = 1000000 WHERE id = 7",
    "searchable without a file": "UPDATE embeddings SET live = 0 WHERE id = 7",
    "json_valid": "UPDATE roots SET rules = '{'",
    "library_id is missing": "DELETE FROM meta WHERE key = 'library_id'",
    "models in use beside": "INSERT INTO spaces (model, fingerprint, dimension, state)"
    " VALUES ('other', 'ff', 8, 'active')",
}


@pytest.mark.parametrize("sentence", WRONG)
def test_rows_that_make_no_sense_are_named_and_mended(
    sentence: str, many: Library, pictures: Path
) -> None:
    whole = state(many.path)
    execute(many, WRONG[sentence])
    assert sentence in texts(many)
    repaired = many.repair(pictures)
    assert repaired.after.sound
    assert repaired.aside is not None
    assert repaired.aside.exists()
    assert_same(state(many.path), whole)


@pytest.mark.parametrize("seed", range(8))
def test_a_catalog_with_damaged_pages_is_salvaged_and_the_rest_read_again(
    seed: int, many: Library, pictures: Path
) -> None:
    """Noise over one to a third of its pages, the first among them now and then."""
    whole = state(many.path)
    many.close()
    chance, path = random.Random(seed), many.path / "catalog.db"
    data = bytearray(path.read_bytes())
    pages = len(data) // PAGE
    first = 0 if seed % 4 == 0 else 1
    for page in chance.sample(range(first, pages), 1 + seed * pages // 24):
        data[page * PAGE : (page + 1) * PAGE] = chance.randbytes(PAGE)
    path.write_bytes(data)
    assert "catalog: " in texts(many) or state(many.path) == whole  # an unused page
    repaired = many.repair(pictures)
    assert repaired.after.sound, repaired.after.findings
    assert_same(state(many.path), whole)


def test_what_is_salvaged_needs_no_encoding(many: Library, encoder: ColourEncoder) -> None:
    execute(many, "UPDATE embeddings SET vector = zeroblob(16) WHERE id IN (3, 4)")
    encoder.encoded = 0
    report = many.repair().report
    assert report is not None
    assert (report.indexed, report.unchanged) == (2, 198)


def test_without_any_folder_left_repair_says_so(many: Library, pictures: Path) -> None:
    many.close()
    (many.path / "catalog.db").write_bytes(b"\0" * 100_000)
    repaired = many.repair()
    assert repaired.report is None
    assert many.index(pictures).indexed == 200


def test_an_emptied_catalog_is_no_new_library(many: Library, pictures: Path) -> None:
    whole = state(many.path)
    many.close()
    (many.path / "catalog.db").write_bytes(b"")
    assert "catalog: is empty" in texts(many)
    for use in (lambda: many.search("red"), lambda: many.index(pictures)):
        with pytest.raises(LibraryDamaged, match=r"it is empty\); run: photoseek repair"):
            use()
    assert (many.path / "catalog.db").stat().st_size == 0
    repaired = many.repair(pictures)
    assert repaired.aside is not None
    assert repaired.after.sound
    assert_same(state(many.path), whole)


def test_a_catalog_that_is_gone_is_said(many: Library, pictures: Path) -> None:
    many.close()
    (many.path / "catalog.db").unlink()
    with pytest.raises(NoLibrary, match=r"its catalog\.db is gone; run: photoseek restore"):
        many.search("red")
    assert many.index(pictures).indexed == 200
    assert many.verify().sound


SHARED = [flip_a_bit, cut, append, Path.unlink]


@pytest.mark.parametrize("damage", SHARED)
@pytest.mark.parametrize("pattern", ["*.faiss", "*.json"])
def test_a_damaged_snapshot_is_found_and_mended(
    damage: Damage, pattern: str, many: Library
) -> None:
    (path,) = (many.path / "vectors").glob(pattern)
    damage(path)
    if (pattern, damage) not in {("*.json", Path.unlink), ("*.json", append)}:
        assert "vectors: the cache of colours" in texts(many)
    repaired = many.repair()
    assert repaired.after.sound
    assert len(many.search("red", limit=200, group=False)) == 200


def test_a_snapshot_that_lies_with_a_right_checksum_is_found_by_verify(
    many: Library,
) -> None:
    """Nothing but a comparison with the truth can tell: the catalog changed behind its back."""
    execute(
        many,
        "UPDATE embeddings SET vector = (SELECT vector FROM embeddings WHERE id = 2) WHERE id = 1",
    )
    assert "1 of them wrong" in texts(many)
    assert many.repair().after.sound


@pytest.mark.parametrize("damage", [*SHARED, swap_with_a_neighbour])
def test_a_damaged_thumbnail_is_found_and_made_again(
    damage: Damage, many: Library, caplog: pytest.LogCaptureFixture
) -> None:
    photo = many.search("red", limit=1)[0].photo
    path, jpeg = thumbnail_path(many, photo.hash), many.thumbnail(photo.id)
    before = path.read_bytes()
    assert jpeg
    assert before.startswith(jpeg)
    damage(path)
    assert "thumbnails: " in texts(many)
    with caplog.at_level(logging.WARNING):
        assert many.thumbnail(photo.id) == jpeg
        assert path.read_bytes() == before
        assert many.thumbnail(photo.id) == jpeg
    (said,) = (record.getMessage() for record in caplog.records)
    wrong = "gone" if damage is Path.unlink else "damaged"
    assert said == f"thumbnail of {photo.paths[0]}: {wrong}; made again, as is any other found so"
    damage(path)
    assert many.repair().thumbnails == 1
    assert many.verify().sound
    assert path.read_bytes() == before


def test_a_thumbnail_is_made_of_the_same_picture_only(many: Library, pictures: Path) -> None:
    photo = many.search("red", limit=1)[0].photo
    path, number = thumbnail_path(many, photo.hash), int(photo.paths[0].stem)
    path.write_bytes(b"")
    shutil.copy(pictures / f"{number + 1:03d}.png", photo.paths[0])
    try:
        assert many.thumbnail(photo.id) is None
        assert not path.exists()
        many.index()
        assert many.thumbnail(photo.id) is None  # it is at no path now
    finally:
        draw(pictures, number)


def test_a_library_that_cannot_be_written_shows_what_it_makes_again(many: Library) -> None:
    photo = many.search("red", limit=1)[0].photo
    jpeg = many.thumbnail(photo.id)
    folder = thumbnail_path(many, photo.hash).parent
    shutil.rmtree(folder)
    folder.write_bytes(b"")  # so that not even root can write into it
    assert many.thumbnail(photo.id) == jpeg


def test_thumbnails_that_are_all_gone_are_made_again(many: Library) -> None:
    shutil.rmtree(many.path / "thumbnails")
    assert "200 are missing" in texts(many)
    assert many.repair().thumbnails == 200


def test_a_backup_while_a_writer_is_in_the_middle_is_a_committed_state(
    many: Library, tmp_path: Path
) -> None:
    whole = state(many.path)
    writer = sqlite3.connect(many.path / "catalog.db")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM files")
    many.back_up(tmp_path / "backup.db")
    writer.rollback()
    writer.close()
    other = Library.open(tmp_path / "other", encoder=ColourEncoder())
    assert other.restore(tmp_path / "backup.db") is None
    assert_same(state(other.path), whole)
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.db"]


def test_a_backup_never_overwrites_unasked(many: Library, tmp_path: Path) -> None:
    target = tmp_path / "letter.txt"
    target.write_text("dear")
    with pytest.raises(PathError, match="add --yes"):
        many.back_up(target)
    assert target.read_text() == "dear"
    many.back_up(target, replace=True)
    with pytest.raises(PathError, match="own catalog"):
        many.back_up(many.path / "catalog.db", replace=True)
    with pytest.raises(PathError, match="folder that exists"):
        many.back_up(tmp_path / "nowhere" / "backup.db")


def test_a_damaged_catalog_is_not_backed_up(many: Library, tmp_path: Path) -> None:
    execute(many, "UPDATE embeddings SET vector = zeroblob(16) WHERE id = 3")
    with pytest.raises(LibraryDamaged, match="unit length"):
        many.back_up(tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()


def test_a_restored_library_is_as_it_was_and_the_one_before_is_kept(
    many: Library, pictures: Path, paint: Paint, tmp_path: Path
) -> None:
    whole = state(many.path)
    many.back_up(tmp_path / "backup.db")
    paint(pictures / "new.png", "red", (60, 60))
    many.index()
    (pictures / "new.png").rename(tmp_path / "new.png")
    newer = state(many.path)
    reader = Library.open(many.path, encoder=ColourEncoder())
    assert len(reader.search("red", limit=300, group=False)) == 201
    with pytest.raises(UsageError, match="add --yes"):
        many.restore(tmp_path / "backup.db")
    aside = many.restore(tmp_path / "backup.db", replace=True)
    assert_same(state(many.path), whole)
    assert (
        len(reader.search("red", limit=300, group=False)) == 200
    )  # it had the newer ones in memory
    assert many.verify().sound
    assert aside is not None
    many.restore(aside, replace=True)
    assert_same(state(many.path), newer)
    report = many.index()
    assert (report.unchanged, report.missing) == (200, 1)


def test_a_damaged_catalog_can_be_restored_over(many: Library, tmp_path: Path) -> None:
    whole = state(many.path)
    many.back_up(tmp_path / "backup.db")
    many.close()
    (many.path / "catalog.db").write_bytes(b"noise" * 5000)
    many.restore(tmp_path / "backup.db", replace=True)
    assert_same(state(many.path), whole)


@pytest.mark.parametrize("data", [b"", b"no database at all", None])
def test_what_is_no_backup_is_refused_and_nothing_changes(
    data: bytes | None, many: Library, tmp_path: Path
) -> None:
    whole = state(many.path)
    if data is not None:
        (tmp_path / "backup.db").write_bytes(data)
    for use in (lambda file: many.restore(file, replace=True), many.merge):
        with pytest.raises((NotALibrary, PathError), match=r"backup\.db"):
            use(tmp_path / "backup.db")
    assert_same(state(many.path), whole)


@pytest.fixture
def other(tmp_path: Path) -> Library:
    """Ten of the pictures of ``many`` in another folder, and ten that it does not have."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    for number in range(190, 210):
        draw(folder, number)
    library = Library.open(tmp_path / "other", encoder=ColourEncoder())
    library.index(folder)
    return library


def test_two_libraries_become_one_without_encoding(
    many: Library, other: Library, encoder: ColourEncoder
) -> None:
    ours, theirs = state(many.path), state(other.path)
    encoder.encoded = 0
    counted = many.merge(other.path, dry_run=True)
    assert_same(state(many.path), ours)
    merged = many.merge(other.path)
    assert merged == counted
    assert (merged.added["files"], merged.added["contents"], merged.added["roots"]) == (20, 10, 1)
    assert encoder.encoded == 0
    assert state(many.path).keys() == ours.keys() | theirs.keys()
    assert many.verify().sound  # their thumbnails came too
    assert len(many.search("red", limit=300, group=False)) == 210
    assert many.index().unchanged == 220
    again = many.merge(other.path)
    assert not any(again.added.values())
    other.close()
    beside = [path.name for path in other.path.iterdir()]
    many.merge(other.path, dry_run=True)
    assert [path.name for path in other.path.iterdir()] == beside
    assert_same(state(other.path), theirs)


def test_tags_and_saved_searches_come_along_in_one_spelling(many: Library, other: Library) -> None:
    for library, label in ((many, "Garden"), (other, "garden"), (other, "sea")):
        content = "SELECT content_id FROM files WHERE CAST(path AS TEXT) = '195.png'"
        execute(
            library,
            f"INSERT INTO tags (content_id, label, source) VALUES (({content}), '{label}', 'you')",
            f"INSERT INTO saved_searches VALUES ('{label}', 'red', '2026-01-01 00:00:00.000000')",
        )
    merged = many.merge(other.path)
    assert (merged.added["tags"], merged.added["saved_searches"]) == (1, 1)
    assert many.verify().sound


def test_merging_keeps_what_is_offline_and_revives_what_is_missing_here(
    many: Library, other: Library, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "theirs").rename(tmp_path / "unplugged")
    other.index()
    many.merge(other.path)
    offline = {one.root.path.name for one in many.roots() if one.root.offline}
    assert offline == {"theirs"}
    (pictures / "000.png").rename(tmp_path / "aside.png")
    many.index()
    backup = many.back_up(tmp_path / "missing.db")
    (tmp_path / "aside.png").rename(pictures / "000.png")
    many.index()
    restored = Library.open(tmp_path / "third", encoder=ColourEncoder())
    restored.restore(backup)
    assert restored.status().counts.missing == 1
    merged = restored.merge(many.path)
    assert merged.bettered["files"] == 1
    assert restored.status().counts.missing == 0


def test_another_models_vectors_are_carried_beside(
    many: Library, tmp_path: Path, pictures: Path
) -> None:
    with Library.open(tmp_path / "other", encoder=ColourEncoder("d1" * 16, "others")) as other:
        other.index(pictures)
    merged = many.merge(tmp_path / "other")
    assert (merged.added["spaces"], merged.added["embeddings"]) == (1, 200)
    states = {status.name: (status.state, status.covered) for status in many.models()}
    assert (states["colours"], states["others"]) == (("active", 200), ("retired", 200))


def test_a_library_merged_into_nothing_is_that_library(many: Library, tmp_path: Path) -> None:
    fresh = Library.open(tmp_path / "fresh", encoder=ColourEncoder())
    fresh.merge(many.path)
    assert_same(state(fresh.path), state(many.path))
    with pytest.raises(UsageError, match="this library itself"):
        many.merge(many.path)


def test_vectors_come_through_bit_for_bit(many: Library, tmp_path: Path) -> None:
    fresh = Library.open(tmp_path / "fresh", encoder=ColourEncoder())
    fresh.restore(many.back_up(tmp_path / "backup.db"))
    ours, theirs = state(many.path), state(fresh.path)
    for path, one in ours.items():
        np.testing.assert_array_equal(
            np.frombuffer(one.vector, np.float32), np.frombuffer(theirs[path].vector, np.float32)
        )


def test_most_is_salvaged_when_any_one_page_is_noise(indexed: Path, tmp_path: Path) -> None:
    """Only the root page of a table takes the whole table with it."""
    data = (indexed / "catalog.db").read_bytes()
    kept = []
    for page in range(1, len(data) // PAGE, 6):
        damaged, fresh = tmp_path / f"{page}.db", tmp_path / f"{page}.fresh"
        noise = random.Random(page).randbytes(PAGE)
        damaged.write_bytes(data[: page * PAGE] + noise + data[(page + 1) * PAGE :])
        kept.append(salvage(damaged, fresh).rows["embeddings"])
    assert max(kept) == 200
    assert sum(kept) / len(kept) > 0.7 * 200
