"""A process that dies, or an operation that fails, at each named step: nothing committed is lost.

``make torture`` does the same at 200 random moments; see docs/reliability.md.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colours import ColourEncoder
from conftest import PHOTOS, Paint
from errors import UsageError
from photoseek import Library
from states import Remembered, assert_same, state
from store.faults import STEPS, VARIABLE, armed

ROOT = Path(__file__).parent.parent.parent
STEPS_OF_A_RUN = (
    # a first run's transactions: schema, root, space, two batches, sweep
    *(f"transaction.filled:{nth}" for nth in (1, 3, 4, 5, 6)),
    "transaction.committed:4",
    "batch.encoded:2",
    "batch.thumbnails",
    "file.written:7",
    "sweep",
    "snapshot.written",
    "snapshot.renamed",
    "snapshot.described",
    "migration",
)


def run(*arguments: str | Path, fault: str = "") -> subprocess.CompletedProcess[str]:
    """A real ``photoseek`` in a process of its own."""
    command = [sys.executable, "-m", "photoseek", *map(str, arguments)]
    environment = {**os.environ, VARIABLE: fault}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighteen real photographs: two batches."""
    folder = tmp_path_factory.mktemp("faults") / "photos"
    folder.mkdir()
    for path in sorted(PHOTOS.rglob("*.jpg"))[:18]:
        shutil.copy2(path, folder)
    return folder


