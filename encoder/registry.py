"""Finds a model folder by the name a person gives it: bundled, installed, or a path.

An installed model is a folder with a ``manifest.json`` anywhere below ``models_home()``; its name
is its path from there, such as ``ViT-B-32-256/datacomp_s34b_b86k``.
"""

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from encoder.manifest import MANIFEST, check_sizes, read_manifest
from encoder.protocol import Encoder, Modality
from errors import DamagedModel, UnknownModel

DEFAULT_MODEL = "mini"
DOWNLOADS = "downloads"
_BUNDLED = Path(__file__).parent / "models"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model folder; ``problem`` says why it cannot be used, None if it can.

    ``bytes`` is the size of everything in the folder. Of a folder with a problem, ``dimension`` may
    be 0 and the texts empty.
    """

    name: str
    folder: Path
    bundled: bool
    dimension: int
    bytes: int
    fingerprint: str
    source: str
    licence: str
    modalities: frozenset[Modality]
    problem: str | None = None


def models_home() -> Path:
    """The folder of installed models: ``$PHOTOSEEK_MODELS``, or in the user's data folder."""
    chosen = os.environ.get("PHOTOSEEK_MODELS")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return user_data_path("photoseek", appauthor=False) / "models"


def installed_models() -> list[InstalledModel]:
    """Bundled models, then those in ``models_home()``, each sorted by name. Raises nothing."""
    return [_describe(name, folder) for name, folder in _folders().items()]


def known_models() -> list[str]:
    """Names of the models that can be asked for, bundled ones first, then sorted."""
    return list(_folders())


def is_bundled(folder: Path) -> bool:
    """Whether a model folder is one that ships with the package."""
    return folder.parent == _BUNDLED


def load_encoder(name: str = DEFAULT_MODEL, *, threads: int | None = None) -> Encoder:
    """Open a bundled or installed model by name, or any model folder by path.

    ``threads`` bounds the CPU threads of one call. A folder that did not ship with the package is
    tried on the sample photographs when it is first opened (see ``encoder.selftest``); otherwise
    weights are read when first needed. Raises UnknownModel, or DamagedModel if the folder is not as
    its manifest says or its towers do not belong together.
    """
    folder = model_folder(name)
    encoder = open_folder(folder, name=name_in(folder), threads=threads)
    if not is_bundled(folder):
        from encoder.selftest import self_test

        self_test(encoder)
    return encoder


def open_folder(folder: Path, *, name: str | None, threads: int | None = None) -> Encoder:
    """A model folder as the encoder that its family asks for. Raises DamagedModel."""
    if read_manifest(folder).family == "ultralytics":
        from encoder.yolo_folder import YoloFolder

        return YoloFolder(folder, name=name)
    from encoder.onnx import OnnxEncoder  # ONNX Runtime is slow to import; --help needs none

    return OnnxEncoder(folder, threads=threads, name=name)


def name_in(folder: Path) -> str | None:
    """What a folder is called here, None for one that is neither bundled nor installed."""
    return next((name for name, known in _folders().items() if known == folder), None)


def name_of(model: str) -> str:
    """The installed model that a person means by the path of its weights (``yolo26n-cls.pt``)."""
    name = Path(model).stem
    return name if model.endswith(".pt") and name in known_models() else model


def model_folder(name: str) -> Path:
    """The folder of a known model, or ``name`` itself if it is the path of a model folder.

    Raises UnknownModel, naming those with the nearest names.
    """
    name, folders = name_of(name), _folders()
    if name in folders:
        return folders[name]
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    raise UnknownModel(
        f"unknown model {name!r}; {nearest(name, list(folders))}, or the path of a model folder; "
        "photoseek models add brings others"
    )


def nearest(name: str, known: list[str], *, most: int = 8) -> str:
    """For a message about a name that is not ``known``: those like it, and all if not ``most``."""
    lower = {other.lower(): other for other in known}
    close = [lower[match] for match in difflib.get_close_matches(name.lower(), lower, cutoff=0.5)]
    shown = ", ".join(known[:most]) + (f" and {len(known) - most} more" if known[most:] else "")
    parts = [f"nearest: {', '.join(close)}"] if close else []
    if not close or len(known) <= most:
        parts.append(f"known: {shown or 'none'}")
    return "; ".join(parts)


def _folders() -> dict[str, Path]:
    bundled = {path.parent.name: path.parent for path in sorted(_BUNDLED.glob(f"*/{MANIFEST}"))}
    home = models_home()
    found = {folder.relative_to(home).as_posix(): folder for folder in _below(home)}
    return bundled | {name: found[name] for name in sorted(found) if name not in bundled}


def _below(home: Path) -> Iterator[Path]:
    """Model folders at any depth; not in downloads, nor in exports that are being made."""
    for parent, children, files in os.walk(home):
        children[:] = [name for name in children if not name.startswith(".")]
        if Path(parent) == home:
            children[:] = [name for name in children if name != DOWNLOADS]
        elif MANIFEST in files:
            children.clear()
            yield Path(parent)


def _describe(name: str, folder: Path) -> InstalledModel:
    size, bundled = folder_bytes(folder), is_bundled(folder)
    try:
        manifest = read_manifest(folder)
        check_sizes(folder, manifest)
    except DamagedModel as error:
        return InstalledModel(name, folder, bundled, 0, size, "", "", "", frozenset(), str(error))
    return InstalledModel(
        name=name,
        folder=folder,
        bundled=bundled,
        dimension=manifest.dimension,
        bytes=size,
        fingerprint=manifest.fingerprint,
        source=manifest.source,
        licence=manifest.licence,
        modalities=manifest.modalities,
    )


def folder_bytes(folder: Path) -> int:
    """Size of every file in a model folder, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
