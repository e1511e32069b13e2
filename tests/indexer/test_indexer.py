"""Whole runs over real folders, through the library: what is encoded, counted, found again."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from PIL import Image

from colours import COLOURS, ColourEncoder
from conftest import aged
from encoder import Vectors
from indexer import IndexOptions, IndexReport, Progress
from photoseek import Library
from store import Store

Paint: TypeAlias = Callable[..., Path]
Model: TypeAlias = dict[Path, tuple[float, ...]]

EVERYTHING = " ".join(COLOURS)


def counts(report: IndexReport) -> dict[str, int]:
    """The counts that are not zero; ``failed`` as a number."""
    found = {
        "indexed": report.indexed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "copied": report.copied,
        "returned": report.returned,
        "missing": report.missing,
        "failed": len(report.failed),
        "failed_before": report.failed_before,
    }
    return {name: number for name, number in found.items() if number}


def searched(library: Library) -> list[Path]:
    """Every path that a search can show, in order; one that is shown twice is here twice."""
    hits = library.search(EVERYTHING, limit=10_000, group=False)
    return sorted(path for hit in hits for path in hit.paths)


def shown(library: Library, colour: str) -> set[Path]:
    """The paths of the pictures that are more of this colour than of any other."""
    return {
        path for hit in library.search(colour, group=False) if hit.score > 0.9 for path in hit.paths
    }


def vectors(library: Library) -> dict[Path, tuple[float, ...]]:
    """What the catalog holds for each path that can be searched."""
    store = Store.open(library.path)
    try:
        space = store.catalog.active_space()
        assert space is not None
        found = {}
        for hit in library.search(EVERYTHING, limit=10_000, group=False):
            vector = store.catalog.vector(hit.photo.id, space.id)
            assert vector is not None
            found.update({path: tuple(vector.tolist()) for path in hit.paths})
        return found
    finally:
        store.close()


def keep_time(path: Path, change: Callable[[], object]) -> None:
    """Change a file and put its time back."""
    before = path.stat()
    change()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


# --- the first run and the second ---


def test_the_first_run_encodes_every_photograph(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    red, blue = paint(photos / "red.png"), paint(photos / "deep" / "er" / "blue.jpg", "blue")
    (photos / "notes.txt").write_text("not a picture")
    report = library.index(photos)
    assert counts(report) == {"indexed": 2}
    assert report.skipped == {"not a picture by name": 1}
    assert not report.interrupted
    assert report.seconds > 0
    assert encoder.encoded == 2
    assert shown(library, "red") == {red}
    assert shown(library, "blue") == {blue}


def test_what_is_learnt_of_a_photograph_is_kept(library: Library, photos: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Canon", "Canon EOS 5D", 6
    exif.get_ifd(0x8769)[0x9003] = "2019:07:28 18:05:59"
    Image.new("RGB", (80, 60), "red").save(photos / "a.jpg", exif=exif)
    library.index(photos)
    photo = library.search("red")[0].photo
    assert (photo.width, photo.height, photo.format) == (60, 80, "JPEG")
    assert photo.bytes == (photos / "a.jpg").stat().st_size
    assert photo.camera == "Canon EOS 5D"
    assert photo.taken_at is not None
    assert photo.taken_at.isoformat() == "2019-07-28T18:05:59"


def test_the_second_run_reads_nothing(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    for number in range(5):
        paint(photos / f"{number}.png", seed=number)
    library.index(photos)
    encoder.encoded = 0
    progress: list[Progress] = []
    assert counts(library.index(photos, on_progress=progress.append)) == {"unchanged": 5}
    assert encoder.encoded == 0
    assert [step for step in progress if step.stage == "read"] == []


def test_a_change_that_keeps_size_and_time_is_seen_by_rehash_only(
    library: Library, photos: Path, paint: Paint
) -> None:
    path = paint(photos / "a.bmp", "red")
    paint(photos / "b.bmp", "green")
    library.index(photos)
    keep_time(path, lambda: paint(path, "blue"))

    assert counts(library.index(photos)) == {"unchanged": 2}
    assert shown(library, "red") == {path}  # no file was opened

    report = library.index(photos, options=IndexOptions(rehash=True))
    assert counts(report) == {"indexed": 1, "unchanged": 1}
    assert (shown(library, "red"), shown(library, "blue")) == (set(), {path})


def test_a_file_that_was_only_touched_is_read_and_not_encoded(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    path = paint(photos / "a.png")
    library.index(photos)
    encoder.encoded = 0
    os.utime(path, ns=(1, 1))
    assert counts(library.index(photos)) == {"unchanged": 1}
    assert encoder.encoded == 0
    progress: list[Progress] = []
    assert counts(library.index(photos, on_progress=progress.append)) == {"unchanged": 1}
    assert [step for step in progress if step.stage == "read"] == []  # its new time is known now


def test_a_changed_photograph_is_encoded_anew_and_its_old_self_forgotten(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    path = paint(photos / "a.png", "red")
    library.index(photos)
    encoder.encoded = 0
    paint(path, "blue", (65, 48))
    assert counts(library.index(photos)) == {"indexed": 1}
    assert encoder.encoded == 1
    assert (shown(library, "red"), shown(library, "blue")) == (set(), {path})


# --- moved, copied, gone, returned ---


def test_renamed_and_moved_photographs_are_not_encoded_again(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    renamed, moved = paint(photos / "a.png", "red"), paint(photos / "b.png", "blue")
    library.index(photos)
    encoder.encoded = 0
    renamed = renamed.rename(photos / "c.png")
    (photos / "deep").mkdir()
    moved = moved.rename(photos / "deep" / "b.png")
    assert counts(library.index(photos)) == {"moved": 2}
    assert encoder.encoded == 0
    assert searched(library) == sorted([renamed, moved])
    assert library.status().counts.missing == 0
    assert counts(library.index(photos)) == {"unchanged": 2}


def test_copies_are_not_encoded_and_every_path_is_shown(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    path = paint(photos / "a.png")
    library.index(photos)
    encoder.encoded = 0
    copies = [shutil.copy(path, photos / name) for name in ("b.png", "c.jpg")]
    assert counts(library.index(photos)) == {"unchanged": 1, "copied": 2}
    assert encoder.encoded == 0
    [hit] = library.search("red")
    assert hit.paths == (path, *copies)
    assert library.status().counts.photos == 1


def test_of_two_new_paths_for_one_that_is_gone_one_moved_and_one_is_a_copy(
    library: Library, photos: Path, paint: Paint
) -> None:
    path = paint(photos / "a.png")
    library.index(photos)
    shutil.copy(path, photos / "b.png")
    path.rename(photos / "c.png")
    assert counts(library.index(photos)) == {"moved": 1, "copied": 1}
    assert searched(library) == [photos / "b.png", photos / "c.png"]


def test_photographs_that_change_places_are_copies_of_each_other(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    red, blue = paint(photos / "a.png", "red"), paint(photos / "b.png", "blue", (70, 50))
    library.index(photos)
    encoder.encoded = 0
    red.rename(photos / "x.png")
    blue.rename(red)
    (photos / "x.png").rename(blue)
    assert counts(library.index(photos)) == {"copied": 2}
    assert encoder.encoded == 0
    assert (shown(library, "red"), shown(library, "blue")) == ({blue}, {red})


def test_identical_twins_in_one_batch_are_encoded_once(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    path = paint(photos / "a.png")
    for number in range(40):  # in more than one batch
        shutil.copy(path, photos / f"b{number}.png")
    assert counts(library.index(photos)) == {"indexed": 1, "copied": 40}
    assert encoder.encoded == 1
    assert len(library.search("red")) == 1
    assert len(searched(library)) == 41


def test_a_deleted_photograph_is_missing_and_found_no_more(
    library: Library, photos: Path, paint: Paint
) -> None:
    path, stays = paint(photos / "a.png", "red"), paint(photos / "b.png", "blue")
    library.index(photos)
    path.unlink()
    assert counts(library.index(photos)) == {"unchanged": 1, "missing": 1}
    assert searched(library) == [stays]
    assert library.status().counts.missing == 1
    assert counts(library.index(photos)) == {"unchanged": 1}


def test_one_of_two_copies_may_go(library: Library, photos: Path, paint: Paint) -> None:
    path = paint(photos / "a.png")
    copy = shutil.copy(path, photos / "b.png")
    library.index(photos)
    path.unlink()
    assert counts(library.index(photos)) == {"unchanged": 1, "missing": 1}
    assert searched(library) == [copy]


@pytest.mark.parametrize("same_time", [True, False])
def test_a_photograph_that_comes_back_is_there_again_without_encoding(
    library: Library,
    photos: Path,
    paint: Paint,
    encoder: ColourEncoder,
    tmp_path: Path,
    same_time: bool,
) -> None:
    path = paint(photos / "a.png", "red")
    paint(photos / "b.png", "blue")
    library.index(photos)
    path.rename(tmp_path / "away.png")
    library.index(photos)
    assert shown(library, "red") == set()
    encoder.encoded = 0
    (tmp_path / "away.png").rename(path)
    if not same_time:
        os.utime(path, ns=(1, 1))
    assert counts(library.index(photos)) == {"unchanged": 1, "returned": 1}
    assert encoder.encoded == 0
    assert shown(library, "red") == {path}


def test_another_photograph_at_the_place_of_a_missing_one_is_new(
    library: Library, photos: Path, paint: Paint
) -> None:
    path = paint(photos / "a.png", "red")
    paint(photos / "b.png", "blue")
    library.index(photos)
    path.unlink()
    library.index(photos)
    paint(path, "green", (70, 50))
    assert counts(library.index(photos)) == {"unchanged": 1, "indexed": 1}
    assert (shown(library, "red"), shown(library, "green")) == (set(), {path})


# --- several folders ---


def test_a_photograph_may_move_from_one_folder_to_another_in_one_run(
    library: Library, tmp_path: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    there, back = paint(one / "a.png", "red"), paint(two / "b.png", "blue")
    paint(one / "stays.png", "green")
    paint(two / "stays.png", "yellow")
    library.index(one, two)
    encoder.encoded = 0
    there = there.rename(two / "c.png")
    back = back.rename(one / "d.png")
    assert counts(library.index()) == {"unchanged": 2, "moved": 2}
    assert encoder.encoded == 0
    assert (shown(library, "red"), shown(library, "blue")) == ({there}, {back})
    assert library.status().counts.missing == 0


@pytest.mark.parametrize("first", ["outer", "inner"])
def test_folders_inside_one_another_are_not_doubled(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder, first: str
) -> None:
    outer, inner = paint(photos / "a.png", "red"), paint(photos / "in" / "b.png", "blue")
    folders = [photos, photos / "in"]
    for folder in folders if first == "outer" else reversed(folders):
        library.index(folder)
    assert encoder.encoded == 2
    assert searched(library) == sorted([outer, inner])
    assert library.status().counts.files == 2
    assert counts(library.index()) == {"unchanged": 2}
    assert len(library.status().roots) == (1 if first == "outer" else 2)


def test_a_folder_given_twice_or_under_another_name_is_one(
    library: Library, photos: Path, paint: Paint, tmp_path: Path
) -> None:
    path = paint(photos / "a.png")
    (tmp_path / "link").symlink_to(photos)
    library.index(photos, photos, photos / "." / ".." / photos.name, tmp_path / "link")
    assert searched(library) == [path]
    assert len(library.status().roots) == 1


def test_a_photograph_may_move_into_a_folder_of_its_own(
    library: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "stays.png", "green")
    paint(photos / "in" / "stays.png", "blue")
    path = paint(photos / "a.png", "red")
    library.index(photos / "in")
    assert counts(library.index(photos)) == {"indexed": 2, "unchanged": 1}
    path = path.rename(photos / "in" / "a.png")
    assert counts(library.index(photos)) == {"moved": 1, "unchanged": 2}
    assert shown(library, "red") == {path}


def test_a_library_among_the_photographs_is_not_indexed(
    photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    path = paint(photos / "a.png", size=(600, 400))
    with Library.open(photos / "library", encoder=encoder) as library:
        for expected in ({"indexed": 1}, {"unchanged": 1}):
            assert counts(library.index(photos)) == expected
        assert library.thumbnail(library.search("red")[0].photo.id)
        assert searched(library) == [path]


def test_the_photo_folder_is_never_written_to(library: Library, photos: Path, paint: Paint) -> None:
    paint(photos / "a.png")
    before = {path: path.stat() for path in (photos, *photos.iterdir())}
    library.index(photos)
    after = {path: path.stat() for path in (photos, *photos.iterdir())}
    assert {path: seen.st_mtime_ns for path, seen in after.items()} == {
        path: seen.st_mtime_ns for path, seen in before.items()
    }


# --- drives that are not there ---


@pytest.mark.parametrize("mount_point_stays", [True, False])
def test_an_unmounted_drive_is_offline_and_still_searchable(
    library: Library,
    photos: Path,
    paint: Paint,
    encoder: ColourEncoder,
    tmp_path: Path,
    mount_point_stays: bool,
) -> None:
    path = paint(photos / "a.png")
    library.index(photos)
    photos.rename(tmp_path / "unmounted")
    if mount_point_stays:
        photos.mkdir()
    report = library.index()
    assert [root.path for root in report.offline] == [photos]
    assert report.missing == 0
    [hit] = library.search("red")
    assert (hit.paths, hit.photo.offline) == ((path,), True)
    assert [root.offline for root in library.status().roots] == [True]

    encoder.encoded = 0
    if mount_point_stays:
        photos.rmdir()
    (tmp_path / "unmounted").rename(photos)
    assert counts(library.index()) == {"unchanged": 1}
    assert encoder.encoded == 0
    assert not library.search("red")[0].photo.offline


def test_one_drive_that_is_away_does_not_hold_up_another(
    library: Library, tmp_path: Path, paint: Paint
) -> None:
    here, away = (
        paint(tmp_path / "here" / "a.png", "red"),
        paint(tmp_path / "away" / "b.png", "blue"),
    )
    library.index(here.parent, away.parent)
    away.parent.rename(tmp_path / "unmounted")
    new = paint(here.parent / "c.png", "green")
    report = library.index()
    assert (report.indexed, report.unchanged) == (1, 1)
    assert [root.path for root in report.offline] == [away.parent]
    assert searched(library) == sorted([here, away, new])


def test_a_copy_on_a_drive_that_is_away_is_not_offline_as_a_whole(
    library: Library, tmp_path: Path, paint: Paint
) -> None:
    here = paint(tmp_path / "here" / "a.png")
    away = paint(tmp_path / "away" / "a.png")
    library.index(here.parent, away.parent)
    away.parent.rename(tmp_path / "unmounted")
    library.index()
    [hit] = library.search("red")
    assert set(hit.paths) == {here, away}
    assert not hit.photo.offline


def test_an_empty_folder_is_no_drive_that_is_away(library: Library, photos: Path) -> None:
    report = library.index(photos)
    assert (counts(report), report.offline) == ({}, [])


# --- bad files ---


@pytest.fixture
def bad(photos: Path, paint: Paint) -> dict[Path, str]:
    """Files that cannot be searched, with what must be told of them."""
    whole = paint(photos / "whole.png", size=(200, 200)).read_bytes()
    files = {
        photos / "cut.png": (whole[:-60], "damaged picture: "),
        photos / "empty.jpg": (b"", "empty file"),
        photos / "letter.jpg": (b"Dear all,\n" * 50, "not a picture of a known kind"),
        photos / "raw.nef": (b"Dear all,\n" * 60, "damaged RAW file: "),
    }
    for path, (data, _) in files.items():
        path.write_bytes(data)
        aged(path)
    return {path: reason for path, (_, reason) in files.items()}


def test_every_bad_file_is_counted_and_listed_with_its_reason(
    library: Library, photos: Path, bad: dict[Path, str], encoder: ColourEncoder
) -> None:
    report = library.index(photos)
    assert counts(report) == {"indexed": 1, "failed": len(bad)}
    for listed in (report.failed, library.failed()):
        reasons = {file.path: file.reason for file in listed}
        assert reasons.keys() == bad.keys()
        assert all(reasons[path].startswith(bad[path]) for path in bad)
    assert searched(library) == [photos / "whole.png"]
    assert library.status().counts.failed == len(bad)
    assert encoder.encoded == 1


def test_bad_files_are_not_read_again_until_they_change_or_it_is_asked_for(
    library: Library, photos: Path, bad: dict[Path, str]
) -> None:
    library.index(photos)
    empty = photos / "empty.jpg"  # was never a content, so it is looked at each time
    again = counts(library.index(photos))
    assert again["unchanged"] == 1
    assert again.get("failed", 0) + again["failed_before"] == len(bad)
    assert len(library.failed()) == len(bad)

    report = library.index(photos, options=IndexOptions(retry_failed=True))
    assert counts(report) == {"unchanged": 1, "failed": len(bad)}
    assert empty in {file.path for file in report.failed}


def test_a_bad_file_that_was_mended_is_found_and_listed_no_more(
    library: Library, photos: Path, bad: dict[Path, str], paint: Paint
) -> None:
    library.index(photos)
    for number, path in enumerate(bad):
        if path.suffix != ".nef":
            paint(path, seed=number + 1, format="PNG")
    assert library.index(photos).indexed == len(bad) - 1
    assert [file.path for file in library.failed()] == [photos / "raw.nef"]
    assert len(searched(library)) == len(bad)


def test_a_good_file_that_goes_bad_is_found_no_more(
    library: Library, photos: Path, paint: Paint
) -> None:
    path, other = paint(photos / "a.png", "red"), paint(photos / "b.png", "blue")
    library.index(photos)
    path.write_bytes(b"Dear all,")
    assert counts(library.index(photos)) == {"unchanged": 1, "failed": 1}
    assert searched(library) == [other]


def test_bad_files_may_move_go_and_return(
    library: Library, photos: Path, bad: dict[Path, str], tmp_path: Path
) -> None:
    library.index(photos)
    moved = (photos / "letter.jpg").rename(photos / "moved.jpg")
    report = library.index(photos)
    assert moved in {file.path for file in report.failed}
    assert moved in {file.path for file in library.failed()}
    assert len(library.failed()) == len(bad)
    moved.rename(tmp_path / "away.jpg")
    library.index(photos)
    assert len(library.failed()) == len(bad) - 1
    (tmp_path / "away.jpg").rename(moved)
    library.index(photos)
    assert len(library.failed()) == len(bad)


@pytest.mark.parametrize("batch", [1, 2, 16])
def test_the_same_bytes_may_be_readable_under_one_name_only(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder, batch: int
) -> None:
    """A picture named like camera RAW cannot be developed; its twin with the right name can be."""
    good = paint(photos / "b.png")
    for name in ("a.nef", "c.nef"):
        shutil.copy(good, photos / name)
    report = library.index(photos, options=IndexOptions(batch=batch))
    assert report.indexed == 1
    assert report.indexed + report.copied + len(report.failed) == 3
    assert good in searched(library)
    assert encoder.encoded == 1
    settled = counts(library.index(photos))
    assert sum(settled.values()) == 3
    assert good in searched(library)
    library.index(photos, options=IndexOptions(rehash=True))
    assert good in searched(library)
    assert library.search("red")[0].photo.width == 64


def test_permission_to_read_may_be_taken_and_given_back(tmp_path: Path, paint: Paint) -> None:
    """In a process of its own: to root, permission bits mean nothing."""
    photos = tmp_path / "photos"
    path, inside = paint(photos / "a.png"), paint(photos / "closed" / "b.png", "blue")
    paint(photos / "c.png", "green")
    script = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, "tests")
from colours import ColourEncoder
from photoseek import Library
photos = Path({str(photos)!r})
path, closed = photos / "a.png", photos / "closed"
with Library.open({str(tmp_path / "library")!r}, encoder=ColourEncoder()) as library:
    path.chmod(0)
    first = library.index(photos)
    assert first.indexed == 2 and len(first.failed) == 1, first
    [failed] = library.failed()
    assert (failed.path, failed.reason) == (path, "cannot be read: Permission denied"), failed
    path.chmod(0o644)
    closed.chmod(0)
    second = library.index(photos)
    assert (second.indexed, second.unchanged, second.missing) == (1, 1, 0), second
    [failed] = second.failed
    assert (failed.path, failed.reason) == (closed, "folder cannot be read: Permission denied")
    assert [file.path for file in library.failed()] == [closed]
    blue = library.search("blue", group=False)
    assert (len(blue), blue[0].path) == (3, closed / "b.png")
    closed.chmod(0o755)
    third = library.index(photos)
    assert (third.indexed, third.unchanged, third.failed) == (0, 3, []), third
    assert library.failed() == []
"""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] if os.geteuid() == 0 else []
    if drop and shutil.which("setpriv") is None:
        pytest.skip("runs as root, and setpriv is not here to give that up")
    try:
        done = subprocess.run(
            [*drop, sys.executable, "-c", script],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        inside.parent.chmod(0o755)
        path.chmod(0o644)
    if done.returncode and done.stderr.startswith("setpriv"):
        pytest.skip(f"runs as root, and cannot give that up: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [b"caf\xe9.png", b"two\nlines.png", b"\xff/\xfe.png"])
def test_a_name_in_any_bytes_is_indexed_found_and_listed(
    library: Library, photos: Path, paint: Paint, name: bytes
) -> None:
    path = photos / os.fsdecode(name)
    paint(path, format="PNG")
    bad = path.with_suffix(".jpg")
    bad.write_bytes(b"Dear all,")
    aged(bad)
    assert counts(library.index(photos)) == {"indexed": 1, "failed": 1}
    assert searched(library) == [path]
    assert [file.path for file in library.failed()] == [bad]
    assert counts(library.index(photos)) == {"unchanged": 1, "failed_before": 1}


# --- thumbnails ---


def test_thumbnails_are_made_upright_and_small(library: Library, photos: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (1200, 900), "red")
    image.paste("blue", (0, 0, 600, 900))
    image.save(photos / "a.jpg", exif=exif)
    library.index(photos)
    thumbnail = library.thumbnail_image(library.search("red")[0].photo)
    assert thumbnail is not None
    with thumbnail:
        assert thumbnail.size == (288, 384)
        top = np.asarray(thumbnail.convert("RGB"))[48, 144]
    assert top[2] > 200 > 100 > top[0]  # its left side, blue, is up


def test_a_bad_file_has_no_thumbnail(library: Library, photos: Path, bad: dict[Path, str]) -> None:
    library.index(photos)
    made = [path for path in (library.path / "thumbnails").rglob("*") if path.is_file()]
    assert len(made) == 1
    assert bad


# --- interrupted ---


def test_ctrl_c_keeps_what_is_committed_and_the_next_run_goes_on(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    paths = [paint(photos / f"{number:02}.png", seed=number) for number in range(40)]

    def interrupt(progress: Progress) -> None:
        if progress.done >= 20:
            raise KeyboardInterrupt

    options = IndexOptions(batch=5)
    report = library.index(photos, options=options, on_progress=interrupt)
    assert report.interrupted
    assert counts(report) == {"indexed": 20}
    assert searched(library) == paths[:20]

    assert counts(library.index(photos, options=options)) == {"indexed": 20, "unchanged": 20}
    assert encoder.encoded == 40
    assert searched(library) == paths


def test_ctrl_c_amid_moves_loses_and_doubles_nothing(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    for number in range(20):
        paint(photos / "a" / f"{number:02}.png", seed=number)
    library.index(photos)
    encoder.encoded = 0
    (photos / "a").rename(photos / "b")

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    report = library.index(photos, options=IndexOptions(batch=8), on_progress=interrupt)
    assert (report.interrupted, report.moved, report.missing) == (True, 8, 0)
    assert len(searched(library)) == 20
    assert counts(library.index(photos)) == {"moved": 12, "unchanged": 8}
    assert searched(library) == sorted((photos / "b").iterdir())
    assert encoder.encoded == 0


class FailsAfter(ColourEncoder):
    """Breaks down in its third batch, as a full graphics card would."""

    broken = True

    def embed_images(self, images: Sequence[Image.Image]) -> Vectors:
        if self.broken and self.encoded >= 8:
            raise RuntimeError("out of memory")
        return super().embed_images(images)


def test_an_encoder_that_breaks_down_costs_its_batch_only(
    tmp_path: Path, photos: Path, paint: Paint
) -> None:
    paths = [paint(photos / f"{number:02}.png", seed=number) for number in range(20)]
    encoder = FailsAfter()
    with Library.open(tmp_path / "library", encoder=encoder) as library:
        with pytest.raises(RuntimeError, match="out of memory"):
            library.index(photos, options=IndexOptions(batch=4))
        assert searched(library) == paths[:8]
        encoder.broken = False
        assert counts(library.index(photos)) == {"unchanged": 8, "indexed": 12}


def test_progress_counts_up_to_the_total(library: Library, photos: Path, paint: Paint) -> None:
    for number in range(10):
        paint(photos / f"{number}.png", seed=number)
    (photos / "bad.png").write_bytes(b"?")
    steps: list[Progress] = []
    library.index(photos, options=IndexOptions(batch=4, workers=1), on_progress=steps.append)
    reading = [step for step in steps if step.stage == "read"]
    assert [(step.done, step.total) for step in reading] == [(4, 11), (8, 11), (11, 11)]
    assert reading[-1].failed == 1


# --- another encoder ---


def test_another_encoder_builds_its_own_space_and_takes_over_when_it_is_complete(
    tmp_path: Path, photos: Path, paint: Paint
) -> None:
    paths = [paint(photos / f"{number:02}.png", seed=number) for number in range(12)]
    (photos / "bad.png").write_bytes(b"Dear all,")
    aged(photos / "bad.png")
    old, new = ColourEncoder(), ColourEncoder("d1" * 16)

    def interrupt(progress: Progress) -> None:
        if progress.stage == "read":
            raise KeyboardInterrupt

    with Library.open(tmp_path / "library", encoder=old) as library:
        library.index(photos)
    with Library.open(tmp_path / "library", encoder=new) as library:
        library.index(photos, options=IndexOptions(batch=4), on_progress=interrupt)
    with Library.open(tmp_path / "library", encoder=old) as library:
        assert searched(library) == paths  # the old one still answers
    with Library.open(tmp_path / "library", encoder=new) as library:
        assert counts(library.index(photos)) == {
            "unchanged": 4,
            "indexed": 8,
            "failed_before": 1,
        }
        assert searched(library) == paths
        assert counts(library.index(photos)) == {"unchanged": 12, "failed_before": 1}
    assert (old.encoded, new.encoded) == (12, 12)
    with Library.open(tmp_path / "library", encoder=old) as library:
        assert counts(library.index(photos)) == {"unchanged": 12, "failed_before": 1}
        assert searched(library) == paths  # and back, for nothing
    assert old.encoded == 12


def test_a_photograph_that_cannot_be_read_any_more_does_not_hold_up_another_encoder(
    tmp_path: Path, photos: Path, paint: Paint
) -> None:
    """As when LibRaw is gone; here it is a new name that sends a PNG to LibRaw."""
    path, other = paint(photos / "a.png", "red"), paint(photos / "b.png", "blue")
    with Library.open(tmp_path / "library", encoder=ColourEncoder()) as library:
        library.index(photos)
        path = path.rename(photos / "a.nef")
        assert counts(library.index(photos)) == {"moved": 1, "unchanged": 1}
        assert library.failed() == []
    with Library.open(tmp_path / "library", encoder=ColourEncoder("d1" * 16)) as library:
        for again in ({"indexed": 1}, {"unchanged": 1}):
            assert counts(library.index(photos)) == {"failed": 1, **again}
            assert searched(library) == [other]
            assert [file.path for file in library.failed()] == [path]
        path = path.rename(photos / "a.png")
        assert counts(library.index(photos)) == {"indexed": 1, "unchanged": 1}
        assert library.failed() == []
        assert searched(library) == [path, other]


def test_a_drive_that_is_away_does_not_hold_up_another_encoder(
    tmp_path: Path, photos: Path, paint: Paint
) -> None:
    here, away = paint(photos / "a.png", "red"), paint(tmp_path / "away" / "b.png", "blue")
    old, new = ColourEncoder(), ColourEncoder("d1" * 16)
    with Library.open(tmp_path / "library", encoder=old) as library:
        library.index(photos, away.parent)
    away.parent.rename(tmp_path / "unmounted")
    with Library.open(tmp_path / "library", encoder=new) as library:
        assert library.index().indexed == 1
        assert searched(library) == [here]
    (tmp_path / "unmounted").rename(away.parent)
    with Library.open(tmp_path / "library", encoder=new) as library:
        assert counts(library.index()) == {"indexed": 1, "unchanged": 1}
        assert searched(library) == sorted([here, away])


# --- options ---


def test_excludes_are_remembered_and_can_be_taken_back(
    library: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "a.png", "red")
    paint(photos / "old" / "b.png", "blue")
    paint(photos / ".c.png", "green")
    assert library.index(photos, exclude=["old/"]).skipped == {"excluded": 1, "hidden": 1}
    assert len(searched(library)) == 1
    assert library.index().skipped == {"excluded": 1, "hidden": 1}
    assert counts(library.index(photos, exclude=[], hidden=True)) == {"unchanged": 1, "indexed": 2}
    assert counts(library.index(photos, exclude=["*.png", "!.c.png"])) == {
        "unchanged": 1,
        "missing": 2,
    }


@pytest.mark.parametrize("options", [IndexOptions(batch=1), IndexOptions(batch=100, workers=8)])
def test_any_batch_and_any_number_of_workers_give_the_same_library(
    library: Library, photos: Path, paint: Paint, options: IndexOptions
) -> None:
    paths = [
        paint(photos / f"{number:02}.png", list(COLOURS)[number % 8], seed=number)
        for number in range(30)
    ]
    assert counts(library.index(photos, options=options)) == {"indexed": 30}
    assert searched(library) == paths
    assert vectors(library) == fresh_vectors(photos.parent / "other", photos)


# --- any sequence of changes, against a model of plain Python ---


def fresh_vectors(path: Path, *folders: Path) -> dict[Path, tuple[float, ...]]:
    """What a library that has seen nothing else holds for the same folders."""
    with Library.open(path, encoder=ColourEncoder()) as library:
        library.index(*folders)
        return vectors(library)


class World:
    """Two photo folders, changed at random the way people change them."""

    def __init__(self, folder: Path, paint: Paint, seed: int) -> None:
        self.random = random.Random(seed)
        self.roots = (folder / "one", folder / "two" / "inner", folder / "two")
        self._paint = paint
        self._serial = 0
        self._attic = folder / "attic"
        self._attic.mkdir(parents=True)
        self._clock = 1_000_000_000_000_000_000
        for root in self.roots:
            self._put(root / "anchor.png")  # a root without any photograph would look unmounted

    def files(self) -> list[Path]:
        """Everything that has the name of a photograph."""
        return sorted(path for root in self.roots[::2] for path in root.rglob("*.png"))

    def readable(self) -> list[Path]:
        return [path for path in self.files() if path.read_bytes().startswith(b"\x89PNG")]

    def step(self) -> None:
        deeds = (self.add, self.copy, self.move, self.delete, self.change, self.spoil, self.touch)
        self.random.choice((*deeds, self.move_folder, self.put_away, self.bring_back, self.swap))()

    def add(self) -> None:
        self._put(self._place())

    def copy(self) -> None:
        self._stamp(Path(shutil.copy(self.random.choice(self.files()), self._place())))

    def move(self) -> None:
        if loose := self._loose():
            self.random.choice(loose).replace(self._place())

    def delete(self) -> None:
        if loose := self._loose():
            self.random.choice(loose).unlink()

    def change(self) -> None:
        if loose := self._loose():
            self._put(self.random.choice(loose))

    def spoil(self) -> None:
        if loose := self._loose():
            path = self.random.choice(loose)
            path.write_bytes(b"Dear all,\n" * self.random.randint(0, 3))
            self._stamp(path)

    def touch(self) -> None:
        self._stamp(self.random.choice(self.files()))

    def swap(self) -> None:
        if len(loose := self._loose()) >= 2:
            one, other = self.random.sample(loose, 2)
            one.rename(self._attic / "swap")
            other.rename(one)
            (self._attic / "swap").rename(other)

    def move_folder(self) -> None:
        if folders := [path.parent for path in self._loose() if path.parent not in self.roots]:
            folder = self.random.choice(folders)
            target = self.random.choice(self.roots) / f"folder{self._next()}"
            if not target.is_relative_to(folder):
                folder.rename(target)

    def put_away(self) -> None:
        if loose := self._loose():
            path = self.random.choice(loose)
            path.rename(self._attic / f"{self._next()}{path.name}")

    def bring_back(self) -> None:
        if away := sorted(self._attic.iterdir()):
            self.random.choice(away).rename(self._place())

    def _loose(self) -> list[Path]:
        return [path for path in self.files() if path.name != "anchor.png"]

    def _place(self) -> Path:
        """Somewhere new, or where something was before, or is."""
        folder = self.random.choice(self.roots) / self.random.choice(["", "a", "a/b"])
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self.random.randrange(6)}.png"

    def _put(self, path: Path) -> None:
        colour = self.random.choice(list(COLOURS))
        seed = self._next() if self.random.random() < 0.7 else self.random.randrange(4)
        self._stamp(self._paint(path, colour, seed=seed))

    def _stamp(self, path: Path) -> None:
        """A time of its own, so that a change within the clock's grain is still one."""
        self._clock += 1_000_000_000
        os.utime(path, ns=(self._clock, self._clock))

    def _next(self) -> int:
        self._serial += 1
        return self._serial


def assert_agrees(library: Library, world: World) -> None:
    """What can be searched is what is on the disk, each path once."""
    readable = world.readable()
    assert searched(library) == readable
    status = library.status().counts
    assert status.files + status.failed == len(world.files())
    assert status.photos == len({path.read_bytes() for path in readable})
    assert {file.path for file in library.failed()} == set(world.files()) - set(readable)
    assert status.waiting == 0


@pytest.mark.parametrize("seed", range(8))
def test_after_any_changes_the_library_holds_what_a_fresh_one_would(
    tmp_path: Path, paint: Paint, seed: int
) -> None:
    world = World(tmp_path / "world", paint, seed)
    encoder = ColourEncoder()
    contents: set[bytes] = set()
    with Library.open(tmp_path / "library", encoder=encoder) as library:
        library.index(*world.roots)
        for _ in range(8):
            for _ in range(world.random.randint(1, 6)):
                world.step()
            batch = world.random.choice([1, 3, 16])
            report = library.index(options=IndexOptions(batch=batch))
            told = replace(report, missing=0)
            assert sum(counts(told).values()) == len(world.files()), counts(report)
            assert_agrees(library, world)
            contents |= {path.read_bytes() for path in world.readable()}
        settled = counts(library.index())
        assert settled.keys() <= {"unchanged", "failed", "failed_before"}
        assert sum(settled.values()) == len(world.files())
        assert vectors(library) == fresh_vectors(tmp_path / "fresh", *world.roots)
    assert encoder.encoded >= len({path.read_bytes() for path in world.readable()})
    with Library.open(tmp_path / "library", encoder=encoder) as library:  # from its files alone
        assert_agrees(library, world)


def test_nothing_is_encoded_twice_whatever_is_moved_and_copied(
    tmp_path: Path, paint: Paint
) -> None:
    world = World(tmp_path / "world", paint, seed=99)
    encoder = ColourEncoder()
    with Library.open(tmp_path / "library", encoder=encoder) as library:
        for _ in range(20):
            world.add()
        library.index(*world.roots)
        encoder.encoded = 0
        for _ in range(10):
            for deed in (world.copy, world.swap, world.touch, world.put_away, world.bring_back):
                deed()
            world.move_folder()
            library.index()
            assert searched(library) == world.readable()
    assert encoder.encoded == 0
