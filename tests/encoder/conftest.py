"""Tiny OpenCLIP models: one random, one that was taught the sample photographs."""

import json
import shutil
from pathlib import Path

import open_clip
import pytest
import torch
from PIL import Image

from encoder.check import CheckReport
from encoder.install import AddRequest, Progress, add_model
from encoder.openclip import OpenClipEncoder, load_openclip
from encoder.preprocess import to_pixels
from encoder.samples import samples

PHOTOS = Path(__file__).parents[2] / "data" / "photos"
TINY = {
    "embed_dim": 64,
    "vision_cfg": {
        "image_size": 32,
        "layers": 2,
        "width": 64,
        "head_width": 32,
        "patch_size": 8,
    },
    "text_cfg": {
        "context_length": 77,
        "vocab_size": 49408,
        "width": 64,
        "heads": 2,
        "layers": 2,
    },
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of installed models for every test."""
    monkeypatch.setenv("PHOTOSEEK_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the architecture ``tiny-clip`` is described, made known to OpenCLIP."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny-clip.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(folder / "tiny-clip.json")
    return folder


@pytest.fixture(scope="session")
def checkpoint(tiny_clip: Path) -> Path:
    """Random weights of ``tiny-clip``, saved as a state dictionary: real loading, no meaning."""
    torch.manual_seed(0)
    torch.save(open_clip.create_model("tiny-clip").state_dict(), tiny_clip / "weights.pt")
    return tiny_clip / "weights.pt"


@pytest.fixture(scope="session")
def taught(checkpoint: Path) -> Path:
    """The same weights after a few seconds with the sample photographs and their captions."""
    encoder = load_openclip("tiny-clip", checkpoint=checkpoint, device="cpu")
    torch.save(teach(encoder).state_dict(), checkpoint.with_name("taught.pt"))
    return checkpoint.with_name("taught.pt")


def teach(encoder: OpenClipEncoder, steps: int = 60) -> torch.nn.Module:
    """Contrastive training until every sample photograph is next to its captions."""
    torch.manual_seed(1)
    model = encoder.model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    pixels = torch.from_numpy(to_pixels([s.image for s in samples()], encoder.image_spec))
    own = torch.arange(len(samples()))
    for step in range(steps):
        tokens = encoder.tokenize([s.captions[step % len(s.captions)] for s in samples()])
        images, texts, *_ = model(pixels, tokens)
        loss = torch.nn.functional.cross_entropy(10 * images @ texts.T, own)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return model.eval()


@pytest.fixture(scope="session")
def added(
    taught: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CheckReport, list[Progress]]:
    """``tiny-clip`` added once as ``mine``: its folder, what was measured, and the progress."""
    steps: list[Progress] = []
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("PHOTOSEEK_MODELS", str(home))
        request = AddRequest(str(taught), "mine", "tiny-clip", offline=True)
        report = add_model(request, on_progress=steps.append)
    return home / "mine", report, steps


@pytest.fixture
def mine(added: tuple[Path, CheckReport, list[Progress]], home: Path) -> Path:
    """``mine`` in a home of this test's own."""
    shutil.copytree(added[0], home / "mine")
    return home / "mine"


@pytest.fixture(scope="session")
def tiny(checkpoint: Path) -> OpenClipEncoder:
    return load_openclip("tiny-clip", checkpoint=checkpoint, device="cpu")


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    """A few real photographs."""
    paths = sorted(PHOTOS.rglob("*.jpg"))[:6]
    return [Image.open(path).convert("RGB") for path in paths]
