"""Ultralytics weights as an installed model: copied, found again, refused when altered."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encoder import load_encoder
from encoder.accelerator import accelerate
from encoder.check import check_model, measure_on
from encoder.install import AddRequest, add_model, bring_weights, remove_model
from encoder.manifest import Original, read_manifest, write_manifest
from encoder.registry import installed_models, name_of
from encoder.yolo import load_yolo
from encoder.yolo_folder import YoloFolder
from errors import DamagedModel, ExportError, ModelError, NoTextTower, UnknownModel
from weights import create_yolo


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_yolo("yolo26n-cls.yaml", tmp_path_factory.mktemp("yolo") / "yolo26n-cls.pt")


@pytest.fixture
def weights(original: Path, tmp_path: Path) -> Path:
    """A copy that a test may move or spoil."""
    path = tmp_path / original.name
    path.write_bytes(original.read_bytes())
    return path


@pytest.fixture
def installed(weights: Path, home: Path) -> Path:
    add_model(AddRequest(str(weights)))
    return home / "yolo26n-cls"


def test_weights_are_added_as_they_are(installed: Path, weights: Path) -> None:
    (model,) = [model for model in installed_models() if not model.bundled]
    assert (model.name, model.dimension) == ("yolo26n-cls", 256)
    assert model.modalities == {"image"}
    assert "AGPL-3.0" in model.licence
    assert (installed / "weights.pt").read_bytes() == weights.read_bytes()
    report = check_model("yolo26n-cls")
    assert (report.ms_per_text, report.share_as_good, report.int8) == (None, None, None)
    assert any("no" in line and "words" in line for line in report.lines())


def test_later_runs_need_the_original_no_more(
    installed: Path, weights: Path, pictures: list[Image.Image]
) -> None:
    expected = load_yolo(weights, device="cpu").embed_images(pictures)
    weights.unlink()
    assert bring_weights(str(weights)) == name_of("elsewhere/yolo26n-cls.pt") == "yolo26n-cls"
    encoder = load_encoder("yolo26n-cls.pt")
    assert isinstance(encoder, YoloFolder)
    assert encoder.info.name == "yolo26n-cls"
    assert encoder.info.fingerprint == read_manifest(installed).fingerprint
    np.testing.assert_allclose(encoder.embed_images(pictures), expected, atol=1e-5)


@pytest.mark.usefixtures("installed")
def test_words_are_answered_with_one_line() -> None:
    with pytest.raises(NoTextTower) as caught:
        load_encoder("yolo26n-cls").embed_texts(["a dog"])
    assert str(caught.value) == "yolo26n-cls has no text tower; use search with --model mini"


@pytest.mark.usefixtures("home")
def test_a_path_brings_the_weights_once(weights: Path) -> None:
    assert bring_weights(str(weights)) == "yolo26n-cls"
    assert bring_weights(str(weights)) == "yolo26n-cls"
    create_yolo("yolo26n-cls.yaml", weights, seed=1)
    with pytest.raises(ModelError, match=r"not the weights that are installed as .* --name OTHER"):
        bring_weights(str(weights))
    with pytest.raises(ExportError, match="there is a model yolo26n-cls already"):
        add_model(AddRequest(str(weights)))
    assert add_model(AddRequest(str(weights), "other")).name == "other"
    with pytest.raises(UnknownModel, match=r"unknown model 'gone\.pt'"):
        load_encoder(bring_weights("gone.pt"))


def test_altered_weights_are_refused(installed: Path, pictures: list[Image.Image]) -> None:
    with (installed / "weights.pt").open("r+b") as file:
        file.seek(5000)
        file.write(b"?")
    with pytest.raises(DamagedModel, match="not the file the manifest names"):
        load_encoder("yolo26n-cls").embed_images(pictures)
    remove_model("yolo26n-cls.pt")
    assert not installed.exists()


def test_another_way_to_prepare_pictures_is_another_space(
    installed: Path, pictures: list[Image.Image]
) -> None:
    manifest = read_manifest(installed)
    other = write_manifest(installed, replace(manifest, original=Original("0" * 32)))
    assert other.fingerprint != manifest.fingerprint
    with pytest.raises(DamagedModel, match="prepares pictures otherwise"):
        load_encoder("yolo26n-cls").embed_images(pictures)


@pytest.mark.parametrize("share", [0.02, 0.99])
def test_truncated_weights_leave_nothing(weights: Path, home: Path, share: float) -> None:
    content = weights.read_bytes()
    weights.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError) as caught:
        add_model(AddRequest(str(weights)))
    assert "\n" not in str(caught.value)
    assert [model.name for model in installed_models()] == ["mini"]
    assert not home.exists() or not [p for p in home.iterdir() if p.is_dir()]


@pytest.mark.usefixtures("installed")
def test_it_is_measured_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder("yolo26n-cls")
    assert measure_on(encoder, "cpu").cosine is None
    monkeypatch.setattr("encoder.accelerator.accelerator_likely", lambda: True)
    moved = accelerate(encoder, "auto")
    assert isinstance(moved, YoloFolder)
    assert moved.info == encoder.info
