"""The command line as a person uses it: real processes, the bundled model, real photographs."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from conftest import PHOTOS, Paint, aged

Done: TypeAlias = "subprocess.CompletedProcess[bytes]"
Run: TypeAlias = Callable[..., Done]


def photoseek(*arguments: object, library: Path, wrapper: tuple[str, ...] = ()) -> Done:
    """Run the command; whatever happens, no traceback may reach the person."""
    done = subprocess.run(
        [*wrapper, sys.executable, "-m", "photoseek", *map(os.fspath, map(str, arguments))],
        capture_output=True,
        check=False,
        env={**os.environ, "PHOTOSEEK_LIBRARY": str(library)},
        timeout=120,
    )
    assert b"Traceback" not in done.stderr, done.stderr
    return done


def said(done: Done) -> str:
    """The one line on standard error."""
    (line,) = done.stderr.decode().splitlines()
    return line


def as_json(done: Done) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    document: dict[str, Any] = json.loads(line)
    return document


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of data/photos."""
    library = tmp_path_factory.mktemp("cli") / "library"
    report = as_json(photoseek("index", PHOTOS, "--json", library=library))
    assert (report["indexed"], report["failed"]) == (80, [])
    return library


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command on a library of this test's own."""
    return lambda *arguments, **options: photoseek(
        *arguments, library=tmp_path / "library", **options
    )


def test_a_second_run_has_nothing_to_do(indexed: Path) -> None:
    report = as_json(photoseek("index", PHOTOS, "--json", library=indexed))
    counts = {key: report[key] for key in ("indexed", "unchanged", "moved", "missing")}
    assert counts == {"indexed": 0, "unchanged": 80, "moved": 0, "missing": 0}
    assert report["seconds"] > 0


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("a black dog among the trees", "animals/black-dog-in-woods.jpg"),
        ("a cup of coffee", "food/espresso.jpg"),
        ("a castle", "places/white-castle.jpg"),
    ],
)
def test_words_find_real_photographs(indexed: Path, words: str, name: str) -> None:
    found = as_json(photoseek("search", words, "-k", 5, "--json", library=indexed))
    assert len(found["hits"]) == 5
    assert str(PHOTOS / name) in [hit["path"] for hit in found["hits"]]
    first = found["hits"][0]
    assert first["rank"] == 1
    assert {"path", "score", "id", "paths", "width", "height", "taken_at"} <= first.keys()


def test_more_texts_may_stand_alone(indexed: Path) -> None:
    found = as_json(photoseek("search", "--text", "a red flower", "--json", library=indexed))
    assert found["query"]["texts"] == ["a red flower"]


def test_output_that_cannot_be_written_is_one_line(indexed: Path) -> None:
    for shape in ("--paths", "--json", "--csv"):
        command = f"{sys.executable} -m photoseek search sea {shape} --library {indexed}"
        for end in (">&-", ">/dev/full"):
            done = subprocess.run(
                ["bash", "-c", f"{command} {end}"], capture_output=True, check=False
            )
            assert b"Traceback" not in done.stderr
            assert b"fault of photoseek" not in done.stderr


def test_words_need_no_quotes(indexed: Path) -> None:
    loose = as_json(photoseek("search", "a", "red", "flower", "--json", library=indexed))
    quoted = as_json(photoseek("search", "a red flower", "--json", library=indexed))
    assert loose["hits"] == quoted["hits"]


def test_a_picture_finds_its_like_and_not_itself(indexed: Path) -> None:
    dog = PHOTOS / "animals" / "black-dog-in-woods.jpg"
    found = as_json(photoseek("similar", dog, "-k", 5, "--json", library=indexed))
    paths = [hit["path"] for hit in found["hits"]]
    assert str(dog) not in paths
    assert str(PHOTOS / "animals" / "black-dog-indoors.jpg") in paths


def test_words_and_pictures_together(indexed: Path) -> None:
    beach = PHOTOS / "people" / "woman-on-beach.jpg"
    done = photoseek("search", "dog", "--image", beach, "--text", "sea", "--json", library=indexed)
    assert as_json(done)["query"] == {
        "text": f'dog "sea" {beach}',
        "texts": ["dog", "sea"],
        "images": [str(beach)],
        "limit": 20,
    }


