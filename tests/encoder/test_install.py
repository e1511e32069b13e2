"""Models are added whole and proved, or not at all."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeAlias

import numpy as np
import pytest
import torch
from filelock import FileLock
from safetensors.torch import save_file

from encoder import load_encoder
from encoder.check import CheckReport, check_model
from encoder.install import AddRequest, Progress, add_model, remove_model
from encoder.openclip import load_openclip
from encoder.registry import known_models, model_folder
from encoder.samples import samples
from errors import (
    DamagedModel,
    DownloadError,
    ExportError,
    ModelError,
    ModelsLocked,
    UnknownModel,
)

ROOT = Path(__file__).parents[2]
Added: TypeAlias = "tuple[Path, CheckReport, list[Progress]]"
CAPTIONS = [sample.captions[0] for sample in samples()]


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def left(home: Path) -> list[str]:
    """What is in a home besides its lock."""
    return sorted(path.name for path in home.iterdir() if path.name != ".adding.lock")


def test_an_added_model_is_proved_and_measured(added: Added) -> None:
    folder, report, steps = added
    assert report.parity is not None
    assert min(report.parity.image, report.parity.text) >= 0.9999
    assert report.share_as_good is not None
    assert report.share_as_good <= 0.001
    assert (report.name, report.dimension) == ("mine", 64)
    assert [step.step for step in steps] == ["load", "export", "quantise", "measure"]
    assert json.loads((folder / "check.json").read_text())["fingerprint"] == report.fingerprint
    assert left(folder.parent) == ["mine", "selftest.json", "speeds.json"]


def test_int8_is_used_only_if_it_is_as_good_and_faster(added: Added) -> None:
    folder, report, _ = added
    assert report.int8 is not None
    assert report.int8.cosine >= 0.99
    faster = report.int8.images_per_second > report.int8.float32_images_per_second
    assert report.image_file == ("image-int8.onnx" if faster else "image.onnx")
    assert (folder / "image-int8.onnx").exists()


def test_a_poor_int8_tower_is_thrown_away(
    taught: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("encoder.check.INT8_COSINE", 1.1)
    report = add_model(AddRequest(str(taught), "mine", "tiny-clip"))
    assert report.int8 is not None
    assert report.image_file == "image.onnx"
    assert not (home / "mine" / "image-int8.onnx").exists()
    assert check_model("mine").int8 is None


@pytest.mark.usefixtures("mine", "no_sockets")
def test_it_embeds_as_the_original_does_without_a_socket(taught: Path) -> None:
    exported = load_encoder("mine")
    original = load_openclip("tiny-clip", checkpoint=taught, device="cpu")
    cosines = np.sum(exported.embed_texts(CAPTIONS) * original.embed_texts(CAPTIONS), axis=1)
    assert cosines.min() > 0.9999
    pictures = [sample.image for sample in samples()]
    cosines = np.sum(exported.embed_images(pictures) * original.embed_images(pictures), axis=1)
    assert cosines.mean() > 0.99


def test_a_check_measures_again(mine: Path, added: Added) -> None:
    report = check_model("mine")
    assert report.fingerprint == added[1].fingerprint
    assert report.parity == added[1].parity
    assert report.ms_per_text is not None
    assert json.loads(json.dumps(report.fields()))["int8"]["cosine"] >= 0.99
    assert any("int8 against float32: cosine" in line for line in report.lines())
    (mine / "image-int8.onnx").write_bytes(b"")
    with pytest.raises(DamagedModel, match="image-int8"):
        check_model("mine")


def test_mini_can_be_checked_and_not_removed() -> None:
    report = check_model("mini")
    assert (report.int8, report.parity, report.dimension) == (None, None, 896)
    with pytest.raises(ModelError, match="mini is part of Photoseek"):
        remove_model("mini")


def test_a_model_is_removed(mine: Path) -> None:
    remove_model("mine")
    assert known_models() == ["mini"]
    assert not mine.exists()
    with pytest.raises(UnknownModel, match="unknown model 'mine'"):
        remove_model("mine")


def test_a_damaged_model_can_be_removed(mine: Path) -> None:
    (mine / "manifest.json").write_text("")
    remove_model("mine")
    assert not mine.exists()


def test_a_model_removed_while_in_use_is_one_clear_error(mine: Path) -> None:
    load_encoder("mine")
    encoder = load_encoder("mine")  # tried before, so nothing of it is in memory
    remove_model("mine")
    with pytest.raises(DamagedModel, match="missing from the model folder"):
        encoder.embed_texts(["a dog"])
    assert not mine.exists()


def test_safetensors_and_templates_beside_what_a_killed_process_left(
    taught: Path, tmp_path: Path, home: Path, added: Added
) -> None:
    (home / ".adding-old" / "model").mkdir(parents=True)
    save_file(torch.load(taught, weights_only=True), tmp_path / "taught.safetensors")
    templates = ("a photo of {}", "{}")
    request = AddRequest(
        str(tmp_path / "taught.safetensors"), None, "tiny-clip", templates=templates
    )
    report = add_model(request)
    assert report.name == "taught"
    assert report.fingerprint != added[1].fingerprint
    document = json.loads((model_folder("taught") / "manifest.json").read_text())
    assert tuple(document["text"]["templates"]) == templates
    assert left(home) == ["selftest.json", "speeds.json", "taught"]


@pytest.mark.usefixtures("no_sockets")
def test_offline_nothing_is_asked_of_the_network(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = "ViT-B-32-256/datacomp_s34b_b86k"
    with pytest.raises(DownloadError, match=r"this is offline .*--model mini needs no download"):
        add_model(AddRequest(spec, offline=True))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for other in (spec, "hf-hub:timm/ViT-B-16-SigLIP"):
        with pytest.raises(DownloadError, match=f"^{other}: .* offline"):
            add_model(AddRequest(other))
    assert left(home) == []


@pytest.mark.parametrize("hangs", [True, False])
def test_no_network_is_one_line_within_five_seconds(
    home: Path, monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    def look_up(*_: object, **__: object) -> NoReturn:
        time.sleep(8 if hangs else 0)
        raise OSError("no name server")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    start = time.perf_counter()
    with pytest.raises(DownloadError, match=r"cannot be reached \(no .*--model mini"):
        add_model(AddRequest("ViT-B-32-256/datacomp_s34b_b86k"))
    assert time.perf_counter() - start < 5
    assert left(home) == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def empty(path: Path) -> None:
    torch.save({}, path)


def a_list(path: Path) -> None:
    torch.save([1, 2], path)


def text(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\n")


@pytest.mark.parametrize("spoil", [cut, empty, a_list, text])
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_spoiled_checkpoint_is_refused_and_leaves_nothing(
    checkpoint: Path, tmp_path: Path, home: Path, spoil: Callable[[Path], None], suffix: str
) -> None:
    path = tmp_path / f"spoiled{suffix}"
    shutil.copy(checkpoint, path)
    spoil(path)
    with pytest.raises(DamagedModel, match="cannot load") as caught:
        add_model(AddRequest(str(path), "mine", "tiny-clip"))
    assert "\n" not in str(caught.value)
    assert left(home) == []


def test_weights_of_another_architecture_are_refused(checkpoint: Path, home: Path) -> None:
    with pytest.raises(DamagedModel, match="weights of another architecture: ") as caught:
        add_model(AddRequest(str(checkpoint), "mine", "RN50"))
    assert "\n" not in str(caught.value)
    assert left(home) == []


def test_weights_that_mean_nothing_are_refused(checkpoint: Path, home: Path) -> None:
    with pytest.raises(DamagedModel, match="towers of mine do not belong together"):
        add_model(AddRequest(str(checkpoint), "mine", "tiny-clip"))
    assert left(home) == []


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (AddRequest("VIT-B-32/openia"), UnknownModel, "nearest: ViT-B-32/openai"),
        (AddRequest("gone.pt", architecture="RN50"), UnknownModel, "no such checkpoint"),
        (AddRequest("gone.pt"), UnknownModel, "no such checkpoint"),
        (AddRequest("a.pt", architecture="ViT-B32"), UnknownModel, "nearest: ViT-B-32"),
        (AddRequest("a.pt", "../up", "RN50"), ModelError, "cannot be a model's name"),
        (AddRequest("a.pt", "downloads/x", "RN50"), ModelError, "cannot be a model's name"),
        (AddRequest("a.pt", "mini", "RN50"), ExportError, "there is a model mini already"),
        (AddRequest("a.pt", "mini/x", "RN50"), ExportError, "there is a model mini already"),
        (AddRequest("a.pt", "x", "RN50", ("a photo",)), ModelError, "where the words go"),
        (AddRequest("local-dir:/no/such"), DamagedModel, "/no/such"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(
    home: Path, request_: AddRequest, error: type[ModelError], message: str
) -> None:
    with pytest.raises(error, match=message):
        add_model(request_)
    assert not home.exists() or left(home) == []


def test_two_at_once_are_one_clear_error(taught: Path, home: Path) -> None:
    home.mkdir()
    with (
        FileLock(home / ".adding.lock"),
        pytest.raises(ModelsLocked, match="another process is adding a model"),
    ):
        add_model(AddRequest(str(taught), "mine", "tiny-clip"))


def test_an_interrupt_leaves_nothing(taught: Path, home: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.step == "measure":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_model(AddRequest(str(taught), "mine", "tiny-clip"), on_progress=interrupt)
    assert left(home) == []


FULL = """
import resource, sys
import open_clip
from pathlib import Path
from encoder.install import AddRequest, add_model
from errors import ExportError
open_clip.add_model_config(Path(sys.argv[1]).with_name("tiny-clip.json"))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    add_model(AddRequest(sys.argv[1], "mine", "tiny-clip"))
except ExportError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE")
@pytest.mark.parametrize("room", [100_000, 5_000_000])
def test_a_full_disk_is_one_line_and_leaves_nothing(taught: Path, home: Path, room: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(taught), str(room)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.startswith("mine: cannot be written to")
    assert "make room" in done.stdout
    assert done.stdout.count("\n") == 1
    assert left(home) == []
