"""Finds a model folder by the name a person gives it."""

from pathlib import Path

from encoder.manifest import MANIFEST
from encoder.protocol import Encoder
from errors import UnknownModel

DEFAULT_MODEL = "mini"
_BUNDLED = Path(__file__).parent / "models"


def known_models() -> list[str]:
    """Names of the models that ship with the package, sorted."""
    return sorted(folder.parent.name for folder in _BUNDLED.glob(f"*/{MANIFEST}"))


def load_encoder(name: str = DEFAULT_MODEL, *, threads: int | None = None) -> Encoder:
    """Open a bundled model by name, or any model folder by path.

    ``threads`` bounds the CPU threads of one call. Weights are read when first needed. Raises
    UnknownModel, or DamagedModel if the folder is not as its manifest says.
    """
    from encoder.onnx import OnnxEncoder  # ONNX Runtime is slow to import; --help needs none

    return OnnxEncoder(model_folder(name), threads=threads)


def model_folder(name: str) -> Path:
    """The folder of a bundled model, or ``name`` itself if it is the path of a model folder."""
    if name in known_models():
        return _BUNDLED / name
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    known = ", ".join(known_models()) or "none"
    raise UnknownModel(f"unknown model {name!r}; known: {known}, or the path of a model folder")
