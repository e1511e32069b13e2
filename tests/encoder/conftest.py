"""A tiny OpenCLIP architecture with random weights: real loading and export, no meaning."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from PIL import Image

from encoder.openclip import OpenClipEncoder, load_openclip

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


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of ``tiny-clip``, saved as a state dictionary."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny-clip.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(folder / "tiny-clip.json")
    torch.manual_seed(0)
    torch.save(open_clip.create_model("tiny-clip").state_dict(), folder / "weights.pt")
    return folder / "weights.pt"


@pytest.fixture(scope="session")
def tiny(checkpoint: Path) -> OpenClipEncoder:
    return load_openclip("tiny-clip", checkpoint=checkpoint, device="cpu")


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    """A few real photographs."""
    paths = sorted(PHOTOS.rglob("*.jpg"))[:6]
    return [Image.open(path).convert("RGB") for path in paths]
