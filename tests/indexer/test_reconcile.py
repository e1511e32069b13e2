"""Photographs whose drives come and go, whose folders are moved: nothing lost, nothing twice."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from colours import COLOURS, ColourEncoder
from conftest import Paint, aged
from errors import PathError, UsageError
from indexer import IndexOptions, IndexReport, Progress
from indexer.settle import CHANGING, SettledReader
from photoseek import Library
from states import thumbnail_path

EVERYTHING = " ".join(COLOURS)


def searched(library: Library) -> list[Path]:
    """Every path that a search can show; one that is shown twice is here twice."""
    hits = library.search(EVERYTHING, limit=10_000, group=False)
    return sorted(path for hit in hits for path in hit.paths)


def offline(report: IndexReport) -> dict[Path, str]:
    return {root.path: root.reason for root in report.offline}


@pytest.fixture
def thirty(photos: Path, paint: Paint) -> list[Path]:
    """Thirty photographs in three folders of ten."""
    return [
        paint(photos / f"{number // 10}" / f"{number:02}.png", seed=number + 1)
        for number in range(30)
    ]


# --- what is too much to believe ---


def test_a_fifth_of_the_files_gone_and_more_than_twenty_is_asked_about(
    library: Library, photos: Path, thirty: list[Path], encoder: ColourEncoder, tmp_path: Path
) -> None:
    library.index(photos)
    encoder.encoded = 0
    for path in thirty[:21]:
        path.rename(tmp_path / path.name)
    for _ in range(2):  # and again
        report = library.index()
        assert offline(report) == {photos: "21 of its 30 files are gone"}
        assert report.missing == 0
        assert searched(library) == thirty
        assert all(hit.photo.offline for hit in library.search("red"))
    for path in thirty[:21]:
        (tmp_path / path.name).rename(path)
    report = library.index()
    assert (report.offline, report.unchanged) == ([], 30)
    assert not library.search("red")[0].photo.offline
    assert encoder.encoded == 0


def test_twenty_may_go_however_many_are_left(
    library: Library, photos: Path, thirty: list[Path]
) -> None:
    library.index(photos)
    for path in thirty[:20]:
        path.unlink()
    report = library.index()
    assert (report.missing, report.offline) == (20, [])
    assert searched(library) == thirty[20:]


def test_a_fifth_of_many_may_go(library: Library, photos: Path, paint: Paint) -> None:
    paths = [paint(photos / f"{number:03}.png", seed=number + 1) for number in range(105)]
    library.index(photos)
    for path in paths[:21]:  # exactly 20 %
        path.unlink()
    report = library.index()
    assert (report.missing, report.offline) == (21, [])


def test_new_photographs_of_a_doubtful_root_are_indexed(
    library: Library, photos: Path, thirty: list[Path], paint: Paint
) -> None:
    library.index(photos)
    for path in thirty[:25]:
        path.unlink()
    paint(photos / "blue.png", "blue")
    report = library.index()
    assert (report.indexed, len(report.offline), report.missing) == (1, 1, 0)
    assert library.search("blue")[0].path == photos / "blue.png"


@pytest.mark.parametrize("together", [True, False])
def test_a_move_of_everything_to_another_root_is_believed(
    library: Library,
    photos: Path,
    thirty: list[Path],
    paint: Paint,
    encoder: ColourEncoder,
    tmp_path: Path,
    together: bool,
) -> None:
    other = paint(tmp_path / "other" / "blue.png", "blue").parent
    stays = paint(photos / "stays.png", "green")
    library.index(photos, other)
    encoder.encoded = 0
    for number in range(3):
        (photos / f"{number}").rename(other / f"{number}")
    if together:
        report = library.index()
        assert (report.moved, report.missing) == (30, 0)
    else:
        assert library.index(other).copied == 30  # the old ones may still be there
        report = library.index(photos)
        assert (report.moved, report.missing) == (0, 30)
    assert report.offline == []
    assert encoder.encoded == 0
    moved = [other / path.relative_to(photos) for path in thirty]
    assert searched(library) == sorted([*moved, other / "blue.png", stays])


@pytest.mark.usefixtures("thirty")
def test_two_copies_that_went_together_do_not_excuse_each_other(
    library: Library, photos: Path, tmp_path: Path, paint: Paint
) -> None:
    shutil.copytree(photos, tmp_path / "copy")
    for root in (photos, tmp_path / "copy"):
        paint(root / "stays.png", "blue")
    library.index(photos, tmp_path / "copy")
    for root in (photos, tmp_path / "copy"):
        for number in range(3):
            shutil.rmtree(root / f"{number}")
    assert set(offline(library.index())) == {photos, tmp_path / "copy"}
    assert len(searched(library)) == 62


def test_a_new_exclude_is_no_loss(library: Library, photos: Path, thirty: list[Path]) -> None:
    library.index(photos)
    report = library.index(photos, exclude=["0/", "1/"])
    assert (report.offline, report.missing) == ([], 20)
    report = library.index(photos, exclude=["*.png"])
    assert (report.offline, report.missing) == ([], 10)
    assert len(library.index(photos, exclude=[]).offline) == 0
    assert searched(library) == thirty


def test_another_drive_at_the_same_place_is_not_the_one_that_was(
    library: Library, photos: Path, paint: Paint, tmp_path: Path
) -> None:
    path = paint(photos / "red.png")
    library.index(photos)
    photos.rename(tmp_path / "away")
    paint(photos / "blue.png", "blue")
    report = library.index()
    assert offline(report) == {photos: "not the folder it was: none of its files is here"}
    assert path in searched(library)
    shutil.rmtree(photos)
    (tmp_path / "away").rename(photos)
    report = library.index()
    assert (report.offline, report.missing) == ([], 1)
    assert searched(library) == [path]


def test_a_folder_made_anew_with_its_old_photographs_is_the_old_one(
    library: Library, photos: Path, paint: Paint, tmp_path: Path
) -> None:
    paint(photos / "red.png")
    library.index(photos)
    photos.rename(tmp_path / "old")
    photos.mkdir()
    (tmp_path / "old" / "red.png").rename(photos / "renamed.png")
    report = library.index()
    assert (report.offline, report.moved) == ([], 1)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_real_drive_is_unmounted_and_mounted_again(
    library: Library, tmp_path: Path, paint: Paint
) -> None:
    drive, mount_point = tmp_path / "drive", tmp_path / "mnt"
    paint(drive / "red.png")
    mount_point.mkdir()
    mount = ["mount", "--bind", str(drive), str(mount_point)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount")
    try:
        library.index(mount_point)
        subprocess.run(["umount", str(mount_point)], check=True)
        reason = "empty, where 1 file was: is its drive mounted?"
        assert offline(library.index()) == {mount_point: reason}
        assert searched(library) == [mount_point / "red.png"]
        subprocess.run(mount, check=True)
        report = library.index()
        assert (report.offline, report.unchanged) == ([], 1)
    finally:
        subprocess.run(["umount", "-l", str(mount_point)], capture_output=True, check=False)


# --- said to be gone ---


def test_prune_shows_then_forgets_and_keeps_the_vectors(
    library: Library, photos: Path, thirty: list[Path], tmp_path: Path
) -> None:
    library.index(photos)
    for path in thirty[:25]:
        path.rename(tmp_path / path.name)
    library.index()
    assert library.gone()[0].was_skipped  # it was not named
    [gone] = library.gone(photos)
    assert (len(gone.files), len(gone.missing)) == (25, 0)
    assert searched(library) == thirty  # nothing is forgotten by looking
    assert library.prune([gone]).files == 25
    assert searched(library) == thirty[25:]
    assert library.index().offline == []
    for path in thirty[:25]:
        (tmp_path / path.name).rename(path)
    report = library.index()
    assert (report.copied, report.indexed) == (25, 0)
    assert searched(library) == thirty


def test_prune_forgets_what_has_been_missing(
    library: Library, photos: Path, thirty: list[Path]
) -> None:
    library.index(photos)
    thirty[0].unlink()
    library.index()
    [gone] = library.gone()
    assert (len(gone.files), [row.path for row in gone.missing]) == (0, ["0/00.png"])
    library.prune([gone])
    assert library.status().counts.missing == 0
    assert len(library.gone()[0]) == 0


def test_prune_of_a_part_leaves_the_rest(
    library: Library, photos: Path, thirty: list[Path]
) -> None:
    library.index(photos)
    for number in range(3):
        shutil.rmtree(photos / f"{number}")
    library.index()
    library.prune(library.gone(photos / "0", photos / "1"))
    assert searched(library) == thirty[20:]


def test_prune_with_vectors_forgets_the_pictures_for_good(
    library: Library, photos: Path, thirty: list[Path], encoder: ColourEncoder, paint: Paint
) -> None:
    copy = Path(shutil.copy(thirty[0], photos / "copy.png"))
    library.index(photos)
    first = library.search("red", limit=100, group=False)
    thumbnails = {hit.path: thumbnail_path(library, hit.photo.hash) for hit in first}
    for path in thirty[:3]:
        path.unlink()
    library.index()
    with Library.open(library.path, encoder=encoder) as reader:
        assert len(searched(reader)) == 28  # has the vectors in memory
        pruned = library.prune(library.gone(), vectors=True)
        assert (pruned.files, pruned.pictures) == (3, 2)  # the copy keeps the third
        new = [paint(photos / f"new{number}.png", "blue", seed=number) for number in range(4)]
        library.index()
        for opened in (library, reader):  # ids may be given again, to other pictures
            assert searched(opened) == sorted([*thirty[3:], copy, *new])
            assert {
                path for hit in opened.search("blue", limit=4, group=False) for path in hit.paths
            } == {*new}
    assert thumbnails[copy].exists() if copy in thumbnails else True
    assert not thumbnails[thirty[1]].exists()


def test_a_root_that_cannot_be_reached_is_pruned_when_it_is_named(
    library: Library, photos: Path, thirty: list[Path], tmp_path: Path
) -> None:
    library.index(photos)
    photos.rename(tmp_path / "away")
    library.index()
    [gone] = library.gone(photos)
    assert len(gone) == 30
    library.prune([gone])
    assert searched(library) == []
    (tmp_path / "away").rename(photos)
    assert library.index().copied == 30
    assert searched(library) == thirty


def test_prune_of_an_unknown_folder_is_a_mistake(library: Library, photos: Path) -> None:
    library.index(photos)
    with pytest.raises(PathError, match="not a folder that was indexed"):
        library.gone("/nowhere")


# --- roots that are mounted elsewhere ---


def test_a_root_mounted_at_another_path_is_relocated_without_reading(
    library: Library, photos: Path, thirty: list[Path], encoder: ColourEncoder, tmp_path: Path
) -> None:
    library.index(photos, exclude=["private/"])
    encoder.encoded = 0
    new = photos.rename(tmp_path / "elsewhere")
    library.relocate(photos, new)
    moved = [new / path.relative_to(photos) for path in thirty]
    assert searched(library) == moved
    steps: list[Progress] = []
    report = library.index(on_progress=steps.append)
    read = [step for step in steps if step.stage == "read"]
    assert (report.unchanged, report.offline, read) == (30, [], [])
    [status] = library.roots()
    assert (status.root.path, status.root.rules["exclude"]) == (new, ["private/"])
    assert encoder.encoded == 0


def test_a_place_that_was_indexed_already_is_joined(
    library: Library, photos: Path, thirty: list[Path], tmp_path: Path
) -> None:
    library.index(photos)
    new = photos.rename(tmp_path / "elsewhere")
    assert library.index(new).indexed == 0
    library.relocate(photos, new)
    moved = [new / path.relative_to(photos) for path in thirty]
    assert searched(library) == moved
    assert len(library.roots()) == 1
    assert library.index().unchanged == 30


@pytest.mark.usefixtures("thirty")
@pytest.mark.parametrize("inside", [True, False])
def test_a_place_inside_or_around_another_root_doubles_nothing(
    library: Library,
    photos: Path,
    paint: Paint,
    tmp_path: Path,
    inside: bool,
) -> None:
    drive = tmp_path / "drive"
    other = paint(drive / "other.png", "blue") if inside else paint(drive / "0" / "00.png", "blue")
    library.index(photos)
    if inside:
        new = photos.rename(drive / "photos")
        library.index(drive)  # finds them a second time
    else:
        library.index(other.parent)
        shutil.copytree(photos, drive, dirs_exist_ok=True)
        shutil.rmtree(photos)
        new = drive
    library.relocate(photos, new)
    for _ in range(2):
        paths = searched(library)
        assert len(set(paths)) == len(paths)
        assert set(paths) <= {*drive.rglob("*.png")}
        assert library.index().indexed == 0
    assert searched(library) == sorted(drive.rglob("*.png"))


def test_a_place_with_none_of_the_files_is_refused(
    library: Library, photos: Path, thirty: list[Path], tmp_path: Path
) -> None:
    library.index(photos)
    (tmp_path / "wrong").mkdir()
    with pytest.raises(UsageError, match="--anyway"):
        library.relocate(photos, tmp_path / "wrong")
    with pytest.raises(PathError, match="no such folder"):
        library.relocate(photos, tmp_path / "nowhere")
    with pytest.raises(PathError, match="not a folder that was indexed"):
        library.relocate(tmp_path / "wrong", photos)
    library.relocate(photos, tmp_path / "wrong", anyway=True)
    assert [status.root.path for status in library.roots()] == [tmp_path / "wrong"]
    assert len(thirty) == len(searched(library))


# --- names ---


def test_a_rename_of_case_alone_is_a_move(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder
) -> None:
    """Also where both names are one file: what counts is the name that the folder lists."""
    path = paint(photos / "Img.png")
    paint(photos / "deep" / "blue.png", "blue")
    library.index(photos)
    encoder.encoded = 0
    path = path.rename(photos / "IMG.png")
    (photos / "deep").rename(photos / "Deep")
    report = library.index()
    assert (report.moved, report.missing, encoder.encoded) == (2, 0, 0)
    assert searched(library) == sorted([path, photos / "Deep" / "blue.png"])


class _Listing:
    """What ``os.scandir`` gives, without the entries of one name."""

    def __init__(self, path: str, hidden: str) -> None:
        self._entries, self._hidden = os.scandir(path), hidden

    def __enter__(self) -> "Iterator[os.DirEntry[str]]":
        return (entry for entry in self._entries if entry.name != self._hidden)

    def __exit__(self, *_: object) -> None:
        self._entries.close()


def test_where_two_cases_are_one_file_a_rename_of_case_is_a_move(
    library: Library, photos: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on APFS and NTFS: both names open the file, and the folder lists the new one only."""
    path = paint(photos / "Img.png")
    paint(photos / "blue.png", "blue")
    library.index(photos)
    os.link(path, photos / "IMG.png")
    walked = SimpleNamespace(**{**vars(os), "scandir": lambda path: _Listing(path, "Img.png")})
    monkeypatch.setattr("indexer.walk.os", walked)
    report = library.index()
    assert (report.moved, report.copied, report.missing, report.indexed) == (1, 0, 0, 0)
    assert searched(library) == sorted([photos / "IMG.png", photos / "blue.png"])
    assert path.exists()


