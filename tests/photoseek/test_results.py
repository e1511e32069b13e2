"""What is done with hits: printed, copied, opened, put on a contact sheet, shown in a terminal."""

import csv
import io
import json
import os
import re
import shutil
import sys
from pathlib import Path

import click
import pytest
from PIL import Image
from rich.console import Console
from textual_image.renderable import HalfcellImage, SixelImage, TGPImage

from conftest import Paint
from errors import PathError, UsageError
from photoseek import Library
from photoseek.cli import cli
from photoseek.cli.results import MOST_OPENED, Show, print_answer
from photoseek.cli.terminal import colours_wanted, thumbnails_wanted
from photoseek.printing.answers import answer_for_people, answer_in_rows
from photoseek.printing.thumbnails import with_thumbnails
from search import Answer

SHOT = Image.Exif()
SHOT[0x0132] = "2023:07:01 12:00:00"


@pytest.fixture
def pictures(library: Library, photos: Path, paint: Paint) -> Library:
    """A red moment of three, one of them at two paths; a blue and a green picture."""
    for number in range(3):
        paint(photos / f"red{number}.jpg", "red", seed=number, exif=SHOT)
    (photos / "copies").mkdir()
    shutil.copy(photos / "red0.jpg", photos / "copies" / "red0.jpg")
    paint(photos / "blue <b>&.jpg", "blue")
    paint(photos / "sub" / "green.png", "green")
    library.index(photos)
    return library


@pytest.fixture
def answer(pictures: Library) -> Answer:
    return pictures.search("red and some blue", strictness=0)


def printed(
    capsys: pytest.CaptureFixture[str], library: Library, answer: Answer, show: Show
) -> str:
    print_answer(library, answer, show, everything=True)
    return capsys.readouterr().out


def test_people_are_told_how_many_shots_a_hit_stands_for(answer: Answer) -> None:
    (red,) = [line for line in answer_for_people(answer, everything=True) if "red" in line]
    assert "(+2 of this moment)" in red


def test_scripts_are_told_too(
    capsys: pytest.CaptureFixture[str], pictures: Library, answer: Answer
) -> None:
    document = json.loads(printed(capsys, pictures, answer, Show(as_json=True)))
    (red,) = [hit for hit in document["hits"] if "red" in hit["path"]]
    assert red["count"] == 3
    assert {Path(one["path"]).stem for one in red["moment"]} < {"red0", "red1", "red2"}
    rows = list(csv.DictReader(io.StringIO(printed(capsys, pictures, answer, Show(as_csv=True)))))
    assert [row["count"] for row in rows if "red" in row["path"]] == ["3"]
    paths = printed(capsys, pictures, answer, Show(paths=True)).splitlines()
    assert len(paths) == len(answer) == 3


def test_in_another_order_what_matches_is_one_list_with_dates(pictures: Library) -> None:
    by_date = pictures.search("red and some blue", strictness=0, sort="date")
    lines = list(answer_for_people(by_date, everything=True))
    ranks = [line.split()[0] for line in lines if "/" in line]
    assert ranks == ["1", "2", "3"]
    assert any("2023-07-01 12:00" in line for line in lines)
    assert any("file of" in line for line in lines)


def test_copies_overwrite_nothing(pictures: Library, answer: Answer, tmp_path: Path) -> None:
    first = pictures.copy_hits(answer, tmp_path / "new" / "out")
    again = pictures.copy_hits(answer, tmp_path / "new" / "out")
    assert all(one.target and one.target.read_bytes() == one.source.read_bytes() for one in again)
    names = {one.target.name for one in (*first, *again) if one.target}
    assert {"green.png", "green (2).png"} <= names
    assert len(names) == 6
    assert [one.target.stat().st_mtime_ns for one in first if one.target] == [
        one.source.stat().st_mtime_ns for one in first
    ]


def test_what_cannot_be_copied_is_said(
    pictures: Library, answer: Answer, photos: Path, tmp_path: Path
) -> None:
    (photos / "sub" / "green.png").unlink()
    copied = pictures.copy_hits(answer, tmp_path / "out")
    assert [one.reason for one in copied if not one.target] == ["No such file or directory"]
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize("name", ["sheet.html", "sheet.HTM"])
def test_a_sheet_is_one_html_file_with_everything_in_it(
    pictures: Library, answer: Answer, tmp_path: Path, name: str
) -> None:
    pictures.export_sheet(answer, answer.hits, tmp_path / name)
    page = (tmp_path / name).read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 3
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!data:|file:)", page)
    assert "blue &lt;b&gt;&amp;.jpg" in page
    assert "<b>+2</b>" in page
    assert "red and some blue" in page


