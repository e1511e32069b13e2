"""Real folders, real links, real bad names: what is found, and what is passed by and counted."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from errors import UsageError
from indexer.walk import ALWAYS_EXCLUDED, FoundFile, WalkNotes, WalkRules, walk
from pictures.formats import SUFFIXES, suffix_of

REPOSITORY = Path(__file__).parents[2]

Make = Callable[..., None]


@pytest.fixture
def make(photos: Path) -> Make:
    """Puts files of one byte below the photo folder; a name with a slash at its end is a folder."""

    def made(*names: str | bytes) -> None:
        for name in names:
            path = photos / os.fsdecode(name)
            if os.fsdecode(name).endswith("/"):
                path.mkdir(parents=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"x")

    return made


def walked(root: Path, *exclude: str, **more: Any) -> tuple[list[str], WalkNotes]:
    notes = WalkNotes()
    rules = WalkRules(exclude, hidden=more.pop("hidden", False))
    return [file.path for file in walk(root, rules, notes, **more)], notes


# --- names ---


def test_files_come_with_their_size_and_time(photos: Path, make: Make) -> None:
    make("a.jpg")
    os.utime(photos / "a.jpg", ns=(1, 1_234_567_890_123_456_789))
    assert list(walk(photos, WalkRules(), WalkNotes())) == [
        FoundFile("a.jpg", 1, 1_234_567_890_123_456_789)
    ]


def test_pictures_are_told_by_their_suffix_in_any_case(photos: Path, make: Make) -> None:
    taken = [f"a{suffix}" for suffix in SUFFIXES] + ["B.JPG", "b.c.JpEg", "d.jpg/inside.png"]
    passed = ["a.txt", "a.mov", "jpg", "a.jpg.part", "a.jpg~", "ajpg", "Thumbs.db", "a.", "a.gif "]
    make(*taken, *passed)
    found, notes = walked(photos)
    assert sorted(found) == sorted(taken)
    assert notes.skipped == {"not a picture by name": len(passed)}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        *(("a.JPG", ".jpg"), ("a.tar.gz", ".gz"), (".jpg", ""), ("a", ""), ("", ""), ("a.", ".")),
        ("..jpg", ".jpg"),
    ],
)
def test_the_suffix_of_a_name(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix


def test_the_order_is_always_the_same(photos: Path, make: Make) -> None:
    make("c.jpg", "d/4.jpg", "b/2.jpg", "b/1.jpg", "a.jpg", "b/a/3.jpg", "B.jpg")
    found, _ = walked(photos)
    assert found == ["B.jpg", "a.jpg", "c.jpg", "b/1.jpg", "b/2.jpg", "b/a/3.jpg", "d/4.jpg"]


@pytest.mark.parametrize(
    "name",
    [
        *(b"caf\xe9.jpg", b"\xff\xfe\x80.jpg", b"two\nlines.jpg", b"tab\tbell\a.jpg", b" .jpg"),
        *(b"back\\slash.jpg", b"*?[a].jpg", b"quote'\".jpg", b"-rf.jpg", b"#1.jpg", b"!not.jpg"),
        *("é.jpg".encode(), "e\u0301.jpg".encode(), "日本.jpg".encode(), "👩‍👩‍👧.jpg".encode()),
        b"fold\xe9r\n/caf\xe9.jpg",
    ],
)
def test_a_name_may_be_any_bytes(photos: Path, make: Make, name: bytes) -> None:
    make(name)
    found, notes = walked(photos, "*.gone")
    assert [os.fsencode(path) for path in found] == [name]
    assert (photos / found[0]).read_bytes() == b"x"
    assert not notes.unreadable


def test_a_path_may_be_longer_than_a_thousand_characters(photos: Path, make: Make) -> None:
    name = "/".join(["d" * 200] * 6) + "/" + "p" * 200 + ".jpg"
    make(name)
    assert walked(photos)[0] == [name]


def test_a_path_longer_than_the_system_takes_is_noted(photos: Path, make: Make) -> None:
    make("near.jpg")
    folder = os.open(photos, os.O_RDONLY)
    for _ in range(25):  # 25 x 201 characters, past the 4,096 that a call may name
        os.mkdir("d" * 200, dir_fd=folder)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    found, notes = walked(photos)
    assert found == ["near.jpg"]
    assert list(notes.unreadable.values()) == ["folder cannot be read: File name too long"]


# --- left out ---


def test_hidden_files_and_folders_are_passed_by_unless_asked_for(photos: Path, make: Make) -> None:
    make("a.jpg", ".b.jpg", ".cache/c.jpg", "d/.e/f.jpg", ".notes.txt", "._a.jpg")
    found, notes = walked(photos)
    assert found == ["a.jpg"]
    assert notes.skipped == {"hidden": 4, "not a picture by name": 1}
    found, notes = walked(photos, hidden=True)
    assert sorted(found) == ["._a.jpg", ".b.jpg", ".cache/c.jpg", "a.jpg", "d/.e/f.jpg"]
    assert notes.skipped == {"not a picture by name": 1}


TREE = ["a.jpg", "b.png", "raw/a.jpg", "raw/keep.jpg", "x/raw/a.jpg", "x/y/b.png", "raw.jpg"]


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ([], TREE),
        (["*.png"], ["a.jpg", "raw/a.jpg", "raw/keep.jpg", "x/raw/a.jpg", "raw.jpg"]),
        (["raw/"], ["a.jpg", "b.png", "x/y/b.png", "raw.jpg"]),
        (["/raw/"], ["a.jpg", "b.png", "x/raw/a.jpg", "x/y/b.png", "raw.jpg"]),
        (["raw"], ["a.jpg", "b.png", "x/y/b.png", "raw.jpg"]),
        (["x/*/b.png"], ["a.jpg", "b.png", "raw/a.jpg", "raw/keep.jpg", "x/raw/a.jpg", "raw.jpg"]),
        (["**/a.jpg"], ["b.png", "raw/keep.jpg", "x/y/b.png", "raw.jpg"]),
        (["x/**"], ["a.jpg", "b.png", "raw/a.jpg", "raw/keep.jpg", "raw.jpg"]),
        (["raw/*", "!raw/keep.jpg"], [name for name in TREE if name != "raw/a.jpg"]),
        (["raw/", "!raw/keep.jpg"], ["a.jpg", "b.png", "x/y/b.png", "raw.jpg"]),
        (["*.jpg", "!a.jpg"], ["a.jpg", "b.png", "raw/a.jpg", "x/raw/a.jpg", "x/y/b.png"]),
        (["# a.jpg", "", "  "], TREE),
        (["?.jpg"], ["b.png", "raw/keep.jpg", "x/y/b.png", "raw.jpg"]),
        (["[ab].*"], ["raw/keep.jpg", "raw.jpg"]),
        (["*", "!*/", "!keep.jpg"], ["raw/keep.jpg"]),
        (["**", "!*/", "!keep.jpg"], ["raw/keep.jpg"]),
        (["*", "!raw/"], []),
        (["*", "!raw/", "!raw/**"], ["raw/a.jpg", "raw/keep.jpg"]),
        (["/*", "!/raw"], ["raw/a.jpg", "raw/keep.jpg"]),
    ],
)
def test_excludes_are_patterns_as_in_a_gitignore(
    photos: Path, make: Make, patterns: list[str], left: list[str]
) -> None:
    make(*TREE)
    found, notes = walked(photos, *patterns)
    assert sorted(found) == sorted(left)
    assert (notes.skipped["excluded"] > 0) == (left != TREE)


def test_an_excluded_folder_is_counted_once_and_not_entered(photos: Path, make: Make) -> None:
    make("a.jpg", "old/b.jpg", "old/c.jpg", "old/deep/d.jpg")
    found, notes = walked(photos, "old/")
    assert found == ["a.jpg"]
    assert notes.skipped == {"excluded": 1}


def test_excludes_reach_below_names_with_line_breaks(photos: Path, make: Make) -> None:
    make("a.jpg", "two\nlines.jpg", "two\nlines/a.jpg", "two\nlines/b.png")
    found, _ = walked(photos, "*.jpg")
    assert found == ["two\nlines/b.png"]


def test_folders_that_systems_fill_themselves_are_always_excluded(photos: Path, make: Make) -> None:
    make("a.jpg", *(f"x/{folder}b.jpg" for folder in ALWAYS_EXCLUDED))
    found, notes = walked(photos)
    assert found == ["a.jpg"]
    assert notes.skipped == {"excluded": len(ALWAYS_EXCLUDED)}


def test_always_excluded_can_be_taken_back(photos: Path, make: Make) -> None:
    make("lost+found/a.jpg")
    assert walked(photos, "!lost+found/")[0] == ["lost+found/a.jpg"]


def test_a_pattern_that_makes_no_sense_is_told(photos: Path) -> None:
    with pytest.raises(UsageError, match="exclude"):
        walked(photos, "!")


def test_rules_survive_the_catalog() -> None:
    rules = WalkRules(("*.png", "!caf\udce9/"), hidden=True)
    assert WalkRules.from_json(json.loads(json.dumps(rules.to_json()))) == rules
    assert WalkRules.from_json({}) == WalkRules()


# --- links, pipes, other roots ---


def test_links_are_counted_and_not_followed(tmp_path: Path, photos: Path, make: Make) -> None:
    make("a.jpg", "b/c.jpg")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.jpg").write_bytes(b"x")
    (photos / "file.jpg").symlink_to("a.jpg")
    (photos / "broken.jpg").symlink_to("gone.jpg")
    (photos / "itself.jpg").symlink_to("itself.jpg")
    (photos / "folder").symlink_to(tmp_path / "elsewhere")
    (photos / "folder.jpg").symlink_to(tmp_path / "elsewhere")
    (photos / "b" / "up").symlink_to("..")
    found, notes = walked(photos)
    assert found == ["a.jpg", "b/c.jpg"]
    assert notes.skipped == {"symbolic link": 6}


def test_hard_links_are_files_like_any_other(photos: Path, make: Make) -> None:
    make("a.jpg")
    (photos / "b.jpg").hardlink_to(photos / "a.jpg")
    assert walked(photos)[0] == ["a.jpg", "b.jpg"]


def test_pipes_and_sockets_are_counted_and_not_opened(
    photos: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("a.jpg", "folder.jpg/")
    os.mkfifo(photos / "pipe.jpg")
    monkeypatch.chdir(photos)  # the name of a socket has at most 107 bytes
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind("socket.jpg")
        found, notes = walked(photos)
    assert found == ["a.jpg"]
    assert notes.skipped == {"not a regular file": 2}


def test_other_roots_are_left_to_themselves(photos: Path, make: Make) -> None:
    make("a.jpg", "own/b.jpg", "x/own/c.jpg", "ownership/d.jpg")
    others = [photos / "own", photos / "x" / "own", photos, photos.parent]
    found, _ = walked(photos, other_roots=others)
    assert found == ["a.jpg", "ownership/d.jpg"]


# --- what cannot be looked at ---


def test_a_root_that_is_gone_is_noted(photos: Path) -> None:
    found, notes = walked(photos / "gone")
    assert found == []
    assert notes.unreadable == {"": "folder cannot be read: No such file or directory"}


WALK = """
import json, sys
from pathlib import Path
from indexer.walk import WalkNotes, WalkRules, walk
notes = WalkNotes()
found = [file.path for file in walk(Path(sys.argv[1]), WalkRules(), notes)]
print(json.dumps([found, notes.unreadable, dict(notes.skipped)]))
"""


def walked_without_privilege(root: Path) -> tuple[list[str], dict[str, str], dict[str, int]]:
    """The walk in a process for which permission bits count, which they do not for root."""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] if os.geteuid() == 0 else []
    command = [*drop, sys.executable, "-c", WALK, str(root)]
    try:
        done = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
        )
    except FileNotFoundError:
        pytest.skip("runs as root, and setpriv is not here to give that up")
    if done.returncode and "setpriv" in done.stderr:
        pytest.skip(f"runs as root, and cannot give that up: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    found, unreadable, skipped = json.loads(done.stdout)
    return found, unreadable, skipped


@pytest.fixture
def forbid() -> Iterable[Callable[[Path, int], None]]:
    """Takes permissions away, and gives them back after the test."""
    before: list[tuple[Path, int]] = []

    def forbidden(path: Path, mode: int) -> None:
        before.append((path, path.stat().st_mode))
        path.chmod(mode)

    yield forbidden
    for path, mode in reversed(before):
        path.chmod(mode)


def test_a_folder_that_may_not_be_listed_is_noted_and_the_rest_found(
    photos: Path, make: Make, forbid: Callable[[Path, int], None]
) -> None:
    make("a.jpg", "closed/b.jpg", "open/c.jpg", "open/closed/d.jpg")
    forbid(photos / "closed", 0o000)
    forbid(photos / "open" / "closed", 0o300)
    found, unreadable, skipped = walked_without_privilege(photos)
    assert found == ["a.jpg", "open/c.jpg"]
    reason = "folder cannot be read: Permission denied"
    assert unreadable == {"closed/": reason, "open/closed/": reason}
    assert skipped == {}


def test_a_folder_that_may_be_listed_but_not_entered_has_each_of_its_files_noted(
    photos: Path, make: Make, forbid: Callable[[Path, int], None]
) -> None:
    make("a.jpg", "listed/b.jpg", "listed/c.txt")
    forbid(photos / "listed", 0o400)
    found, unreadable, skipped = walked_without_privilege(photos)
    assert found == ["a.jpg"]
    assert unreadable == {"listed/b.jpg": "cannot be read: Permission denied"}
    assert skipped == {"not a picture by name": 1}


def test_a_file_that_may_not_be_read_is_still_found(
    photos: Path, make: Make, forbid: Callable[[Path, int], None]
) -> None:
    make("a.jpg")
    forbid(photos / "a.jpg", 0o000)
    assert walked_without_privilege(photos)[0] == ["a.jpg"]


# --- cost ---


def calls_of(work: Callable[[], object]) -> list[str]:
    """The names of the C functions that ``work`` calls."""
    names: list[str] = []

    def note(_: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            names.append(called.__name__)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return names


def test_a_photograph_costs_one_stat_and_nothing_is_opened(photos: Path, make: Make) -> None:
    make(*(f"{folder}/{number}.jpg" for folder in "ab" for number in range(10)), "a/note.txt")
    (photos / "link.jpg").symlink_to("a/0.jpg")
    calls = calls_of(lambda: walked(photos, "*.png"))
    assert calls.count("stat") == 20
    assert calls.count("scandir") == 3
    assert not {"lstat", "fstat", "open", "open_code", "readlink", "realpath"} & set(calls)
