"""A model folder on disk: ``manifest.json`` and the files it names, checked by digest.

::

    mini/
      manifest.json    what this module reads and writes
      image.onnx       pixels float32 (n, 3, h, w) -> float32 (n, d), unit length
      image-int8.onnx  the same in 8 bits, where that is as good; the manifest says which is used
      text.onnx        input_ids, attention_mask int64 (n, t) -> float32 (n, d)
      *.onnx.data      weights beside a tower of over 2 GB
      tokenizer.json   Hugging Face tokenizers file; truncation and padding are set in it
    yolo26n-cls/
      manifest.json    of the family ``ultralytics``
      weights.pt       as Ultralytics saved them
"""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from blake3 import blake3

from encoder.protocol import Modality
from errors import DamagedModel

MANIFEST = "manifest.json"
FORMAT = 1
DATA = ".data"
WEIGHTS = "weights.pt"
_NETWORKS = ("*.onnx", f"*.onnx{DATA}")

Family = Literal["onnx", "ultralytics"]
"""What runs a folder: ONNX Runtime, or the Ultralytics package, which prepares pictures itself."""

ResizeRule = Literal["squash", "shortest", "longest"]
Interpolation = Literal["bilinear", "bicubic"]


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """How a picture becomes the image tower's input.

    ``height`` and ``width`` are in pixels, ``mean`` and ``std`` per RGB channel on a 0–1 scale.
    ``squash`` ignores the aspect ratio, ``shortest`` fits the short side and crops the centre,
    ``longest`` fits the long side and pads with ``fill`` (0–255).
    """

    height: int
    width: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resize: ResizeRule = "squash"
    interpolation: Interpolation = "bicubic"
    fill: int = 0
    file: str = "image.onnx"

    def __post_init__(self) -> None:
        known = {*get_args(ResizeRule), *get_args(Interpolation)}
        sound = (
            {self.resize, self.interpolation} <= known,
            all(side in range(1, 4097) for side in (self.height, self.width)),
            len([*self.mean]) == len([*self.std]) == 3,
        )
        if not all(sound):
            raise ValueError(f"not a way to prepare pictures: {self}")


@dataclass(frozen=True, slots=True)
class TextSpec:
    """The text tower; each of ``templates`` holds ``{}`` where the words go."""

    context_length: int
    templates: tuple[str, ...] = ("{}",)
    tokenizer: str = "tokenizer.json"
    file: str = "text.onnx"


@dataclass(frozen=True, slots=True)
class Original:
    """The weights that a folder was made from, as the library that they are of runs them.

    ``fingerprint`` is that encoder's own. OpenCLIP finds them again by ``architecture`` and a
    ``tag`` or the absolute path of a ``checkpoint``.
    """

    fingerprint: str
    architecture: str = ""
    tag: str | None = None
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class FileDigest:
    bytes: int
    blake3: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a model folder except the weights themselves."""

    name: str
    dimension: int
    image: ImageSpec
    text: TextSpec | None = None
    source: str = ""
    licence: str = ""
    files: dict[str, FileDigest] = field(default_factory=dict)
    family: Family = "onnx"
    original: Original | None = None

    @property
    def modalities(self) -> frozenset[Modality]:
        return frozenset({"image", "text"} if self.text else {"image"})

    @property
    def fingerprint(self) -> str:
        """Digest of weights and preprocessing, 32 hex digits; name and licence don't count.

        Nor does the original of an ONNX folder, whose files say it all; but that of another family,
        because it knows how its package prepares pictures.
        """
        essence = {key: asdict(self)[key] for key in ("dimension", "image", "text", "files")}
        if self.family != "onnx":
            essence |= {"family": self.family, "original": asdict(self)["original"]}
        canonical = json.dumps(essence, sort_keys=True, separators=(",", ":"))
        return blake3(canonical.encode()).hexdigest(length=16)


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Digest the model files in ``folder`` and write its ``manifest.json``, which is returned."""
    networks = (path.name for pattern in _NETWORKS for path in sorted(folder.glob(pattern)))
    names = dict.fromkeys([*_named(manifest), *networks])
    complete = replace(manifest, files={name: digest(folder / name) for name in names})
    document = {"format": FORMAT, **asdict(complete), "fingerprint": complete.fingerprint}
    (folder / MANIFEST).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return complete


