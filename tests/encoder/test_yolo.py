"""Ultralytics weights as an encoder: real models with random weights, saved and loaded again."""

import os
import pickle
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance

from encoder import Encoder
from encoder.yolo import YoloEncoder, load_yolo
from errors import DamagedModel, ModelError, NoTextTower, UnknownModel
from weights import create_yolo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_yolo("yolo26n-cls.yaml", tmp_path_factory.mktemp("yolo") / "yolo26n-cls.pt")


@pytest.fixture(scope="module")
def yolo(weights: Path) -> YoloEncoder:
    return load_yolo(weights, device="cpu")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every attempt to reach a network fails; nor may one be made and its failure be swallowed."""
    tried: list[str] = []

    class Refused(socket.socket):
        def __init__(self, *_: object, **__: object) -> None:
            tried.append("socket")
            raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", Refused)
    monkeypatch.setattr(socket, "getaddrinfo", Refused)
    yield
    assert tried == []


def test_is_an_encoder_of_images_only(yolo: YoloEncoder) -> None:
    assert isinstance(yolo, Encoder)
    assert yolo.info.name == "yolo26n-cls"
    assert yolo.info.dimension == 256
    assert yolo.info.image_size == (224, 224)
    assert yolo.info.modalities == {"image"}


def test_vectors_have_unit_length(yolo: YoloEncoder, pictures: list[Image.Image]) -> None:
    vectors = yolo.embed_images(pictures)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(pictures), yolo.info.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert yolo.embed_images([]).shape == (0, yolo.info.dimension)


def test_more_than_a_batch_keeps_its_order(yolo: YoloEncoder, pictures: list[Image.Image]) -> None:
    many = yolo.embed_images(pictures * 3)
    np.testing.assert_allclose(many, np.tile(yolo.embed_images(pictures), (3, 1)), atol=1e-4)


@pytest.mark.parametrize("architecture", ["yolo26n-cls.yaml", "yolo26n.yaml"])
def test_a_vector_does_not_depend_on_the_other_pictures(
    architecture: str, tmp_path: Path, pictures: list[Image.Image]
) -> None:
    encoder = load_yolo(create_yolo(architecture, tmp_path / "own.pt"), device="cpu")
    mixed = [pictures[0], pictures[1].resize((90, 300)), pictures[2].resize((300, 40))]
    alone = np.concatenate([encoder.embed_images([picture]) for picture in mixed])
    np.testing.assert_allclose(encoder.embed_images(mixed), alone, atol=1e-4)


def test_a_photograph_is_nearer_itself_brightened_than_another(
    yolo: YoloEncoder, pictures: list[Image.Image]
) -> None:
    brighter = [ImageEnhance.Brightness(picture).enhance(1.1) for picture in pictures]
    similarity = yolo.embed_images(pictures) @ yolo.embed_images(brighter).T
    np.testing.assert_array_equal(similarity.argmax(axis=1), np.arange(len(pictures)))


def test_channels_reach_the_network_as_ultralytics_hands_it_a_picture(
    yolo: YoloEncoder, pictures: list[Image.Image]
) -> None:
    def theirs(source: object) -> Any:
        (vector,) = yolo._yolo.embed(source, device="cpu", rect=False, verbose=False)
        return vector / vector.norm()

    bgr = np.asarray(pictures[0])[:, :, ::-1].copy()
    (vector,) = yolo.embed_images(pictures[:1])
    (swapped,) = yolo.embed_images([Image.fromarray(bgr)])
    np.testing.assert_allclose(vector, theirs(pictures[0]), atol=1e-6)
    np.testing.assert_allclose(vector, theirs(bgr), atol=1e-6)
    np.testing.assert_allclose(swapped, theirs(np.asarray(pictures[0]).copy()), atol=1e-6)
    assert np.abs(vector - swapped).max() > 1e-4  # weights that learnt nothing hardly tell colours


def test_an_upright_picture_is_not_turned_by_a_tag_it_kept(
    yolo: YoloEncoder, pictures: list[Image.Image]
) -> None:
    tagged = pictures[0].copy()
    tagged.getexif()[0x0112] = 6
    tagged.info["exif"] = tagged.getexif().tobytes()
    plain, kept = yolo.embed_images([pictures[0], tagged])
    np.testing.assert_allclose(plain, kept, atol=1e-5)


def test_threads_take_turns(yolo: YoloEncoder, pictures: list[Image.Image]) -> None:
    expected = yolo.embed_images(pictures)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(yolo.embed_images, [pictures] * 8):
            np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_words_are_refused(yolo: YoloEncoder) -> None:
    with pytest.raises(NoTextTower) as caught:
        yolo.embed_texts(["a dog"])
    line = "yolo26n-cls has no text tower; use search with --model mini"
    assert str(caught.value) == line


def test_the_fingerprint_is_that_of_weights_and_preprocessing(
    weights: Path, yolo: YoloEncoder, tmp_path: Path
) -> None:
    again = tmp_path / "it's called another.pt"  # Ultralytics itself would look for "its called…"
    again.write_bytes(weights.read_bytes())
    other = create_yolo("yolo26n-cls.yaml", tmp_path / "other.pt", seed=1)
    assert load_yolo(again, device="cpu").info.fingerprint == yolo.info.fingerprint
    assert load_yolo(other, device="cpu").info.fingerprint != yolo.info.fingerprint

    checkpoint = torch.load(weights, weights_only=False)
    torch.save({**checkpoint, "train_args": {"imgsz": 192}}, tmp_path / "smaller.pt")
    smaller = load_yolo(tmp_path / "smaller.pt", device="cpu").info
    assert smaller.image_size == (192, 192)
    assert smaller.fingerprint != yolo.info.fingerprint


@pytest.mark.parametrize(
    "name",
    ["yolo26n-cls.pt", "yolo26n.pt", "https://example.com/yolo26n.pt", "ul://a/b.pt", "folder.pt"],
)
def test_a_name_without_a_local_file_is_refused_before_it_is_fetched(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(UnknownModel, match=r"no such file.* not fetched") as caught:
        load_yolo(name)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.pt"]


@pytest.mark.parametrize("name", ["yolo26n-cls.yaml", "yolo26n-cls", "model.onnx"])
def test_only_weights_of_torch_are_taken(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    with pytest.raises(UnknownModel, match=r"give the path of a \.pt file"):
        load_yolo(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"junk" * 100, b"PK\x03\x04", pickle.dumps({"model": 1})])
def test_a_damaged_file_is_one_line_and_stays(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "yolo26n-cls.pt"
    path.write_bytes(content)
    assert_damaged(path)
    assert path.read_bytes() == content


def assert_damaged(path: Path) -> None:
    with pytest.raises(DamagedModel) as caught:
        load_yolo(path, device="cpu")
    assert str(caught.value).startswith(f"{path}: not weights that load safely (")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_truncated_file_is_refused(share: float, weights: Path, tmp_path: Path) -> None:
    content = weights.read_bytes()
    (tmp_path / "half.pt").write_bytes(content[: int(len(content) * share)])
    assert_damaged(tmp_path / "half.pt")


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "state.pt")
    assert_damaged(tmp_path / "state.pt")


class Trap:
    """Unpickled without care, it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_a_crafted_pickle_runs_no_code(weights: Path, tmp_path: Path) -> None:
    checkpoint = torch.load(weights, weights_only=False)
    trap = tmp_path / "sprung"
    torch.save({**checkpoint, "train_args": Trap(trap)}, tmp_path / "trap.pt")
    assert_damaged(tmp_path / "trap.pt")
    assert not trap.exists()


