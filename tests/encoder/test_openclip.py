"""OpenCLIP models: loaded from a real checkpoint, embedded, exported, compared."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from encoder import Encoder
from encoder.export import compare, export_openclip, portable_tokenizer
from encoder.onnx import OnnxEncoder
from encoder.openclip import OpenClipEncoder, load_openclip
from errors import DamagedModel, ExportError, UnknownModel

TEXTS = [
    "a dog running on the beach",
    "Two  children,\tplaying; 100% happy!",
    "café – “naïve” ‘quotes’",
    "日本の写真",
    "it's they've we'll",
    "word " * 200,
    "x",
]


@pytest.fixture(scope="module")
def exported(
    tiny: OpenClipEncoder, pictures: list[Image.Image], tmp_path_factory: pytest.TempPathFactory
) -> OnnxEncoder:
    folder = tmp_path_factory.mktemp("export") / "tiny"
    export_openclip(tiny, folder, images=pictures, texts=TEXTS)
    return OnnxEncoder(folder)


def test_both_are_encoders(tiny: OpenClipEncoder, exported: OnnxEncoder) -> None:
    assert isinstance(tiny, Encoder)
    assert isinstance(exported, Encoder)


def test_vectors_have_unit_length(tiny: OpenClipEncoder, pictures: list[Image.Image]) -> None:
    for vectors in (tiny.embed_images(pictures), tiny.embed_texts(TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape[1] == tiny.info.dimension
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_preprocessing_is_that_of_the_models_configuration(tiny: OpenClipEncoder) -> None:
    spec = tiny.image_spec
    assert (spec.height, spec.width, spec.resize) == (32, 32, "shortest")
    assert spec.interpolation == "bicubic"


def test_an_export_gives_the_same_vectors(
    tiny: OpenClipEncoder, exported: OnnxEncoder, pictures: list[Image.Image]
) -> None:
    parity = compare(tiny, exported, pictures, TEXTS)
    assert min(parity.image, parity.text) > 0.9999
    assert exported.info.dimension == tiny.info.dimension
    assert exported.info.context_length == 77


def test_an_exported_tokenizer_gives_the_same_tokens(tiny: OpenClipEncoder) -> None:
    portable = portable_tokenizer(tiny.tokenize, 77)
    ours = [encoding.ids for encoding in portable.encode_batch(TEXTS)]
    np.testing.assert_array_equal(np.array(ours), tiny.tokenize(TEXTS).numpy())


def test_an_export_that_differs_is_refused_and_leaves_nothing(
    tiny: OpenClipEncoder,
    pictures: list[Image.Image],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("encoder.export.REQUIRED_COSINE", 1.1)
    with pytest.raises(ExportError, match="other vectors"):
        export_openclip(tiny, tmp_path / "model", images=pictures, texts=TEXTS)
    assert list(tmp_path.iterdir()) == []


def test_an_export_overwrites_nothing(
    tiny: OpenClipEncoder, pictures: list[Image.Image], tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match="exists already"):
        export_openclip(tiny, tmp_path, images=pictures, texts=TEXTS)


def test_the_fingerprint_is_that_of_the_weights(checkpoint: Path, tmp_path: Path) -> None:
    def fingerprint(path: Path) -> str:
        return load_openclip("tiny-clip", checkpoint=path, device="cpu").info.fingerprint

    weights = torch.load(checkpoint, weights_only=True)
    other = tmp_path / checkpoint.name
    torch.save(weights, other)
    assert fingerprint(other) == fingerprint(checkpoint)
    weights["logit_scale"] += 1
    torch.save(weights, other)
    assert fingerprint(other) != fingerprint(checkpoint)


def test_an_unknown_architecture_or_tag_names_the_known_ones(checkpoint: Path) -> None:
    with pytest.raises(UnknownModel, match="no-such"):
        load_openclip("no-such", checkpoint=checkpoint)
    with pytest.raises(UnknownModel, match="laion2b_s34b_b79k"):
        load_openclip("ViT-B-32", pretrained="no-such-tag")
    with pytest.raises(UnknownModel, match="no such checkpoint"):
        load_openclip("tiny-clip", checkpoint=checkpoint.with_name("gone.pt"))


def test_weights_that_do_not_fit_or_cannot_be_read_are_refused(
    checkpoint: Path, tmp_path: Path
) -> None:
    with pytest.raises(DamagedModel):
        load_openclip("ViT-B-32", checkpoint=checkpoint, device="cpu")
    cut = tmp_path / "cut.pt"
    cut.write_bytes(checkpoint.read_bytes()[:5000])
    with pytest.raises(DamagedModel):
        load_openclip("tiny-clip", checkpoint=cut, device="cpu")


class Exploit:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return (print, ("code in a checkpoint was run",))


@pytest.mark.usefixtures("checkpoint")
def test_a_crafted_checkpoint_runs_no_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"weights": Exploit()}, tmp_path / "crafted.pt")
    with pytest.raises(DamagedModel):
        load_openclip("tiny-clip", checkpoint=tmp_path / "crafted.pt", device="cpu")
    assert "was run" not in capsys.readouterr().out