def test_paths_are_for_xargs(indexed: Path) -> None:
    lines = photoseek("search", "sea", "-k", 3, "--paths", library=indexed).stdout
    zeros = photoseek("search", "sea", "-k", 3, "--print0", library=indexed).stdout
    assert lines.replace(b"\n", b"\0") == zeros
    assert all(Path(os.fsdecode(path)).is_file() for path in zeros.split(b"\0")[:-1])
    assert zeros.count(b"\0") == 3


def test_csv_has_a_header(indexed: Path) -> None:
    done = photoseek("search", "sea", "-k", 2, "--csv", library=indexed)
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [row["rank"] for row in rows] == ["1", "2"]
    assert Path(rows[0]["path"]).is_file()


def test_status_counts(indexed: Path) -> None:
    status = as_json(photoseek("status", "--json", library=indexed))
    assert (status["photos"], status["files"], status["failed"], status["model"]) == (
        80,
        80,
        0,
        "mini",
    )
    people = photoseek("status", library=indexed).stdout.decode()
    assert "80 searchable" in people


def test_results_are_all_there_is_on_standard_output(indexed: Path) -> None:
    done = photoseek("search", "word " * 10_000, "--json", library=indexed)
    as_json(done)
    assert "the query has 10000 words" in said(done)


def test_a_search_needs_neither_torch_nor_the_image_tower(indexed: Path) -> None:
    program = (
        "import sys; from photoseek import Library\n"
        f"library = Library.open({str(indexed)!r}); assert len(library.search('a dog')) == 20\n"
        "print(*(set(sys.modules) & {'torch', 'open_clip', 'rich', 'alembic', 'torchvision'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == []


def test_a_closed_pipe_is_not_an_error(indexed: Path) -> None:
    command = [sys.executable, "-m", "photoseek", "search", "sea", "--library", str(indexed)]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["index", "/no/such/folder"], 2, "/no/such/folder: no such folder"),
        (["index", __file__], 2, "not a folder"),
        (["index"], 2, "no library yet"),
        (["search", ""], 2, "empty query"),
        (["search"], 2, "nothing to look for"),
        (["search", "dog"], 2, "photoseek index FOLDER"),
        (["similar", "/no/such.jpg"], 2, "photoseek index FOLDER"),
        (["status"], 2, "no library yet"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: Run, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert words in said(done)
    assert done.stdout == b""
    assert not (tmp_path / "library").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["search", "dog", "-k", "0"], 2, "at least 1"),
        (["search", "dog", "-k", "-3"], 2, "at least 1"),
        (["search", "   "], 2, "empty query"),
        (["search", "colour:red"], 2, "column 1: unknown filter colour"),
        (["search", "date:2023-02-30"], 2, "no day 30 in February 2023"),
        (["search", "near:91,0,5"], 2, "latitude 91 is outside"),
        (["tag", "dog", "dog"], 2, "given more than once"),
        (["tag", *map(str, range(10_000))], 2, "10,000 labels; at most 1,000"),
        (["similar", "/no/such.jpg"], 2, "no such picture"),
        (["similar", __file__], 2, "not a picture"),
        (["similar", "/"], 2, "is a folder"),
    ],
)
def test_bad_questions_are_one_line(
    indexed: Path, arguments: list[str], code: int, words: str
) -> None:
    done = photoseek(*arguments, library=indexed)
    assert done.returncode == code
    assert words in said(done)
    assert done.stdout == b""


def test_a_misspelt_option_is_wrong_usage(run: Run) -> None:
    assert run("search", "dog", "--jsn").returncode == 2


def test_more_than_there_are_gives_all(indexed: Path) -> None:
    assert (
        len(as_json(photoseek("search", "dog", "-k", 9999, "--json", library=indexed))["hits"])
        == 80
    )


