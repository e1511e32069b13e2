"""Models from the command line: YOLO26, switching, killing, removing, and no socket anywhere."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from conftest import PHOTOS, aged
from encoder import load_encoder
from encoder.install import remove_model
from encoder.manifest import read_manifest, write_manifest
from encoder.registry import known_models, model_folder
from errors import LibraryLocked, ModelError, UnknownModel, UsageError
from photoseek import Library
from store.faults import VARIABLE
from weights import create_yolo

Done: TypeAlias = "subprocess.CompletedProcess[str]"
Run: TypeAlias = Callable[..., Done]

NO_SOCKETS = """
import sys

def watch(event, _):
    if event.startswith("socket."):
        raise AssertionError(event)

sys.addaudithook(watch)
from photoseek.cli import main
main()
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHOTOSEEK_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "photos"
    folder.mkdir()
    for path in sorted(PHOTOS.rglob("*.jpg"))[:20]:
        aged(Path(shutil.copy(path, folder)))
    return folder


@pytest.fixture
def worded(home: Path) -> str:
    """A second real model: ``mini`` with a prompt template, so that its words lie elsewhere."""
    folder = Path(shutil.copytree(model_folder("mini"), home / "worded"))
    manifest = read_manifest(folder)
    assert manifest.text is not None
    text = replace(manifest.text, templates=("a photo of {}",))
    write_manifest(folder, replace(manifest, text=text))
    return "worded"


@pytest.fixture(scope="module")
def indexed(photographs: Path) -> Path:
    with Library.open(photographs.with_name("library")) as opened:
        assert opened.index(photographs).indexed == 20
    return photographs.with_name("library")


