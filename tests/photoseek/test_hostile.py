"""Names, links and files that are out to deceive: indexed, found, printed, and never followed."""

import csv
import hashlib
import io
import json
import os
import pty
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from conftest import PHOTOS, Paint
from indexer.walk import WalkNotes, WalkRules, walk
from photoseek import Library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names in any bytes, FIFOs, links")

NAMES = [
    *(b"-rf.jpg", b"--help.jpg", b"-.jpg", b"@file.jpg", b" .jpg", b"~.jpg", b"*?[x].jpg"),
    *(b"two\nlines.jpg", b"\n\n.jpg", b"tab\tand\rreturn.jpg", b"quote'\"`.jpg", b"a,b;c.jpg"),
    *(b"\x1b[2J\x1b[31mred.jpg", b"\x1b]0;title\x07.jpg", b"\x9b31m.jpg", b"\x08\x7f.jpg"),
    *(b"\xff\xfe.jpg", b"caf\xe9.jpg", "caf\u0301é.jpg".encode(), "\u202egpj.exe.jpg".encode()),
    *(b"%s%n{0}.jpg", b"$(touch owned).jpg", b"x" * 251 + b".jpg", b"=1+1.jpg"),
]
FOLDER = b"-\x1b[7m\n\xff"


def photoseek(*arguments: str | bytes | Path, library: Path) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-m", "photoseek", *arguments]
    environment = {**os.environ, "PHOTOSEEK_LIBRARY": str(library)}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


def assert_harmless(text: bytes) -> None:
    """Nothing but printable text and line breaks."""
    for letter in text.decode():
        assert letter == "\n" or letter.isprintable(), text


@pytest.fixture(scope="module")
def deceived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, set[bytes]]:
    """A library of photographs with such names, one unreadable; and the readable ones' paths."""
    base = tmp_path_factory.mktemp("deceived")
    folder = base / "photos" / os.fsdecode(FOLDER)
    folder.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        image = Image.new("RGB", (40, 30), (9 * number, 255 - 9 * number, 40))
        image.save(folder / os.fsdecode(name), "JPEG")
    (folder / os.fsdecode(b"\x1b[5mbad\n.jpg")).write_bytes(b"no picture \x1b[2J")
    code, out, err = photoseek("index", base / "photos", library=base / "library")
    assert code == 0
    assert f"{len(NAMES)} indexed".encode() in out
    assert_harmless(out + err)
    return base / "library", folder, {os.fsencode(folder) + b"/" + name for name in NAMES}


@pytest.mark.parametrize(
    "command",
    [
        ("search", "red", "--all"),
        ("search", "\x1b[31mred\nblue", "--all"),
        ("status",),
        ("status", "--failed"),
        ("roots",),
        ("index", "--dry-run", "--full"),
        ("index", "--retry-failed"),
        ("similar", "-", "--nosuch\x1b[31m"),
        ("nosuch\x1b[31m",),
        ("index", "/nosuch\x1b[31m\n"),
        ("similar", "/nosuch\x1b[31m\n.jpg"),
        ("search", "x", "--model", "\x1b[31m"),
    ],
)
def test_whatever_is_said_moves_no_cursor(
    deceived: tuple[Path, Path, set[bytes]], command: tuple[str, ...]
) -> None:
    library, _, _ = deceived
    code, out, err = photoseek(*command, library=library)
    assert code in (0, 1, 2)
    assert out + err
    assert b"Traceback" not in err
    assert_harmless(out + err)


def test_every_name_comes_through_json_csv_and_nul_as_it_is(
    deceived: tuple[Path, Path, set[bytes]],
) -> None:
    library, folder, paths = deceived
    command = ("search", "red", "--all", "-k", "100")
    _, out, _ = photoseek(*command, "--json", library=library)
    assert {os.fsencode(hit["path"]) for hit in json.loads(out)["hits"]} == paths
    _, out, _ = photoseek(*command, "--csv", library=library)
    rows = csv.DictReader(io.StringIO(os.fsdecode(out), newline=""))
    assert {os.fsencode(row["path"]) for row in rows} == paths
    _, out, _ = photoseek(*command, "--print0", library=library)
    assert set(out.split(b"\0")) - {b""} == paths
    _, out, _ = photoseek("status", "--failed", "--json", library=library)
    (failed,) = json.loads(out)["failed"]
    assert Path(failed["path"]).parent == folder