def test_a_hard_link_is_a_copy(library: Library, photos: Path, paint: Paint) -> None:
    path = paint(photos / "a.png")
    library.index(photos)
    os.link(path, photos / "b.png")
    report = library.index()
    assert (report.copied, report.indexed) == (1, 0)
    assert searched(library) == [path, photos / "b.png"]
    path.unlink()
    assert library.index().missing == 1
    assert searched(library) == [photos / "b.png"]


def test_what_was_missing_and_is_back_under_another_name_is_one_row(
    library: Library, photos: Path, paint: Paint, tmp_path: Path
) -> None:
    path = paint(photos / "a.png")
    paint(photos / "stays.png", "blue")
    library.index(photos)
    path.rename(tmp_path / "a.png")
    assert library.index().missing == 1
    (tmp_path / "a.png").rename(photos / "b.png")
    report = library.index()
    assert (report.returned, report.indexed) == (1, 0)
    assert library.status().counts.missing == 0


# --- files that somebody is writing ---


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Files that grow by a byte whenever they were read."""
    growing: list[Path] = []
    plain = SettledReader.read

    def reading(self: SettledReader, task: object) -> object:
        reader = self.reader

        class Growing:
            root, source = reader.root, reader.source

            def read(self, inner: object) -> object:
                file = reader.read(inner)  # type: ignore[arg-type]
                for path in growing:
                    with path.open("ab") as stream:
                        stream.write(b"\0")
                return file

        return plain(SettledReader(Growing()), task)  # type: ignore[arg-type]

    monkeypatch.setattr(SettledReader, "read", reading)
    yield growing
    growing.clear()


def test_a_file_that_grows_while_it_is_read_is_read_again_next_time(
    library: Library, photos: Path, paint: Paint, writing: list[Path]
) -> None:
    path = paint(photos / "a.png")
    writing.append(path)
    report = library.index(photos)
    assert [(file.path, file.reason) for file in report.failed] == [(path, CHANGING)]
    assert [file.path for file in library.failed()] == [path]
    writing.clear()
    report = library.index()
    assert (report.indexed, report.failed, library.failed()) == (1, [], [])


def test_a_file_cut_short_a_moment_ago_is_not_remembered_as_broken(
    library: Library, photos: Path, paint: Paint
) -> None:
    """The copy goes on with the same size and time: room was taken in advance."""
    path = paint(photos / "a.png", size=(200, 200))
    whole = path.read_bytes()
    path.write_bytes(bytes(len(whole)))
    status = path.stat()
    report = library.index(photos)
    assert "the next run reads it again" in report.failed[0].reason
    path.write_bytes(whole)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert library.index().indexed == 1


def test_a_file_cut_short_long_ago_is_broken(library: Library, photos: Path, paint: Paint) -> None:
    path = paint(photos / "a.png", size=(200, 200))
    path.write_bytes(path.read_bytes()[:-60])
    aged(path)
    assert len(library.index(photos).failed) == 1
    assert library.index().failed_before == 1


def test_a_file_that_is_gone_before_it_is_read_is_no_failure(
    library: Library, photos: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = paint(photos / "a.png")
    paint(photos / "b.png", "blue")
    plain = SettledReader.read

    def reading(self: SettledReader, task: object) -> object:
        path.unlink(missing_ok=True)
        return plain(self, task)  # type: ignore[arg-type]

    monkeypatch.setattr(SettledReader, "read", reading)
    report = library.index(photos, options=IndexOptions(workers=1))
    assert (report.indexed, report.failed, library.failed()) == (1, [], [])


def test_a_file_that_cannot_be_read_for_once_keeps_what_is_known(
    library: Library, photos: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive that fails in the middle of ``--full`` must not cost the photographs on it."""
    from errors import PictureError
    from pictures import Content, Decoder

    path = paint(photos / "a.png")
    library.index(photos)

    def failing(*_: object, **__: object) -> Content:
        raise PictureError("cannot be read: Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(Decoder, "read", failing)
        report = library.index(options=IndexOptions(rehash=True))
    assert [file.path for file in report.failed] == [path]
    assert [file.reason for file in library.failed()] == ["cannot be read: Input/output error"]
    assert searched(library) == [path]
    report = library.index(options=IndexOptions(rehash=True))
    assert (report.unchanged, report.failed, library.failed()) == (1, [], [])


# --- plans ---


def test_a_plan_says_what_a_run_does_and_writes_nothing(
    library: Library, photos: Path, paint: Paint, encoder: ColourEncoder, tmp_path: Path
) -> None:
    paths = {name: paint(photos / f"{name}.png", seed=n) for n, name in enumerate("abcdef")}
    [plan] = library.plan(photos)
    assert set(plan.new) == set(paths.values())
    assert not library.path.exists()
    assert encoder.encoded == 0

    library.index(photos)
    before = {p: p.stat().st_mtime_ns for p in library.path.rglob("*") if p.suffix != ".db-shm"}
    paths["a"].rename(tmp_path / "a.png")
    moved = paths["b"].rename(photos / "moved.png")
    paint(paths["c"], "blue", (70, 50))
    new = paint(photos / "new.png", "green")
    [plan] = library.plan()
    assert (plan.new, plan.changed, plan.missing) == ((new,), (paths["c"],), (paths["a"],))
    assert (plan.moved, plan.unchanged, plan.offline) == (((paths["b"], moved),), 3, None)
    after = {p: p.stat().st_mtime_ns for p in library.path.rglob("*") if p.suffix != ".db-shm"}
    assert before == after
    report = library.index()
    done = (report.indexed, report.moved, report.missing, report.unchanged)
    assert done == (2, 1, 1, 3)
    (tmp_path / "a.png").rename(paths["a"])
    [plan] = library.plan()
    assert plan.returned == (paths["a"],)


def test_a_plan_tells_of_a_root_that_would_be_offline(
    library: Library, photos: Path, thirty: list[Path], tmp_path: Path
) -> None:
    library.index(photos)
    for path in thirty[:22]:
        path.unlink()
    [plan] = library.plan()
    assert plan.offline == "22 of its 30 files are gone"
    photos.rename(tmp_path / "away")
    [plan] = library.plan()
    assert plan.offline == "folder cannot be read: No such file or directory"
    assert plan.missing == ()
    assert not library.roots()[0].root.offline
