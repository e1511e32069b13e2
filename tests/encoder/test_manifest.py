"""Model folders: written, read back, and refused when anything in them was touched."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from encoder import ImageSpec, Manifest, TextSpec, load_encoder, read_manifest, write_manifest
from encoder.manifest import check_file
from encoder.onnx import OnnxEncoder
from errors import DamagedModel, NoTextTower, UnknownModel

IMAGE = ImageSpec(height=8, width=8, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def write(folder: Path, *, name: str = "toy", text: bool = True) -> Manifest:
    for file in ("image.onnx", "text.onnx", "tokenizer.json"):
        (folder / file).write_bytes(file.encode())
    tower = TextSpec(context_length=16) if text else None
    return write_manifest(folder, Manifest(name, 4, IMAGE, tower))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = write(tmp_path)
    assert read_manifest(tmp_path) == written
    assert set(written.files) == {"image.onnx", "text.onnx", "tokenizer.json"}


def test_the_fingerprint_is_of_weights_and_preprocessing_not_of_the_name(tmp_path: Path) -> None:
    first = write(tmp_path).fingerprint
    assert write(tmp_path, name="other").fingerprint == first
    (tmp_path / "image.onnx").write_bytes(b"other weights")
    manifest = write_manifest(tmp_path, Manifest("toy", 4, IMAGE, TextSpec(16)))
    assert manifest.fingerprint != first


def test_an_altered_model_file_is_refused(tmp_path: Path) -> None:
    manifest = write(tmp_path)
    (tmp_path / "text.onnx").write_bytes(b"text.onnX")
    with pytest.raises(DamagedModel, match=r"text\.onnx"):
        check_file(tmp_path, manifest, "text.onnx")
    (tmp_path / "image.onnx").unlink()
    with pytest.raises(DamagedModel, match="missing"):
        check_file(tmp_path, manifest, "image.onnx")


def edited(**changes: object) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), **changes})


@pytest.mark.parametrize(
    "edit",
    [
        edited(dimension=5),
        edited(format=2),
        edited(image={}),
        edited(files={"image.onnx": 3}),
        edited(files={"../image.onnx": {"bytes": 1, "blake3": "00"}}),
        edited(text=[]),
        lambda text: text[: len(text) // 2],
        lambda _: "[]",
        lambda _: "",
    ],
)
def test_an_altered_manifest_is_refused(tmp_path: Path, edit: Callable[[str], str]) -> None:
    write(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(edit(path.read_text()))
    with pytest.raises(DamagedModel):
        read_manifest(tmp_path)


def test_a_folder_without_a_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(DamagedModel, match="no manifest"):
        OnnxEncoder(tmp_path)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match="known: mini"):
        load_encoder("maxi")


def test_a_model_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(DamagedModel, match="ONNX Runtime cannot load"):
        load_encoder(str(tmp_path)).embed_images([_grey()])


def test_words_need_a_text_tower(tmp_path: Path) -> None:
    write(tmp_path, text=False)
    encoder = load_encoder(str(tmp_path))
    assert encoder.info.modalities == {"image"}
    with pytest.raises(NoTextTower, match="toy has no text tower"):
        encoder.embed_texts(["a dog"])


def _grey() -> Image.Image:

    return Image.new("RGB", (8, 8), "grey")
