"""``models add`` killed at any step: no half-written model, and the next one tidies up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from encoder.install import AddRequest, add_model
from encoder.registry import installed_models
from weights import create_yolo

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from encoder.install import AddRequest, add_model

spec, architecture, moment = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def at_step(progress):
    if progress.step == moment:
        die()

rename = Path.rename

def rename_and_die(path, target):
    if moment == "renaming":
        die()
    rename(path, target)
    if moment == "renamed":
        die()

Path.rename = rename_and_die
if architecture:
    import open_clip
    open_clip.add_model_config(Path(spec).with_name("tiny-clip.json"))
add_model(AddRequest(spec, "mine", architecture or None), on_progress=at_step)
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")


def kill(spec: Path, architecture: str, moment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(spec), architecture, moment],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_killed_at_each_step_there_is_a_whole_model_or_none(
    taught: Path, tmp_path: Path, home: Path
) -> None:
    weights = create_yolo("yolo26n-cls.yaml", tmp_path / "yolo26n-cls.pt")
    for spec, architecture, moment in (
        (taught, "tiny-clip", "quantise"),
        (taught, "tiny-clip", "measure"),
        (weights, "", "measure"),
        (weights, "", "renaming"),
    ):
        kill(spec, architecture, moment)
        assert [model.name for model in installed_models()] == ["mini"]
        assert len(list(home.glob(".adding-*"))) == 1  # the one before was taken away
    kill(weights, "", "renamed")
    (mine,) = [model for model in installed_models() if not model.bundled]
    assert (mine.name, mine.problem) == ("mine", None)
    add_model(AddRequest(str(weights)))
    assert list(home.glob(".adding-*")) == [home / ".adding.lock"]