def test_paths_and_csv_are_escaped_on_a_terminal_only(
    deceived: tuple[Path, Path, set[bytes]],
) -> None:
    library, _, _ = deceived
    for shape in ("--paths", "--csv"):
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "photoseek", "search", "red", "--all", shape]
        environment = {**os.environ, "PHOTOSEEK_LIBRARY": str(library)}
        subprocess.run(command, stdout=theirs, stderr=theirs, env=environment, check=True)
        os.close(theirs)
        said = os.read(ours, 1 << 16)
        os.close(ours)
        assert b"\\x1b[2J" in said
        assert_harmless(said.replace(b"\r\n", b"\n"))


def test_a_name_like_an_option_is_given_behind_two_dashes(
    deceived: tuple[Path, Path, set[bytes]],
) -> None:
    library, folder, _ = deceived
    command = [sys.executable, "-m", "photoseek", "similar", "--library", str(library), "-0"]
    done = subprocess.run(
        [*command, "--", "--help.jpg"], cwd=folder, capture_output=True, check=True
    )
    assert len(done.stdout.split(b"\0")) > 1


# --- links ---


def found(root: Path, *, others: tuple[Path, ...] = ()) -> tuple[list[str], WalkNotes]:
    notes = WalkNotes()
    rules = WalkRules(follow_symlinks=True)
    return [file.path for file in walk(root, rules, notes, other_roots=others)], notes


def test_links_out_of_the_root_are_followed_only_if_asked_and_that_is_remembered(
    library: Library, photos: Path, tmp_path: Path, paint: Paint
) -> None:
    paint(photos / "a.png")
    paint(tmp_path / "elsewhere" / "deep" / "b.png", "blue")
    (photos / "out").symlink_to(tmp_path / "elsewhere")
    (photos / "file.png").symlink_to(paint(tmp_path / "c.png", "green"))
    report = library.index(photos)
    assert (report.indexed, report.skipped) == (1, {"symbolic link": 2})
    assert library.index(photos, follow_symlinks=True).indexed == 2
    report = library.index()
    assert (report.unchanged, report.missing, report.failed) == (3, 0, [])
    report = library.index(photos, follow_symlinks=False)
    assert report.unchanged == 1


def test_what_is_behind_a_link_to_nothing_is_kept(
    library: Library, photos: Path, tmp_path: Path, paint: Paint
) -> None:
    paint(tmp_path / "drive" / "b.png", "blue")
    paint(photos / "a.png")
    (photos / "out").symlink_to(tmp_path / "drive")
    assert library.index(photos, follow_symlinks=True).indexed == 2
    (tmp_path / "drive").rename(tmp_path / "away")
    report = library.index()
    assert (report.missing, len(report.failed)) == (0, 1)
    assert "is its drive mounted?" in report.failed[0].reason


def test_loops_of_links_end_and_a_folder_is_known_by_its_own_path(
    photos: Path, paint: Paint
) -> None:
    """Links to itself, to the root, above it, round in circles; a thousand ways to each folder."""
    root = photos / "root"
    for letter in "abcdefghij":
        paint(root / letter / f"{letter}.png")
    for letter in "abcdefghij":
        for other in "abcdefghij":
            (root / letter / f"to-{other}").symlink_to(root / other)
        (root / letter / "up").symlink_to("..")
        (root / letter / "itself").symlink_to("itself")
    paint(photos / "beside" / "x.png")
    (root / "0-above").symlink_to(photos)
    paths, notes = found(root)
    assert paths == [*(f"{c}/{c}.png" for c in "abcdefghij"), "0-above/beside/x.png"]
    assert len(notes.unreadable) == 10
    assert notes.skipped["symbolic link to a folder that is looked at anyway"] == 111


def test_links_into_other_folders_of_the_library_and_to_no_files_are_passed_by(
    photos: Path, tmp_path: Path, paint: Paint
) -> None:
    paint(tmp_path / "other" / "x.png")
    (photos / "other").symlink_to(tmp_path / "other")
    (photos / "zero.jpg").symlink_to("/dev/zero")
    (photos / "page.txt").symlink_to("/etc/hostname")
    paths, notes = found(photos, others=(tmp_path / "other",))
    assert paths == []
    assert notes.skipped == {
        "symbolic link into another folder of the library": 1,
        "not a regular file": 1,
        "not a picture by name": 1,
    }


def test_a_link_put_in_a_files_place_after_the_walk_is_not_followed(
    library: Library, photos: Path, tmp_path: Path, paint: Paint
) -> None:
    from pictures import Allowance, Decoder

    secret = paint(tmp_path / "secret.png")
    (photos / "a.png").symlink_to(secret)
    os.mkfifo(photos / "b.png")
    decoder = Decoder(Allowance())
    for name, reason in (("a.png", "is not a file"), ("b.png", "is not a file")):
        with pytest.raises(Exception, match=reason):
            decoder.read(photos / name, follow=False)
    assert decoder.read(photos / "a.png").bytes == secret.stat().st_size
    decoder.close()
    assert library.index(photos).failed == []


