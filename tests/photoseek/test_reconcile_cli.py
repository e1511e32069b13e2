"""``prune``, ``roots`` and ``index --dry-run`` as a person types them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from conftest import PHOTOS

Run: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def running(*arguments: object, answer: str = "") -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "photoseek", *map(str, arguments)],
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PHOTOSEEK_LIBRARY": str(tmp_path / "library")},
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return running


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Real ones, a few more than the twenty that may go."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for path in sorted(PHOTOS.rglob("*.jpg"))[:26]:
        shutil.copy(path, folder)
    return folder


def as_json(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_a_drive_that_is_half_there_is_told_of_and_pruned_when_it_is_said(
    run: Run, photographs: Path, tmp_path: Path
) -> None:
    plan = as_json(run("index", photographs, "--dry-run", "--json"))["roots"][0]
    assert (len(plan["new"]), plan["missing"]) == (26, [])
    assert not (tmp_path / "library").exists()

    run("index", photographs)
    for path in sorted(photographs.iterdir())[:21]:
        path.unlink()
    dry = run("index", "--dry-run")
    assert "21 missing, 5 unchanged" in dry.stdout
    assert "would be offline (21 of its 26 files are gone)" in dry.stdout

    told = run("index")
    assert f"{photographs}: offline, its photographs are kept (21 of its 26" in told.stderr
    assert f"photoseek prune {photographs}" in told.stderr
    hits = as_json(run("search", "a dog", "-k", "26", "--json"))["hits"]
    assert (len(hits), {hit["offline"] for hit in hits}) == (26, {True})
    assert run("search", "a dog", "-k", "1").stdout.rstrip().endswith("(offline)")
    [root] = as_json(run("roots", "--json"))["roots"]
    assert (root["offline"], root["files"]) == (True, 26)
    assert "(offline: 21 of its 26 files are gone)" in run("roots").stdout

    refused = run("prune", photographs, answer="n\n")
    assert refused.returncode == 1
    assert "21 files are not there any more (21 of its 26 files are gone)" in refused.stderr
    assert "Forget them?" in refused.stderr
    assert "offline, left as it is" in run("prune", "--yes").stderr
    pruned = as_json(run("prune", photographs, "--yes", "--json"))
    assert (pruned["files"], pruned["pictures"]) == (21, 0)
    hits = as_json(run("search", "a dog", "-k", "26", "--json"))["hits"]
    assert (len(hits), {hit["offline"] for hit in hits}) == (5, {False})


def test_a_drive_mounted_elsewhere_is_relocated(
    run: Run, photographs: Path, tmp_path: Path
) -> None:
    run("index", photographs)
    new = photographs.rename(tmp_path / "a new place")
    told = run("index")
    assert f"photoseek roots relocate {photographs} NEW" in told.stderr
    done = run("roots", "relocate", photographs, new)
    assert (done.returncode, done.stdout) == (0, f"{photographs} is looked for at {new} now\n")
    report = as_json(run("index", "--json"))
    assert (report["unchanged"], report["indexed"], report["offline"]) == (26, 0, [])
    assert run("roots", "relocate", photographs, new).returncode == 2
