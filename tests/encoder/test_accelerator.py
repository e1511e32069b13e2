"""An accelerator may only give a folder's own vectors; torch on the CPU stands in for it here."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from encoder import load_encoder, preferred_batch
from encoder.accelerator import AcceleratedEncoder, accelerate, load_original, require_same_vectors
from encoder.check import check_model, measure_on
from encoder.devices import device_names
from encoder.manifest import read_manifest
from encoder.onnx import OnnxEncoder
from encoder.openclip import load_openclip
from encoder.samples import samples
from errors import DamagedModel, ModelError
from photoseek import Library
from photoseek.cli.options import DEVICES

PICTURES = [sample.image for sample in samples()]


@pytest.fixture
def folder(mine: Path) -> OnnxEncoder:
    return OnnxEncoder(mine, name="mine")


@pytest.fixture
def own_weights(
    taught: Path, tmp_path: Path, folder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the checkpoint, where a test may spoil it; the manifest is told of it."""
    path = tmp_path / taught.name
    path.write_bytes(taught.read_bytes())
    monkeypatch.setattr("encoder.accelerator._checkpoint", lambda *_: path)
    assert folder.manifest.original is not None
    return path


def test_the_manifest_knows_the_original(mine: Path, taught: Path) -> None:
    original = read_manifest(mine).original
    assert original is not None
    assert (original.architecture, original.checkpoint) == ("tiny-clip", str(taught))
    assert (
        original.fingerprint
        == load_openclip("tiny-clip", checkpoint=taught, device="cpu").info.fingerprint
    )


def test_pictures_go_through_the_original_and_words_through_the_folder(
    folder: OnnxEncoder, taught: Path
) -> None:
    encoder = AcceleratedEncoder(folder, "cpu")
    original = load_openclip("tiny-clip", checkpoint=taught, device="cpu")
    assert encoder.info == folder.info
    assert preferred_batch(encoder) > preferred_batch(folder)
    np.testing.assert_array_equal(encoder.embed_images(PICTURES), original.embed_images(PICTURES))
    np.testing.assert_array_equal(encoder.embed_texts(["a dog"]), folder.embed_texts(["a dog"]))


def test_auto_begins_on_the_cpu(folder: OnnxEncoder) -> None:
    encoder = AcceleratedEncoder(folder, "auto", first_on_cpu=len(PICTURES))
    np.testing.assert_array_equal(encoder.embed_images(PICTURES), folder.embed_images(PICTURES))
    assert "_tower" not in vars(encoder)
    encoder.embed_images(PICTURES)
    assert "_tower" in vars(encoder)


def test_other_weights_are_refused(
    own_weights: Path, folder: OnnxEncoder, checkpoint: Path
) -> None:
    own_weights.write_bytes(checkpoint.read_bytes())
    with pytest.raises(DamagedModel, match="not the weights any more that mine was exported from"):
        load_original(folder, "cpu")


@pytest.mark.usefixtures("taught")
def test_weights_that_are_gone_leave_auto_on_the_cpu(
    own_weights: Path, folder: OnnxEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    own_weights.unlink()
    with pytest.raises(ModelError):
        AcceleratedEncoder(folder, "cpu").embed_images(PICTURES)
    encoder = AcceleratedEncoder(folder, "auto", first_on_cpu=0)
    np.testing.assert_array_equal(encoder.embed_images(PICTURES), folder.embed_images(PICTURES))
    assert "it runs on the CPU" in caplog.text


def test_vectors_of_another_model_are_refused(folder: OnnxEncoder, checkpoint: Path) -> None:
    other = load_openclip("tiny-clip", checkpoint=checkpoint, device="cpu")
    with pytest.raises(DamagedModel, match=r"other vectors on this device.*use --device cpu"):
        require_same_vectors(folder, other)


def test_what_runs_where(folder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("encoder.accelerator.accelerator_likely", lambda: False)
    assert accelerate(folder, "cpu") is folder
    assert accelerate(folder, "auto") is folder
    monkeypatch.setattr("encoder.accelerator.accelerator_likely", lambda: True)
    assert isinstance(accelerate(folder, "auto"), AcceleratedEncoder)
    mini = load_encoder("mini")
    assert accelerate(mini, "auto") is mini
    with pytest.raises(ModelError, match="unknown device 'tpu'; known: auto, cpu, cuda, mps"):
        accelerate(folder, "tpu")  # type: ignore[arg-type]


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_here_is_one_line(folder: OnnxEncoder, device: str) -> None:
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if here[device]:
        assert isinstance(accelerate(folder, device), AcceleratedEncoder)  # type: ignore[arg-type]
        return
    with pytest.raises(ModelError, match=f"no {device} device here; use --device cpu"):
        accelerate(folder, device)  # type: ignore[arg-type]


def test_the_command_line_knows_every_device() -> None:
    assert device_names == DEVICES


def test_one_call_measures_a_device(folder: OnnxEncoder) -> None:
    measured = measure_on(folder, "cpu")
    assert measured.cosine is not None
    assert measured.cosine > 0.99
    assert measured.images_per_second > 0
    assert check_model("mine", device="cpu").on_device is None
    with pytest.raises(DamagedModel, match="mini has no original to run"):
        measure_on(load_encoder("mini"), "cpu")


def test_a_space_is_filled_from_either_side(
    folder: OnnxEncoder, tmp_path: Path, photos: Path, pictures: list[Image.Image]
) -> None:
    for number, picture in enumerate(pictures[:3]):
        picture.save(photos / f"{number}.png")
    with Library(tmp_path / "library", lambda _: folder) as library:
        library.index(photos, model="mine", device="cpu")
    for number, picture in enumerate(pictures[3:], start=3):
        picture.save(photos / f"{number}.png")
    with Library(tmp_path / "library", lambda _: AcceleratedEncoder(folder, "cpu")) as library:
        assert library.index().indexed == 3
        (status,) = [status for status in library.models() if status.state]
        assert (status.covered, status.photos) == (6, 6)
        assert len(library.similar(photos / "0.png")) == 5