def test_a_folder_without_pictures(run: Run, photos: Path) -> None:
    done = run("index", photos)
    assert (done.returncode, done.stdout.decode()[:20]) == (0, "no photographs found")
    (photos / "notes.txt").write_text("no picture")
    done = run("index", photos)
    assert done.stdout.startswith(b"no photographs found")
    assert "1 not a picture by name" in said(done)
    for command in (
        ["search", "dog"],
        ["similar", *PHOTOS.rglob("*.webp"), "--json"],
        ["recommend", "--like", "dog"],
        ["duplicates"],
        ["clusters"],
        ["tag", "dog"],
        ["map", photos / "map.html"],
        ["export", photos / "out", "--format", "npy"],
    ):
        asked = run(*command)
        assert (asked.returncode, asked.stdout) == (2, b""), command
        assert "no photographs yet; run: photoseek index FOLDER" in said(asked)
    assert [path.name for path in photos.iterdir()] == ["notes.txt"]


def test_every_unreadable_file_is_counted_and_listed(run: Run, photos: Path, paint: Paint) -> None:
    paint(photos / "good.jpg")
    (photos / "empty.jpg").touch()
    (photos / "letter.jpg").write_bytes(b"PK\3\4 a zip")
    cut = paint(photos / "cut.jpg", size=(640, 480), seed=5)
    cut.write_bytes(cut.read_bytes()[:700])
    for path in photos.iterdir():
        aged(path)
    report = as_json(run("index", photos, "--json"))
    assert report["indexed"] == 1
    reasons = {Path(f["path"]).name: f["reason"] for f in report["failed"]}
    assert reasons["empty.jpg"] == "empty file"
    assert reasons["letter.jpg"] == "not a picture of a known kind"
    assert reasons["cut.jpg"].startswith("damaged picture")
    listed = as_json(run("status", "--failed", "--json"))["failed"]
    assert {Path(f["path"]).name: f["reason"] for f in listed} == reasons
    assert run("status", "--failed").stdout.count(b"\n") == 3
    again = as_json(run("index", "--json"))
    assert [Path(f["path"]).name for f in again["failed"]] == ["empty.jpg"]  # may yet be filled
    assert (again["failed_before"], again["unchanged"]) == (2, 1)


def test_names_that_would_move_the_cursor_are_printed_safely(
    run: Run, photos: Path, paint: Paint
) -> None:
    odd = photos / os.fsdecode(b"\x1b[31mred\n\xe9.jpg")
    paint(photos / "plain.jpg").rename(odd)
    run("index", photos)
    line = run("search", "red").stdout
    assert b"\x1b" not in line
    assert sum(b".jpg" in row for row in line.split(b"\n")) == 1
    assert run("search", "red", "--all", "-0").stdout == os.fsencode(odd) + b"\0"
    assert os.fsencode(as_json(run("search", "red", "--json"))["hits"][0]["path"]) == os.fsencode(
        odd
    )


def test_a_folder_that_is_not_ours_is_left_alone(run: Run, tmp_path: Path, photos: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "letter.txt").write_text("dear")
    for arguments in (["index", photos], ["search", "dog"], ["status"]):
        done = run(*arguments)
        assert done.returncode == 1
        assert "--library" in said(done)
    assert [path.name for path in (tmp_path / "library").iterdir()] == ["letter.txt"]


def test_excludes_are_remembered(run: Run, photos: Path, paint: Paint) -> None:
    paint(photos / "keep.jpg", seed=1)
    paint(photos / "cache" / "thumb.jpg", seed=2)
    assert as_json(run("index", photos, "--exclude", "cache/", "--json"))["indexed"] == 1
    assert as_json(run("index", "--json"))["indexed"] == 0


def test_moved_photographs_are_recognised(run: Run, photos: Path) -> None:
    shutil.copytree(PHOTOS / "food", photos / "food")
    count = as_json(run("index", photos, "--json"))["indexed"]
    (photos / "food").rename(photos / "kitchen")
    report = as_json(run("index", photos, "--json"))
    assert (report["moved"], report["indexed"], report["missing"]) == (count, 0, 0)


def test_the_folder_of_photographs_is_never_written_to(run: Run, photos: Path) -> None:
    shutil.copytree(PHOTOS / "plants", photos / "plants")

    def state() -> dict[Path, tuple[int, int, bytes]]:
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes())
            for path in photos.rglob("*")
            if path.is_file()
        }

    before = state()
    run("index", photos)
    run("similar", next(iter(before)))
    assert state() == before