def test_a_sheet_is_a_pdf_of_as_many_pages_as_are_needed(
    pictures: Library, answer: Answer, tmp_path: Path
) -> None:
    pictures.export_sheet(answer, answer.hits * 5, tmp_path / "sheet.pdf")
    data = (tmp_path / "sheet.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert re.findall(rb"/Count (\d+)", data) == [b"2"]


def test_a_sheet_of_nothing_is_a_sheet(pictures: Library, answer: Answer, tmp_path: Path) -> None:
    for name in ("sheet.html", "sheet.pdf"):
        pictures.export_sheet(answer, (), tmp_path / name)
        assert (tmp_path / name).stat().st_size


def test_a_picture_whose_thumbnail_is_gone_is_read_again(
    pictures: Library, answer: Answer, photos: Path
) -> None:
    shutil.rmtree(pictures.path / "thumbnails")
    image = pictures.thumbnail_image(answer[0].photo)
    assert image is not None
    assert max(image.size) <= 384
    shutil.rmtree(pictures.path / "thumbnails")
    shutil.rmtree(photos)
    assert pictures.thumbnail_image(answer[0].photo) is None


def test_names_of_any_bytes_go_on_a_sheet(
    library: Library, photos: Path, paint: Paint, tmp_path: Path
) -> None:
    paint(photos / "plain.png", "red").rename(photos / os.fsdecode(b"caf\xe9 \xe6\xbc\xa2.png"))
    library.index(photos)
    answer = library.search("red")
    for name in ("sheet.html", "sheet.pdf"):
        library.export_sheet(answer, answer.hits, tmp_path / name)


def test_impossible_wishes_are_refused_before_anything_is_done(
    pictures: Library, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "there.pdf").touch()
    with pytest.raises(UsageError, match=r"\.html or a \.pdf"):
        Show(export=tmp_path / "sheet.txt")
    with pytest.raises(PathError, match="exists"):
        Show(export=tmp_path / "there.pdf")
    with pytest.raises(PathError, match="no such folder"):
        Show(export=tmp_path / "nowhere" / "sheet.pdf")
    with pytest.raises(PathError, match="library's own"):
        Show(export=pictures.path / "sheet.html")
    with pytest.raises(PathError, match="library's own"):
        Show(copy_to=pictures.path / "vectors")
    with pytest.raises(PathError, match="not a folder"):
        Show(copy_to=photos / "red0.jpg")
    with pytest.raises(UsageError, match="exclude each other"):
        Show(as_json=True, as_csv=True)


def test_hits_are_opened_and_what_is_not_is_said(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pictures: Library,
    answer: Answer,
) -> None:
    opened: list[str] = []

    def launch(path: str) -> int:
        opened.append(path)
        return len(opened) == 2

    monkeypatch.setattr(click, "launch", launch)
    print_answer(pictures, answer, Show(open_hits=True, paths=True), everything=True)
    assert opened == [str(hit.path) for hit in answer]
    assert capsys.readouterr().err.count("could not be opened") == 1
    many = Answer(answer.query, answer.hits * 20, 3, "colours")
    print_answer(pictures, many, Show(open_hits=True, paths=True), everything=True)
    assert len(opened) == 3 + MOST_OPENED
    assert f"the first {MOST_OPENED} of 60" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_and_pictures_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM_PROGRAM", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-kitty")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not colours_wanted()
    assert not thumbnails_wanted(True)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert colours_wanted()
    assert thumbnails_wanted(None)
    assert not thumbnails_wanted(False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert not thumbnails_wanted(None)
    assert thumbnails_wanted(True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colours_wanted()
    assert not thumbnails_wanted(True)


def test_coloured_lines_say_the_same(answer: Answer) -> None:
    plain = list(answer_for_people(answer, everything=True))
    coloured = list(answer_for_people(answer, everything=True, colour=True))
    assert coloured != plain
    assert [click.unstyle(line) for line in coloured] == plain


@pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")
@pytest.mark.parametrize(
    ("render", "sign"), [(HalfcellImage, "▀"), (SixelImage, "\x1bP"), (TGPImage, "\U0010eeee")]
)
def test_each_kind_of_terminal_gets_its_pictures(
    pictures: Library, answer: Answer, render: type, sign: str
) -> None:
    stream = Terminal()
    console = Console(file=stream, width=80, color_system="truecolor", force_terminal=True)
    for row in with_thumbnails(
        answer_in_rows(answer, everything=True), pictures.thumbnail_image, render
    ):
        console.print(row)
    shown = stream.getvalue()
    assert sign in shown
    assert "green.png" in click.unstyle(shown)


def test_the_page_on_results_names_only_options_that_exist() -> None:
    page = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")
    known = {
        name
        for command in ("search", "duplicates")
        for parameter in cli.commands[command].params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(re.findall(r"--[a-z][a-z-]+", page)) <= known
