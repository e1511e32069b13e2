"""Duplicates on real files: what is found, and that acting never loses a picture."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from click.testing import CliRunner, Result
from PIL import Image

from conftest import PHOTOS, Paint
from errors import LibraryLocked, PathError
from photoseek import Library
from photoseek.cli import cli
from photoseek.library.duplicates import Duplicating
from photoseek.spares import Outcome
from search.duplicates import Tier

Ask = Callable[..., Result]


def contents(folder: Path) -> set[bytes]:
    """Every content below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {blake3(path.read_bytes()).digest() for path in files}


@pytest.fixture
def copied(library: Library, photos: Path, paint: Paint) -> Library:
    """A red picture three times, a blue one once."""
    red = paint(photos / "red.png", "red", seed=1)
    for name in ("red (1).png", "sub/red.png"):
        (photos / name).parent.mkdir(exist_ok=True)
        shutil.copy(red, photos / name)
    paint(photos / "blue.png", "blue", seed=2)
    library.index(photos)
    return library


@pytest.fixture
def ask(copied: Library) -> Ask:
    """Runs the command in this process: it answers from the catalog, without a model."""

    def asked(*arguments: object, answer: str | None = None) -> Result:
        copied.close()
        words = ["duplicates", "--library", copied.path, *arguments]
        return CliRunner().invoke(cli, [os.fspath(str(word)) for word in words], input=answer)

    return asked


def spares_of(library: Duplicating) -> list[Path]:
    return [spare.copy.path for spare in library.spares(library.duplicates(["exact"]))]


def test_exact_copies_are_found_by_content(copied: Library, photos: Path) -> None:
    (group,) = copied.duplicates(["exact"])
    assert (group.tier, len(group.pictures)) == (Tier.EXACT, 1)
    assert {copy.path for copy in group.pictures[0].copies} == {
        photos / "red.png",
        photos / "red (1).png",
        photos / "sub" / "red.png",
    }
    assert spares_of(copied) == [photos / "red (1).png", photos / "sub" / "red.png"]