@pytest.fixture
def library(tmp_path: Path, indexed: Path) -> Path:
    """Twenty photographs indexed with ``mini``."""
    return Path(shutil.copytree(indexed, tmp_path / "library"))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command in a process of its own; no traceback may reach the person."""

    def command(*arguments: object, fault: str = "", sockets: bool = True) -> Done:
        program = ["-m", "photoseek"] if sockets else ["-c", NO_SOCKETS]
        done = subprocess.run(
            [sys.executable, *program, *map(str, arguments)],
            env={**os.environ, "PHOTOSEEK_LIBRARY": str(tmp_path / "library"), VARIABLE: fault},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return command


def listed(run: Run) -> dict[str, dict[str, Any]]:
    return {model["name"]: model for model in json.loads(run("models", "--json").stdout)["models"]}


def test_yolo_weights_index_and_find_by_picture_but_not_by_words(
    home: Path, run: Run, photographs: Path, tmp_path: Path
) -> None:
    weights = create_yolo("yolo26n-cls.yaml", tmp_path / "yolo26n-cls.pt")
    done = run("index", photographs, "--model", weights, "--json", sockets=False)
    assert json.loads(done.stdout)["indexed"] == 20, done.stderr
    weights.unlink()  # what is installed is a copy
    refused = run("search", "a dog")
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "photoseek: yolo26n-cls has no text tower; use search with --model mini"
    ]
    first = min(photographs.iterdir())
    found = run("similar", first, "--model", "yolo26n-cls.pt", "--json", sockets=False)
    assert len(json.loads(found.stdout)["hits"]) == 19, found.stderr
    assert "unchanged" in run("index", "--model", weights).stdout
    assert listed(run)["yolo26n-cls"]["state"] == "active"
    (home / "yolo26n-cls" / "weights.pt").write_bytes(b"other")
    outside = aged(Path(shutil.copy(max(PHOTOS.rglob("*.jpg")), tmp_path / "new.jpg")))
    altered = run("similar", outside)
    assert altered.returncode == 1
    assert "not the file the manifest names" in altered.stderr


@pytest.mark.usefixtures("library")
def test_the_list_says_all_of_each_model(run: Run, worded: str) -> None:
    assert run("models", "check", worded).returncode == 0
    mini, other = (listed(run)[name] for name in ("mini", worded))
    assert (mini["state"], mini["covered"], mini["photos"]) == ("active", 20, 20)
    assert (other["state"], other["dimension"]) == (None, 896)
    assert other["images_per_second"] > 0
    assert other["bytes"] > 1_000_000
    for field in ("source", "licence", "modalities"):
        assert other[field] == mini[field]
    shown = run("models")
    for part in (
        "in use",
        "20 of 20 photos",
        "896 dims",
        "MB",
        "images/s",
        "source: ",
        "licence: ",
    ):
        assert part in shown.stdout
    assert "photoseek models check mini" in shown.stderr
    assert "photoseek models --known" in shown.stderr


def test_what_openclip_knows_is_listed(run: Run, home: Path) -> None:
    (home / "ViT-B-32").mkdir(parents=True)
    shutil.copytree(model_folder("mini"), home / "ViT-B-32" / "openai")
    done = run("models", "--known", "--json", sockets=False)
    found = {model["name"]: model for model in json.loads(done.stdout)["known"]}
    assert len(found) > 100
    assert found["ViT-B-32/openai"]["state"] == "installed"
    assert found["ViT-B-32-256/datacomp_s34b_b86k"]["state"] == "known"
    assert found["ViT-B-32-256/datacomp_s34b_b86k"]["repository"].startswith("laion/")


def test_no_command_but_add_opens_a_socket(
    run: Run, worded: str, photographs: Path, library: Path
) -> None:
    picture = next(photographs.iterdir())
    for arguments in (
        ("--offline", "index", photographs, "--model", worded),
        ("--offline", "search", "a dog", "--model", worded),
        ("search", "a dog"),
        ("similar", picture),
        ("--offline", "models", "use", worded),
        ("models",),
        ("status",),
    ):
        done = run(*arguments, sockets=False)
        assert done.returncode == 0, (arguments, done.stderr)
    assert library.exists()


def complete(library: Path) -> str:
    """The model in use; it answers, and of all photographs."""
    with Library.open(library) as opened:
        answer = opened.search("a dog", limit=20)
        assert (answer.photos, len(answer)) == (20, 20)
        return answer.model


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize(
    ("fault", "used"),
    [
        ("transaction.begun", "mini"),
        ("switch", "mini"),
        ("transaction.filled", "mini"),
        ("transaction.committed", "worded"),
    ],
)
def test_a_switch_that_is_killed_has_happened_or_not(
    run: Run, worded: str, library: Path, fault: str, used: str
) -> None:
    with Library.open(library) as opened:
        opened.index(model=worded)
    assert run("models", "use", worded, fault=fault).returncode == -signal.SIGKILL
    assert complete(library) == used
    assert run("models", "use", worded).returncode == 0
    assert complete(library) == worded
    assert run("models", "use", "mini").returncode == 0
    assert complete(library) == "mini"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_an_index_of_a_new_model_that_is_killed_leaves_search_as_it_was(
    run: Run, worded: str, library: Path
) -> None:
    for fault in ("transaction.filled", "batch.encoded:2", "transaction.committed:3", "sweep"):
        assert run("index", "--model", worded, fault=fault).returncode == -signal.SIGKILL
        assert complete(library) == "mini"
        refused = run("models", "use", worded)
        assert (refused.returncode == 0) == (complete(library) == worded), refused.stderr
        if refused.returncode == 0:  # the last kill came after all were in
            assert run("models", "use", "mini").returncode == 0
    assert run("index", "--model", worded).returncode == 0
    assert run("models", "use", worded).returncode == 0
    assert complete(library) == worded


def test_a_model_removed_while_indexing_with_it_is_one_error(
    library: Path, worded: str, tmp_path: Path
) -> None:
    def remove(_: object) -> None:
        if worded in known_models():
            remove_model(worded)

    load_encoder(worded)  # has passed its self-test, so nothing of it will be in memory
    with Library.open(library) as opened:
        with pytest.raises(ModelError, match="worded") as caught:
            opened.index(model=worded, on_progress=remove)
        assert "\n" not in str(caught.value)
    assert complete(library) == "mini"
    with Library.open(library) as opened:
        assert opened.index().unchanged == 20
    assert tmp_path.exists()


def test_a_model_removed_while_searching_with_it(library: Path, worded: str) -> None:
    with Library.open(library) as opened:
        opened.index(model=worded)
        opened.use_model(worded)
        assert opened.search("a dog").model == worded
        shutil.rmtree(model_folder(worded))
        assert opened.search("a cat").model == worded  # it is in memory
    with Library.open(library) as later:
        with pytest.raises(UnknownModel, match=r"worded, which the library was indexed with, is"):
            later.search("a dog")
        assert later.index(model="mini").unchanged == 20
        later.use_model("mini")
        later.remove_model(worded)  # its vectors are all that is left of it
    assert complete(library) == "mini"


def test_what_is_not_to_be_removed_stays_whole(library: Path, worded: str) -> None:
    with Library.open(library) as opened:
        opened.index(model=worded)
        opened.use_model(worded)
        with pytest.raises(ModelError, match="mini is part of Photoseek"):
            opened.remove_model("mini")
        with pytest.raises(UsageError, match="worded is in use here"):
            opened.remove_model(worded)
        opened.use_model("mini")  # nothing of it was dropped
        with (
            Library.open(library) as writing,
            writing._store.writer(),
            pytest.raises(LibraryLocked),
        ):
            opened.remove_model(worded)
        assert load_encoder(worded).info.name == worded
        opened.remove_model(worded)
        with pytest.raises(UnknownModel, match="unknown model 'worded'"):
            opened.remove_model(worded)
    assert complete(library) == "mini"


def test_files_that_changed_under_a_kept_name_are_refused(
    run: Run, worded: str, home: Path, library: Path
) -> None:
    assert run("index", "--model", worded).returncode == 0
    manifest = read_manifest(home / worded)
    assert manifest.text is not None
    text = replace(manifest.text, templates=("a picture of {}",))
    write_manifest(home / worded, replace(manifest, text=text))
    for arguments in (("search", "a dog", "--model", worded), ("models", "use", worded)):
        refused = run(*arguments)
        assert refused.returncode == 1
        assert "photoseek index" in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert complete(library) == "mini"
