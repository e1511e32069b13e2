"""Killed, interrupted, out of disk: what was committed stays, and the next run continues."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import PHOTOS
from photoseek import Library
from states import Remembered, assert_same, state

KILLS = 8
COMMAND = [sys.executable, "-m", "photoseek", "index"]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real photographs, small batches of them in several folders."""
    return Path(shutil.copytree(PHOTOS, tmp_path_factory.mktemp("kill") / "photos"))


@pytest.fixture(scope="module")
def uninterrupted(
    photographs: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[Path, Remembered]:
    library = tmp_path_factory.mktemp("whole") / "library"
    with Library.open(library) as opened:
        assert opened.index(photographs).indexed == 80
    return state(library)


def test_killed_at_any_moment_it_loses_nothing_committed(
    photographs: Path, uninterrupted: dict[Path, Remembered], tmp_path: Path
) -> None:
    """SIGKILL at random moments, seeded; 200 of them in ``make torture``."""
    moments, committed = random.Random(0), 0
    library = tmp_path / "library"
    for _ in range(KILLS):
        command = [*COMMAND, str(photographs), "--library", str(library)]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            time.sleep(moments.uniform(0.2, 2.5))
            process.kill()
        if (library / "catalog.db").exists() and (library / "catalog.db").stat().st_size:
            now = state(library)
            assert len(now) >= committed
            committed = len(now)
    done = subprocess.run(
        [*COMMAND, str(photographs), "--library", str(library)], check=True, capture_output=True
    )
    assert b"Traceback" not in done.stderr
    assert_same(state(library), uninterrupted)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process there")
def test_ctrl_c_keeps_what_is_done(photographs: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    command = [*COMMAND, str(photographs), "--library", str(library), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_for_a_batch(library)
        process.send_signal(signal.SIGINT)
        _, notes = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"what was done is kept" in notes
    assert b"Traceback" not in notes
    kept = len(state(library))
    assert 0 < kept < 80
    with Library.open(library) as opened:
        report = opened.index()
    assert (report.unchanged, report.indexed) == (kept, 80 - kept)


def wait_for_a_batch(library: Path) -> None:
    for _ in range(3000):
        thumbnails = library / "thumbnails"
        if thumbnails.exists() and len(list(thumbnails.rglob("*.jpg"))) > 16:
            return
        time.sleep(0.02)
    raise AssertionError("no batch within a minute")


def limit_file_size() -> None:
    """No file may grow beyond 250 kB: what a quota or a full disk does to a database."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))


def test_out_of_room_it_stops_with_one_line_and_goes_on_later(
    photographs: Path, uninterrupted: dict[Path, Remembered], tmp_path: Path
) -> None:
    library = tmp_path / "library"
    command = [*COMMAND, str(photographs), "--library", str(library)]
    done = subprocess.run(
        command, capture_output=True, preexec_fn=limit_file_size, check=False, timeout=120
    )
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert "run again" in line
    assert len(state(library)) < 80
    subprocess.run(command, check=True, capture_output=True)
    assert_same(state(library), uninterrupted)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk_is_named(photographs: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        done = subprocess.run(
            [*COMMAND, str(photographs), "--library", str(disk / "library")],
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 1
        assert b"make room" in done.stderr
        assert b"Traceback" not in done.stderr
        state(disk / "library")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
