"""What is searchable, said truly: status, its list, the line beside an answer, the doctor."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import event
from sqlalchemy.engine import Engine

from colours import ColourEncoder
from conftest import Paint, aged
from indexer.advice import way_out
from indexer.codecs import missing_codecs
from photoseek import Library, checks
from photoseek.cli import cli
from photoseek.printing import status as printing
from store import Store


@pytest.fixture
def mixed(photos: Path, paint: Paint) -> Path:
    """Eight photographs, and two files that cannot be read."""
    for number in range(8):
        paint(photos / f"{number}.png", seed=number)
    for name in ("letter.jpg", "empty.jpg"):
        (photos / name).write_bytes(b"Dear all," if name == "letter.jpg" else b"")
        aged(photos / name)
    return photos


def test_status_says_how_much_can_be_searched(library: Library, mixed: Path) -> None:
    library.index(mixed)
    status = library.status()
    assert (status.unsearchable, status.coverage) == (2, 80.0)
    assert [(m.name, m.state, m.covered, m.photos) for m in status.models] == [
        ("colours", "active", 8, 8)
    ]
    assert status.last_run is not None
    assert status.last_run.command == "index"
    assert (status.last_run.counts["indexed"], status.last_run.counts["failed"]) == (8, 2)
    lines = list(printing.status_for_people(status))
    assert "coverage  80 % of what is there can be searched" in lines
    assert any(line.startswith("last run  ") and "8 indexed, 2 failed" in line for line in lines)
    assert printing.status_fields(status)["coverage"] == 80.0


def test_coverage_is_never_rounded_up_to_all(library: Library, mixed: Path) -> None:
    library.index(mixed)
    assert printing._rounded_down(99.96) == 99.9
    assert printing._rounded_down(100.0) == 100.0


def test_an_offline_root_is_named_with_its_reason_and_covers_what_it_did(
    library: Library, photos: Path, paint: Paint, tmp_path: Path
) -> None:
    paint(photos / "red.png")
    library.index(photos)
    photos.rename(tmp_path / "away")
    library.index()
    status = library.status()
    assert (status.coverage, status.unsearchable) == (100.0, 0)
    (line,) = (s for s in printing.status_for_people(status) if s.startswith("folder"))
    assert line.endswith("(offline: folder cannot be read: No such file or directory)")
    assert library.unsearchable() == []


def test_every_unsearchable_file_is_listed_with_what_to_do(library: Library, mixed: Path) -> None:
    library.index(mixed)
    listed = printing.unsearchable_fields(library.unsearchable())
    assert {Path(file["path"]).name: file["way_out"] for file in listed} == {
        "letter.jpg": way_out("not a picture of a known kind"),
        "empty.jpg": "restore it from a backup, or delete it",
    }
    lines = list(printing.unsearchable_for_people(library.unsearchable()))
    assert lines[0].endswith("empty file -> restore it from a backup, or delete it")


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("cannot be read: Permission denied", "give read permission"),
        ("folder cannot be read: Input/output error", "check its drive"),
        ("damaged picture: image file is truncated (3 bytes not processed)", "restore it"),
        ("too many pixels: 400 megapixels, at most 256", "save a smaller version"),
        ("larger than 1024 MiB", "save a smaller version"),
        ("needs more than 512 MiB of memory", "save a smaller version"),
        ("took longer than 30 s", "--decode-timeout"),
        ("too many frames: 5000, at most 1000", "save it anew"),
        ("decoder was killed: out of memory?", "--retry-failed"),
        ("symbolic link to nothing; is its drive mounted?", "mount its drive"),
        ("has no vector of mini yet", "photoseek index"),
        ("camera RAW needs LibRaw: pip install photoseek[raw]", "pip install"),
        ("something that nobody thought of", "--retry-failed"),
    ],
)
def test_there_is_a_way_out_of_every_reason(reason: str, advice: str) -> None:
    assert advice in way_out(reason)


def test_photographs_without_a_vector_are_listed_and_counted(
    tmp_path: Path, photos: Path, paint: Paint
) -> None:
    """As when a model is used before it has seen everything."""
    paths = [paint(photos / f"{number}.png", seed=number) for number in range(3)]
    with Library.open(tmp_path / "library", encoder=ColourEncoder()) as library:
        library.index(photos)
    store = Store.open(tmp_path / "library")
    with store.writer() as writer:
        writer.activate(writer.open_space("colours", "d1" * 16, 8).id)
    store.close()
    with Library.open(tmp_path / "library", encoder=ColourEncoder("d1" * 16)) as library:
        assert [file.path for file in library.unsearchable()] == paths
        assert library.status().coverage == 0
        assert "3 photos not searchable: photoseek status --failed" in library.search("red").notes
        library.index()
        assert library.search("red").notes == ()
        assert library.status().coverage == 100


# --- the line beside an answer ---


def test_a_search_says_what_it_could_not_consider(library: Library, mixed: Path) -> None:
    library.index(mixed)
    assert library.search("red").notes == ("2 photos not searchable: photoseek status --failed",)
    (mixed / "empty.jpg").unlink()
    library.index()
    assert library.search("red").notes == ("1 photo not searchable: photoseek status --failed",)
    library.forget(mixed)
    assert not any("searchable" in note for note in library.search("red").notes)


@pytest.fixture
def statements() -> "Callable[[], list[str]]":
    said: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)

    def take() -> list[str]:
        taken, said[:] = list(said), []
        return taken

    return take


def test_the_line_costs_a_search_no_walk_through_the_files(
    library: Library, mixed: Path, statements: "Callable[[], list[str]]"
) -> None:
    """What waits is noted by the writer; the failed are found by indexes of their own."""
    library.index(mixed)
    store = Store.open(library.path)
    space = store.catalog.active_space()
    assert space is not None
    statements()
    assert store.catalog.unsearchable(space.id) == 2
    asked = statements()
    assert not any("LEFT OUTER JOIN embeddings" in statement for statement in asked)
    with store._engine.connect() as connection:
        for statement in asked:
            if "failure IS NOT NULL" in statement:
                bound = statement.replace("?", "'present'")
                plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {bound}").all())
                assert "ix_files_failure" in plan or "ix_contents_failure" in plan, plan
    store.close()


# --- the doctor ---


def verdicts(library: Library) -> dict[str, str]:
    return {check.name: check.verdict for check in library.check_up()}


def test_the_doctor_looks_at_everything(tmp_path: Path, photos: Path, paint: Paint) -> None:
    paint(photos / "red.png")
    runner, path = CliRunner(), str(tmp_path / "library")
    first = runner.invoke(cli, ["doctor", "--library", path])
    assert first.exit_code == 0, first.output
    assert runner.invoke(cli, ["index", str(photos), "--library", path]).exit_code == 0
    done = runner.invoke(cli, ["doctor", "--library", path])
    assert done.exit_code == 0, done.output
    names = {line.split()[1] for line in done.output.splitlines()}
    assert names >= {"codecs", "model", "disk", "memory", "cache", "clock", "library", "folder"}


def test_the_doctor_ends_with_1_if_something_must_be_mended(
    library: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "red.png")
    library.index(photos)  # with a model that nobody else has
    done = CliRunner().invoke(cli, ["doctor", "--library", str(library.path)])
    assert done.exit_code == 1
    (line,) = (line for line in done.output.splitlines() if line.startswith("problem"))
    assert "colours is neither bundled nor in" in line
    assert "-> photoseek models add colours" in line


def test_a_stale_cache_is_told_of(library: Library, photos: Path, paint: Paint) -> None:
    paint(photos / "red.png")
    library.index(photos)
    assert verdicts(library)["cache"] == "ok"
    (snapshot,) = (library.path / "vectors").glob("*.faiss")
    snapshot.write_bytes(b"")
    assert verdicts(library)["cache"] == "warning"


def test_a_clock_that_is_behind_is_told_of(library: Library, photos: Path, paint: Paint) -> None:
    paint(photos / "red.png")
    library.index(photos)
    store = Store.open(library.path)
    last = store.catalog.last_run()
    assert last is not None
    for days, verdict in ((-1, "problem"), (1, "ok")):
        now = last.began_at + timedelta(days=days)
        found = {check.name: check.verdict for check in checks.library_checks(store, now=now)}
        assert found["clock"] == verdict
    store.close()
    (long_ago,) = (c for c in checks.no_library_checks(datetime(1970, 1, 2)) if c.name == "clock")
    assert long_ago.verdict == "problem"


def test_little_room_and_little_memory_are_told_of(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LITTLE_DISK", "LITTLE_MEMORY"):
        monkeypatch.setattr(checks, name, 1 << 60)
    assert (verdicts(library)["disk"], verdicts(library)["memory"]) == ("warning", "warning")
    for name in ("TOO_LITTLE_DISK", "TOO_LITTLE_MEMORY"):
        monkeypatch.setattr(checks, name, 1 << 60)
    assert (verdicts(library)["disk"], verdicts(library)["memory"]) == ("problem", "problem")


def test_folders_that_are_away_or_offline_are_told_of(
    library: Library, photos: Path, paint: Paint, tmp_path: Path
) -> None:
    paint(photos / "red.png")
    library.index(photos)
    photos.rename(tmp_path / "away")
    assert verdicts(library)["folder"] == "problem"
    library.index()
    assert verdicts(library)["folder"] == "warning"


def test_a_library_that_is_damaged_is_a_problem(library: Library, photos: Path) -> None:
    library.index(photos)
    library.close()
    (library.path / "catalog.db").write_bytes(b"not a database" * 100)
    assert verdicts(library)["library"] == "problem"


def test_every_codec_is_really_tried() -> None:
    assert missing_codecs().keys() <= {"RAW"}


def test_runs_are_remembered_up_to_a_hundred(library: Library, photos: Path) -> None:
    begun = time.monotonic()
    for _ in range(3):
        library.index(photos)
    store = Store.open(library.path)
    assert [run.command for run in store.catalog.runs()] == ["index"] * 3
    assert store.catalog.runs()[0].seconds < time.monotonic() - begun
    store.close()
