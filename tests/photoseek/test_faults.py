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

from conftest import PHOTOS
from errors import UsageError
from photoseek import Library
from states import Remembered, assert_same, state
from store.faults import STEPS, VARIABLE, armed

ROOT = Path(__file__).parent.parent.parent
STEPS_OF_A_RUN = (
    # a first run's transactions: schema, root, space, two batches, sweep, noises
    *(f"transaction.filled:{nth}" for nth in range(1, 7)),
    "transaction.begun:4",
    "transaction.committed:4",
    "batch.read:2",
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
    """Twenty real photographs: two batches."""
    folder = tmp_path_factory.mktemp("faults") / "photos"
    folder.mkdir()
    for path in sorted(PHOTOS.rglob("*.jpg"))[:20]:
        shutil.copy2(path, folder)
    return folder


@pytest.fixture(scope="module")
def whole(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of a run that nothing interrupted."""
    library = tmp_path_factory.mktemp("whole") / "library"
    with Library.open(library) as opened:
        assert opened.index(photographs).indexed == 20
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
    if (library / "catalog.db").stat().st_size:
        kept = state(library)
        assert kept.keys() <= uninterrupted.keys()
    with Library.open(library) as opened:
        report = opened.index(photographs)
        assert report.indexed + report.unchanged + report.copied == 20
    assert_same(state(library), uninterrupted)