def read_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json`` and check it against its own fingerprint.

    Raises DamagedModel if it is missing, not ours, or was altered.
    """
    document = _read_json(folder)
    if document.get("format") != FORMAT:
        raise DamagedModel(
            f"{folder}: model folder of format {document.get('format')!r}; only {FORMAT} is known"
        )
    try:
        manifest = _from_document(document)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedModel(f"{folder / MANIFEST}: not a model manifest ({error})") from error
    _refuse_paths(folder, [*_named(manifest), *manifest.files])
    if manifest.fingerprint != document.get("fingerprint"):
        raise DamagedModel(
            f"{folder / MANIFEST}: altered after it was written; export the model again"
        )
    return manifest


def check_file(folder: Path, manifest: Manifest, name: str) -> Path:
    """Return the path of a model file after comparing it with its digest; DamagedModel if not."""
    path, expected = folder / name, manifest.files.get(name)
    _refuse_missing(path)
    if Path(name).name != name or expected is None or digest(path) != expected:
        raise DamagedModel(f"{path}: not the file the manifest names; install or export it again")
    return path


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Check that every file is there in its size, without reading it; DamagedModel if not."""
    for name, expected in manifest.files.items():
        _refuse_missing(folder / name)
        size = (folder / name).stat().st_size
        if size != expected.bytes:
            raise DamagedModel(
                f"{folder / name}: {size} bytes, not {expected.bytes}; install or export it again"
            )


def digest(path: Path) -> FileDigest:
    """Size in bytes and BLAKE3 of a file."""
    hasher = blake3(max_threads=blake3.AUTO)
    hasher.update_mmap(path)
    return FileDigest(bytes=path.stat().st_size, blake3=hasher.hexdigest())


def _named(manifest: Manifest) -> list[str]:
    text = [manifest.text.file, manifest.text.tokenizer] if manifest.text else []
    return [manifest.image.file, *text]


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        raise DamagedModel(f"{path}: missing from the model folder; install or export it again")


def _refuse_paths(folder: Path, names: list[str]) -> None:
    """A manifest comes from anywhere, so no name in it may lead out of its folder."""
    for name in names:
        if name in {"", ".", ".."} or "\0" in name or {"/", "\\", ":"} & set(name):
            raise DamagedModel(f"{folder / MANIFEST}: {name!r} is not a plain file name")


def _read_json(folder: Path) -> dict[str, Any]:
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DamagedModel(f"{folder}: no {MANIFEST}; not a model folder") from None
    except (OSError, ValueError) as error:
        raise DamagedModel(f"{folder / MANIFEST}: cannot be read ({error})") from error
    if not isinstance(document, dict):
        raise DamagedModel(f"{folder / MANIFEST}: not a model manifest")
    return cast(dict[str, Any], document)


def _from_document(document: dict[str, Any]) -> Manifest:
    image, text = dict(document["image"]), document["text"]
    image["mean"], image["std"] = tuple(image["mean"]), tuple(image["std"])
    if text is not None:
        text = TextSpec(**{**text, "templates": tuple(text["templates"])})
    original = document.get("original")
    return Manifest(
        name=document["name"],
        dimension=int(document["dimension"]),
        image=ImageSpec(**image),
        text=text,
        source=document["source"],
        licence=document["licence"],
        files={name: FileDigest(**entry) for name, entry in document["files"].items()},
        family=_family(document.get("family", "onnx")),
        original=Original(**original) if original else None,
    )


def _family(name: str) -> Family:
    if name not in get_args(Family):
        raise ValueError(f"family {name!r}; known: {', '.join(get_args(Family))}")
    return cast(Family, name)