def test_pipes_sockets_and_devices_are_passed_by_and_never_opened(
    library: Library, photos: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(photos / "a.png")
    os.mkfifo(photos / "pipe.jpg")
    monkeypatch.chdir(photos)  # the name of a socket has at most 107 bytes
    devices = 0
    if os.geteuid() == 0:
        os.mknod("zero.jpg", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        devices = 1
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")
        report = library.index(photos)
    assert (report.indexed, report.failed) == (1, [])
    assert report.skipped == {"not a regular file": 2 + devices}


# --- many, and deep ---


def test_a_hundred_thousand_files_in_one_folder_are_all_found(photos: Path) -> None:
    folder = os.open(photos, os.O_RDONLY)
    for number in range(100_000):
        os.close(os.open(f"{number:06d}.jpg", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    paths, notes = found(photos)
    assert paths == [f"{number:06d}.jpg" for number in range(100_000)]
    assert notes.seen == 100_000


def test_two_hundred_folders_deep_is_found_and_past_the_longest_path_is_told(
    library: Library, photos: Path, paint: Paint
) -> None:
    deep = photos / "/".join(f"{number:015d}" for number in range(200))
    paint(deep / "a.png")
    folder = os.open(photos, os.O_RDONLY)
    for _ in range(200):  # 200 x 61 characters: more than the 4,096 that a call may name
        os.mkdir("d" * 60, dir_fd=folder)
        below = os.open("d" * 60, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    report = library.index(photos)
    assert report.indexed == 1
    (failed,) = report.failed
    assert failed.reason == "folder cannot be read: File name too long"
    assert [hit.path for hit in library.search("red")] == [deep / "a.png"]
    assert library.index().unchanged == 1
    subprocess.run(["rm", "-rf", str(photos)], check=True)  # shutil's stops at such depths


# --- read-only ---


def everything(root: Path) -> dict[str, tuple[object, ...]]:
    """Of each file and folder all metadata but the time of access, and a hash of the content."""
    kept: dict[str, tuple[object, ...]] = {}
    for path in (root, *sorted(root.rglob("*"))):
        seen = path.lstat()
        facts = (
            *(seen.st_mode, seen.st_ino, seen.st_nlink, seen.st_uid, seen.st_gid, seen.st_size),
            *(seen.st_mtime_ns, seen.st_ctime_ns),
            tuple(os.listxattr(path, follow_symlinks=False)),
        )
        content = path.read_bytes() if stat.S_ISREG(seen.st_mode) else b""
        kept[str(path)] = (*facts, hashlib.sha256(content).digest())
    return kept


def test_no_command_changes_anything_in_a_photo_folder(tmp_path: Path) -> None:
    """Time of change (ctime) is compared too, which no program can set back."""
    photos = Path(shutil.copytree(PHOTOS, tmp_path / "photos"))
    (photos / "bad.jpg").write_bytes(b"no picture")
    (photos / "link.jpg").symlink_to("bad.jpg")
    (photos / "empty").mkdir()
    before, library = everything(photos), tmp_path / "library"
    some = next((photos / "animals").iterdir())
    for command in (
        ("index", photos),
        ("index", "--full", "--retry-failed", "--follow-symlinks", photos),
        ("search", "a dog", "--near", some),
        ("similar", some),
        ("status", "--failed"),
        ("forget", photos),
    ):
        code, _, err = photoseek(*command, library=library)
        assert code == 0, err
        assert everything(photos) == before, command
    assert not list(photos.rglob("*photoseek*"))


def test_permission_to_read_is_all_that_is_needed(tmp_path: Path) -> None:
    """In a process for which permission bits count, which they do not for root."""
    photos = Path(shutil.copytree(PHOTOS / "animals", tmp_path / "photos"))
    for path in (photos, *photos.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = everything(photos)
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] if os.geteuid() == 0 else []
    probe = subprocess.run([*drop, "touch", photos / "x"], capture_output=True, check=False)
    if b"Permission denied" not in probe.stderr:
        pytest.skip("runs as root, and cannot give that up")
    command = [*drop, sys.executable, "-m", "photoseek", "index", str(photos)]
    library = str(tmp_path / "library")
    done = subprocess.run([*command, "--library", library], capture_output=True, check=True)
    assert f"{len(list(photos.iterdir()))} indexed".encode() in done.stdout
    assert everything(photos) == before
    for path in (photos, *photos.rglob("*")):
        path.chmod(0o755)