def test_one_picture_in_several_sizes_is_the_same(library: Library, photos: Path) -> None:
    """And the others of the folder are not; the largest comes first."""
    for path in sorted(PHOTOS.rglob("*.jpg"))[::10]:
        shutil.copy(path, photos / path.name)
    original = photos / "white-castle.jpg"
    shutil.copy(PHOTOS / "places" / "white-castle.jpg", original)
    with Image.open(original) as image:
        image.resize((image.width // 2, image.height // 2)).save(photos / "small.jpg", quality=60)
        image.crop((9, 9, image.width - 20, image.height - 30)).save(photos / "crop.webp")
    library.index(photos)
    (group,) = library.duplicates(["same"])
    names = [picture.photo.paths[0].name for picture in group.pictures]
    assert (names[0], set(names)) == (
        "white-castle.jpg",
        {"white-castle.jpg", "small.jpg", "crop.webp"},
    )
    shutil.rmtree(library.path / "thumbnails")  # a cache: the photographs themselves will do
    assert [len(group.pictures) for group in library.duplicates(["same"])] == [3]


def test_trash_is_moved_and_can_be_taken_back(
    copied: Library, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trashed = tmp_path / "trash"
    trashed.mkdir()
    monkeypatch.setattr(
        "send2trash.send2trash", lambda path: shutil.move(path, trashed / Path(path).name)
    )
    before = contents(photos)
    outcomes = list(copied.trash_spares(copied.spares(copied.duplicates(["exact"]))))
    assert all(outcome.done for outcome in outcomes)
    assert contents(photos) == before
    assert sorted(path.name for path in photos.iterdir()) == ["blue.png", "red.png", "sub"]
    assert {path.name for path in trashed.iterdir()} == {"red (1).png", "red.png"}
    assert copied.duplicates(["exact"]) == []  # noted without another index run
    assert copied.index(photos).missing == 0


def test_moved_copies_keep_their_folders_and_overwrite_nothing(
    copied: Library, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "spare"
    below = folder.joinpath(*photos.parts[1:])
    below.mkdir(parents=True)
    (below / "red (1).png").write_text("somebody's")
    list(copied.move_spares(copied.spares(copied.duplicates(["exact"])), folder))
    assert (below / "red (1).png").read_text() == "somebody's"
    assert (below / "red (1) (2).png").exists()
    assert (below / "sub" / "red.png").exists()
    assert (photos / "red.png").exists()
    assert not (photos / "red (1).png").exists()


def test_linked_copies_stay_where_they_are(copied: Library, photos: Path) -> None:
    before = {path: path.read_bytes() for path in photos.rglob("*.png")}
    outcomes = list(copied.link_spares(copied.spares(copied.duplicates(["exact"]))))
    assert [outcome.done for outcome in outcomes] == [True, True]
    assert {path: path.read_bytes() for path in photos.rglob("*.png")} == before
    again = list(copied.link_spares(copied.spares(copied.duplicates(["exact"]))))
    if (photos / "red.png").stat().st_nlink > 1:  # where there are no reflinks
        assert all("one file" in (outcome.reason or "") for outcome in again)


def after(outcomes: list[Outcome]) -> str:
    return " ".join(outcome.reason or "" for outcome in outcomes)


def test_a_kept_file_that_has_changed_protects_its_copies(copied: Library, photos: Path) -> None:
    """What stands in for them is no longer what it was."""
    spares = copied.spares(copied.duplicates(["exact"]))
    (photos / "red.png").write_bytes(b"something else")
    before = contents(photos)
    outcomes = list(copied.move_spares(spares, photos.parent / "spare"))
    assert "has changed since" in after(outcomes)
    assert contents(photos) == before
    assert not any(outcome.done for outcome in outcomes)


def test_a_copy_that_has_changed_is_left_alone(copied: Library, photos: Path) -> None:
    spares = copied.spares(copied.duplicates(["exact"]))
    (photos / "red (1).png").write_bytes(b"edited since")
    outcomes = list(copied.move_spares(spares, photos.parent / "spare"))
    assert [outcome.done for outcome in outcomes] == [False, True]
    assert (photos / "red (1).png").read_bytes() == b"edited since"


def test_two_names_of_one_file_are_no_copies(library: Library, photos: Path, paint: Paint) -> None:
    """Trashing one of two hard links, or of two ways to one file, must not lose the file."""
    paint(photos / "a.png")
    os.link(photos / "a.png", photos / "b.png")
    library.index(photos)
    outcomes = list(
        library.move_spares(library.spares(library.duplicates(["exact"])), photos.parent / "s")
    )
    assert "one file" in after(outcomes)
    assert (photos / "b.png").exists()


def test_a_symbolic_link_in_the_place_of_a_copy_is_left_alone(
    copied: Library, photos: Path
) -> None:
    spares = copied.spares(copied.duplicates(["exact"]))
    (photos / "red (1).png").unlink()
    (photos / "red (1).png").symlink_to(photos / "red.png")
    (photos / "sub" / "red.png").unlink()
    outcomes = list(copied.link_spares(spares))
    assert not any(outcome.done for outcome in outcomes)
    assert "not a plain file" in after(outcomes)
    assert "No such file" in after(outcomes)


def test_copies_on_a_drive_that_is_away_are_not_counted_on(
    copied: Library, photos: Path, tmp_path: Path
) -> None:
    drive = tmp_path / "drive"
    drive.mkdir()
    shutil.copy(photos / "blue.png", drive / "blue.png")
    copied.index(drive)
    assert photos / "blue.png" in spares_of(copied) or drive / "blue.png" in spares_of(copied)
    drive.rename(tmp_path / "unplugged")
    copied.index()
    assert not {photos / "blue.png", drive / "blue.png"} & set(spares_of(copied))


def test_nothing_is_done_while_another_process_writes(copied: Library, photos: Path) -> None:
    spares = copied.spares(copied.duplicates(["exact"]))
    before = contents(photos)
    with copied._store.folder.lock(), pytest.raises(LibraryLocked):
        list(copied.move_spares(spares, photos.parent / "spare"))
    assert contents(photos) == before


@pytest.mark.parametrize("name", ["library/inner", "photos/inner", "photos/red.png"])
def test_folders_that_will_not_do_are_refused_at_once(
    copied: Library, tmp_path: Path, name: str
) -> None:
    with pytest.raises(PathError):
        copied.move_spares([], tmp_path / name)
    assert not (tmp_path / "library" / "inner").exists()


def test_a_read_only_folder_is_refused(copied: Library, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    if os.access(tmp_path / "closed", os.W_OK):
        pytest.skip("root may write anywhere")
    with pytest.raises(PathError, match="cannot be written"):
        copied.move_spares([], tmp_path / "closed" / "inner")


def test_the_command_lists_and_changes_nothing(ask: Ask, photos: Path) -> None:
    before = {path: path.stat() for path in photos.rglob("*")}
    listed = ask("--tier", "exact")
    assert listed.exit_code == 0
    assert listed.output.splitlines()[0].startswith("exact copies: 1 groups, 3 files")
    assert ask("--json").output.startswith('{"groups": [{"tier": "exact"')
    assert {path: path.stat() for path in photos.rglob("*")} == before


def test_the_command_acts_when_told_to(ask: Ask, photos: Path, tmp_path: Path) -> None:
    done = ask("--move", tmp_path / "spare", "--yes", "--keep", photos / "sub")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("2 files moved")
    assert (photos / "sub" / "red.png").exists()
    assert not (photos / "red.png").exists()
    assert ask("--tier", "exact").output == "no duplicates\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--link", "--trash"], "exclude each other"),
        (["--trash", "--yes", "--tier", "similar"], "no copies"),
        (["--link", "--yes", "--tier", "same"], "only exact"),
        (["--trash"], "add --yes"),
        (["--limit", "-1"], "limit -1"),
        (["--move", "/proc/version", "--yes"], "not a folder"),
    ],
)
def test_what_makes_no_sense_is_refused(
    ask: Ask, photos: Path, arguments: list[str], words: str
) -> None:
    before = contents(photos)
    done = ask(*arguments)
    assert words in str(done.exception)
    assert contents(photos) == before