@pytest.fixture(scope="module")
def whole(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of a run that nothing interrupted."""
    library = tmp_path_factory.mktemp("whole") / "library"
    with Library.open(library) as opened:
        assert opened.index(photographs).indexed == 18
    return library


@pytest.fixture(scope="module")
def uninterrupted(whole: Path) -> dict[Path, Remembered]:
    return state(whole)


def test_the_list_of_steps_is_what_the_code_reaches() -> None:
    rooms = ("store", "indexer", "photoseek")
    sources = "".join(
        path.read_text(encoding="utf-8") for room in rooms for path in (ROOT / room).rglob("*.py")
    )
    assert sorted(STEPS) == sorted(re.findall(r'reach\("([a-z.]+)"\)', sources))


@pytest.mark.parametrize("setting", ["nonsense", "sweep:x", "sweep=melt", "sweep:1=eio=kill"])
def test_a_setting_without_sense_is_refused(setting: str) -> None:
    with pytest.raises(UsageError, match=re.escape(setting)):
        armed(setting)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("fault", STEPS_OF_A_RUN)
def test_killed_at_a_step_the_next_run_ends_as_if_nothing_had_happened(
    fault: str, photographs: Path, uninterrupted: dict[Path, Remembered], tmp_path: Path
) -> None:
    library = tmp_path / "library"
    killed = run("index", photographs, "--library", library, fault=fault)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with Library.open(library) as opened:
        assert opened.verify().sound
        assert state(library).keys() <= uninterrupted.keys()
        report = opened.index(photographs)
        assert report.indexed + report.unchanged + report.copied == 18
        assert opened.verify().sound
    assert_same(state(library), uninterrupted)


FAILING = {
    "transaction.filled:5=eio": "disk I/O error",
    "transaction.begun:5=full": "make room",
    "transaction.filled:6=full": "make room",
    "file.written:17=eio": "look after the disk",
}


@pytest.mark.parametrize("fault", FAILING)
def test_a_failing_disk_is_one_line_and_the_next_run_goes_on(
    fault: str,
    photographs: Path,
    uninterrupted: dict[Path, Remembered],
    tmp_path: Path,
) -> None:
    library = tmp_path / "library"
    failed = run("index", photographs, "--library", library, fault=fault)
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert FAILING[fault] in line
    assert "run again" in line
    with Library.open(library) as opened:
        assert opened.verify().sound
        opened.index()
        assert opened.verify().sound
    assert_same(state(library), uninterrupted)


@pytest.mark.parametrize("action", ["eio", "full"])
def test_a_snapshot_that_cannot_be_written_is_said_and_costs_nothing(
    action: str, photographs: Path, uninterrupted: dict[Path, Remembered], tmp_path: Path
) -> None:
    library = tmp_path / "library"
    done = run("index", photographs, "--library", library, fault=f"snapshot.written={action}")
    assert done.returncode == 0
    assert "searches start slower" in done.stderr
    assert_same(state(library), uninterrupted)


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "library"))


def test_a_backup_that_is_killed_leaves_no_file_of_its_name(copied: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    run("backup", target, "--library", copied, fault="backup.copied")
    assert not target.exists()
    assert run("backup", target, "--library", copied).returncode == 0


@pytest.mark.parametrize(
    ("fault", "is_restored"),
    [("restore.aside", False), ("restore.filled", True), ("transaction.filled:2", False)],
)
def test_a_restore_that_is_killed_is_done_or_not_begun(
    fault: str,
    copied: Path,
    photographs: Path,
    uninterrupted: dict[Path, Remembered],
    tmp_path: Path,
    *,
    is_restored: bool,
) -> None:
    with Library.open(copied) as library:
        library.back_up(tmp_path / "backup.db")
        library.forget(photographs)
    killed = run("restore", tmp_path / "backup.db", "--yes", "--library", copied, fault=fault)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert state(copied) == (uninterrupted if is_restored else {})
    with Library.open(copied) as library:
        library.restore(tmp_path / "backup.db", replace=True)
        assert library.verify().sound
    assert_same(state(copied), uninterrupted)


@pytest.mark.parametrize("fault", ["repair.salvaged", "repair.aside", "repair.placed"])
def test_a_repair_that_is_killed_can_be_done_again(
    fault: str, copied: Path, photographs: Path, uninterrupted: dict[Path, Remembered]
) -> None:
    data = bytearray((copied / "catalog.db").read_bytes())
    data[9 * 4096 : 12 * 4096] = b"\xa5" * 3 * 4096
    (copied / "catalog.db").write_bytes(data)
    killed = run("repair", photographs, "--library", copied, fault=fault)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with Library.open(copied) as library:
        assert library.repair(photographs).after.sound
        library.index(photographs)
    assert_same(state(copied), uninterrupted)


def test_a_merge_that_is_killed_has_not_begun(copied: Path, whole: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    Library.open(empty).merge(tmp_path / "library", dry_run=True)
    killed = run("merge", whole, "--yes", "--library", empty, fault="transaction.filled:4")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert state(empty) == {}
    assert run("merge", whole, "--yes", "--library", empty).returncode == 0
    assert_same(state(empty), state(copied))


SWITCH = """
import sys
from hashlib import md5
from pathlib import Path
from colours import ColourEncoder
from photoseek import Library

def load(name):
    return ColourEncoder(md5(name.encode()).hexdigest(), name)

library = Library(Path(sys.argv[1]), load)
library.index(*sys.argv[2:], model="one")
library.use_model("one", anyway=True)
library.index(model="two")
library.use_model("two")
"""


def test_a_switch_of_model_that_is_killed_has_not_happened(
    photos: Path, paint: Paint, tmp_path: Path
) -> None:
    paint(photos / "red.png")
    killed = subprocess.run(
        [sys.executable, "-c", SWITCH, tmp_path / "library", photos],
        env={**os.environ, VARIABLE: "switch:2", "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with Library.open(tmp_path / "library", encoder=ColourEncoder()) as library:
        assert library.verify().sound
        active = [status.name for status in library.models() if status.state == "active"]
    assert active == ["one"]


AS_ORDINARY_USER = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] * (os.geteuid() == 0)


def test_a_read_only_library_is_searched_and_not_written(copied: Path, photographs: Path) -> None:
    folders = [copied, *(path for path in copied.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    command = [*AS_ORDINARY_USER, sys.executable, "-m", "photoseek"]
    try:
        tried = {
            verb: subprocess.run(
                [*command, verb, subject, "--library", copied],
                capture_output=True,
                text=True,
                check=False,
            )
            for verb, subject in (("index", photographs), ("search", "a dog"))
        }
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert tried["search"].returncode == 0, tried["search"].stderr
    assert ".jpg" in tried["search"].stdout
    assert tried["index"].returncode == 1
    (line,) = tried["index"].stderr.splitlines()
    assert "give write permission" in line
