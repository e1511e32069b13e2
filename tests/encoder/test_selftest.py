"""Towers that do not belong together are found out, once per model."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from encoder import ImageSpec, Manifest, load_encoder, read_manifest, write_manifest
from encoder.onnx import OnnxEncoder
from encoder.registry import model_folder
from encoder.samples import samples, views
from encoder.selftest import self_test, share_as_good
from errors import DamagedModel


def mixed_up(folder: Path, order: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Path:
    """``mini`` with the numbers of its text vectors in another order."""
    shutil.copytree(model_folder("mini"), folder)
    network = onnx.load(folder / "text.onnx")
    vectors = network.graph.output[0]
    inner = "in_the_old_order"
    for node in network.graph.node:
        node.output[:] = [inner if name == vectors.name else name for name in node.output]
    network.graph.initializer.append(numpy_helper.from_array(order, "order"))
    gather = helper.make_node("Gather", [inner, "order"], [vectors.name], axis=1)
    network.graph.node.append(gather)
    vectors.type.tensor_type.shape.dim[1].dim_value = len(order)
    onnx.save(network, folder / "text.onnx")
    write_manifest(folder, read_manifest(model_folder("mini")))
    return folder


def test_samples_are_small_photographs_with_captions() -> None:
    assert len(samples()) == 8
    assert all(len(sample.captions) == 3 for sample in samples())
    assert max(max(sample.image.size) for sample in samples()) <= 256
    assert len(views()) == 40


def test_mini_deals_the_captions_best() -> None:
    assert share_as_good(load_encoder("mini")) < 0.0001


def test_a_permuted_text_tower_is_refused_by_name(home: Path) -> None:
    order = np.random.default_rng(0).permutation(896)
    mixed_up(home / "mixed", order)
    with pytest.raises(DamagedModel, match="towers of mixed do not belong together"):
        load_encoder("mixed")
    assert not (home / "selftest.json").exists()


def test_towers_of_different_sizes_are_refused(home: Path) -> None:
    mixed_up(home / "mixed", np.arange(64))
    with pytest.raises(DamagedModel, match="towers of mixed do not belong together"):
        load_encoder("mixed")


def test_what_passed_is_not_tried_again(home: Path) -> None:
    shutil.copytree(model_folder("mini"), home / "copy")
    fingerprint = load_encoder("copy").info.fingerprint
    assert json.loads((home / "selftest.json").read_text()) == [fingerprint]
    encoder = load_encoder("copy")
    assert isinstance(encoder, OnnxEncoder)
    assert "_text_tower" not in vars(encoder)


def test_a_home_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PHOTOSEEK_MODELS", str(tmp_path / "file"))
    self_test(load_encoder("mini"))


def test_a_spoiled_memory_is_forgotten(home: Path) -> None:
    home.mkdir()
    (home / "selftest.json").write_text('{"mini": ')
    self_test(load_encoder("mini"))
    assert len(json.loads((home / "selftest.json").read_text())) == 1


def test_an_image_only_model_has_nothing_to_try(tmp_path: Path) -> None:
    (tmp_path / "image.onnx").touch()
    write_manifest(tmp_path, Manifest("eye", 4, ImageSpec(8, 8, (0, 0, 0), (1, 1, 1))))
    self_test(load_encoder(str(tmp_path)))
