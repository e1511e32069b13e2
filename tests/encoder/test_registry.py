"""Installed models: found at any depth, listed even when damaged, asked for by name."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from encoder import ImageSpec, Manifest, load_encoder, write_manifest
from encoder.registry import installed_models, known_models, model_folder, models_home
from errors import DamagedModel, UnknownModel

IMAGE = ImageSpec(height=8, width=8, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def install(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "image.onnx").write_bytes(b"weights")
    write_manifest(folder, Manifest("written elsewhere", 4, IMAGE, source="here", licence="CC0"))
    return folder


def test_home_is_that_of_the_environment_or_of_the_user(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert models_home() == home
    monkeypatch.delenv("PHOTOSEEK_MODELS")
    assert models_home().parts[-2:] == ("photoseek", "models")


def test_models_are_named_by_their_path(home: Path) -> None:
    install(home / "ViT-B-32" / "some_tag")
    install(home / "mine")
    assert known_models() == ["mini", "ViT-B-32/some_tag", "mine"]
    assert model_folder("ViT-B-32/some_tag") == home / "ViT-B-32" / "some_tag"
    assert load_encoder("mine").info.name == "mine"


def test_a_list_tells_of_each(home: Path) -> None:
    folder = install(home / "mine")
    mini, mine = installed_models()
    assert (mini.name, mini.bundled) == ("mini", True)
    assert mini.modalities == {"image", "text"}
    assert (mine.folder, mine.bundled, mine.dimension) == (folder, False, 4)
    assert (mine.source, mine.licence) == ("here", "CC0")
    assert mine.modalities == {"image"}
    assert mine.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert mine.fingerprint == load_encoder("mine").info.fingerprint
    assert mini.problem is mine.problem is None


def test_a_damaged_folder_is_listed_with_its_problem(home: Path) -> None:
    (install(home / "altered") / "image.onnx").write_bytes(b"other weights")
    (install(home / "cut") / "manifest.json").write_text("{")
    (install(home / "lacking") / "image.onnx").unlink()
    problems = {model.name: str(model.problem) for model in installed_models() if model.problem}
    assert set(problems) == {"altered", "cut", "lacking"}
    assert "13 bytes, not 7" in problems["altered"]
    assert "missing from the model folder" in problems["lacking"]


def test_downloads_and_unfinished_exports_are_no_models(home: Path) -> None:
    install(home / "downloads" / "something")
    install(home / ".adding-x" / "model")
    install(home / "a" / ".hidden")
    (home / "manifest.json").write_text("{}")
    assert known_models() == ["mini"]


def test_a_bundled_name_cannot_be_taken(home: Path) -> None:
    install(home / "mini")
    assert known_models() == ["mini"]
    assert model_folder("mini") != home / "mini"


def test_an_unknown_name_is_answered_with_the_nearest(home: Path) -> None:
    install(home / "ViT-B-32" / "some_tag")
    with pytest.raises(UnknownModel, match="nearest: ViT-B-32/some_tag; known: mini"):
        load_encoder("vit-b-32/sometag")
    with pytest.raises(UnknownModel, match="unknown model"):
        load_encoder("../models/ViT-B-32/some_tag")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "..", "", "C:x", "a\\b"])
def test_a_manifest_names_files_of_its_folder_only(home: Path, name: str) -> None:
    folder = install(home / "mine")
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    document["image"]["file"] = name
    path.write_text(json.dumps(document))
    with pytest.raises(DamagedModel, match="not a plain file name"):
        load_encoder("mine")


def test_weights_beside_a_network_are_checked_too(home: Path) -> None:
    folder = home / "large"
    shutil.copytree(model_folder("mini"), folder)
    (folder / "image.onnx.data").write_bytes(b"1")
    manifest = write_manifest(folder, Manifest("large", 896, IMAGE))
    assert set(manifest.files) == {"image.onnx", "image.onnx.data", "text.onnx"}
    (folder / "image.onnx.data").write_bytes(b"2")
    with pytest.raises(DamagedModel, match=r"image\.onnx\.data"):
        load_encoder("large").embed_images([Image.new("RGB", (8, 8))])