def test_a_device_that_is_not_here_is_refused(weights: Path) -> None:
    if torch.backends.mps.is_available():
        pytest.skip("this machine has every device")
    with pytest.raises(ModelError, match="no mps device here"):
        load_yolo(weights, device="mps")


def test_without_ultralytics_the_extra_is_named(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    with pytest.raises(ModelError, match=r"pip install 'photoseek\[yolo\]'"):
        load_yolo(weights, device="cpu")


def test_one_that_cannot_load_safely_is_refused(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("ultralytics.nn.tasks.SAFE_LOAD")
    with pytest.raises(ModelError, match="cannot load safely"):
        load_yolo(weights, device="cpu")


def test_loading_leaves_the_process_as_it_was(weights: Path) -> None:
    def state() -> list[object]:
        return [
            Image.open,
            torch.save,
            torch.get_num_threads(),
            set(torch.serialization.get_safe_globals()),
            dict(os.environ),
            np.get_printoptions(),
            list(warnings.filters),
        ]

    before = state()
    load_yolo(weights, device="cpu")
    assert state() == before
    assert not import_module("ultralytics.utils.events").events.enabled


WATCHED = """
import os, sys

def watch(event, args):
    sends = event in ("socket.__new__", "socket.getaddrinfo", "socket.connect")
    installs = event == "subprocess.Popen" and "pip" in args[1]
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
    home = writes and (str(args[0]).startswith(os.environ["HOME"]) or args[0] == os.devnull)
    if sends or installs or (writes and not home):
        os.write(2, f"{event} {args}".encode())
        os._exit(7)

sys.addaudithook(watch)
from encoder.yolo import load_yolo
from PIL import Image

opener = Image.open
assert "torch" not in sys.modules, "imported before it is needed"
encoder = load_yolo(sys.argv[1], device="cpu")
for _ in range(3):
    encoder.embed_images([Image.new("RGB", (300, 200), "red")] * 20)
from ultralytics.utils.events import events
assert Image.open is opener
assert not events.enabled and not events.events
assert "OMP_NUM_THREADS" not in os.environ
"""


def test_nothing_is_printed_sent_or_written(weights: Path, tmp_path: Path) -> None:
    """In a process of its own, since Ultralytics behaves itself where it sees pytest."""
    home = tmp_path / "home"
    for folder in (home, home / "tmp", home / "work"):
        folder.mkdir()
    secret = {"YOLO_CONFIG_DIR", "OMP_NUM_THREADS"}
    kept = {name: value for name, value in os.environ.items() if name not in secret}
    paths = [str(ROOT), *sys.path]
    places = {"HOME": home, "TMPDIR": home / "tmp", "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    result = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED, str(weights)],
        env=kept | {k: str(v) for k, v in places.items()} | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        cwd=home / "work",
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert sorted(path.name for path in home.rglob("*")) == ["tmp", "work"]
