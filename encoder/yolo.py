"""Local Ultralytics YOLO weights as an encoder of pictures (extra ``photoseek[yolo]``).

The one module that imports ultralytics, which is licensed AGPL-3.0 and ships no types. Left to
itself it would keep a settings file, report its use, print, install packages and fetch weights that
it misses, unpickle whatever a file holds, and change torch, Pillow and NumPy under everybody else's
feet. Here it may do none of that.
"""

import logging
import os
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from blake3 import blake3
from PIL import Image

from encoder.batches import Batches
from encoder.devices import Device
from encoder.protocol import EncoderInfo, Vectors, unit_rows
from errors import DamagedModel, ModelError, NoTextTower, UnknownModel

_ENVIRONMENT = {
    "ULTRALYTICS_SAFE_LOAD": "true",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_OFFLINE": "true",  # or it asks two name servers whether there is a network
    "YOLO_VERBOSE": "false",
}
_BATCH = {"cpu": 8}  # elsewhere as many as memory allows, halved from:
_LARGEST_BATCH = 256
_RULES = ("size", "max_size", "interpolation", "antialias", "mean", "std")


class YoloEncoder:
    """An Ultralytics model run by torch. Use ``load_yolo`` to make one.

    A picture's vector is the mean over all positions of the last feature map before the head, as
    ``YOLO.embed`` gives it, scaled to unit length. Safe to call from several threads, which take
    turns.
    """

    def __init__(self, yolo: Any, info: EncoderInfo, device: str, batches: Batches) -> None:
        self.info = info
        self._yolo = yolo
        self._device = device
        self._batches = batches
        self._lock = Lock()

    def embed_images(self, images: Sequence[Image.Image]) -> Vectors:
        """Embed upright RGB pictures: float32 (n, d), rows of unit length."""
        parts = self._batches.run(self._embed_batch, images)
        return np.concatenate(parts) if parts else np.empty((0, self.info.dimension), np.float32)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        """Raises NoTextTower."""
        raise no_text_tower(self.info.name)

    def _embed_batch(self, images: Sequence[Image.Image]) -> Vectors:
        with self._lock:
            return _embed(self._yolo, images, self._device)


def no_text_tower(name: str) -> NoTextTower:
    """The error of every image-only model."""
    return NoTextTower(f"{name} has no text tower; use search with --model mini")


def holds_yolo(path: Path) -> bool:
    """Whether a file is a torch archive that names Ultralytics' classes; nothing is unpickled."""
    try:
        with zipfile.ZipFile(path) as archive:
            pickles = [name for name in archive.namelist() if name.endswith("data.pkl")]
            return any(b"ultralytics" in archive.read(name) for name in pickles)
    except (OSError, zipfile.BadZipFile):
        return False


def load_yolo(weights: Path | str, *, device: Device = "auto") -> YoloEncoder:
    """Load Ultralytics weights of any task (``yolo26n-cls.pt``) from a local file.

    Such a file is a pickle of whole Python objects. It is read with ``weights_only`` and a list of
    the classes that Ultralytics models are made of, so a crafted one cannot run code; still, only
    the very file that is named here is ever opened, and nothing is fetched in its place. Raises
    UnknownModel for a name without a local ``.pt`` file, DamagedModel for one that cannot be loaded
    or embeds nothing, ModelError without Ultralytics or the device.
    """
    path = _named_file(Path(weights))
    from encoder.openclip import is_out_of_memory, pick_device  # imports torch, which is slow

    target = pick_device(device)
    with _contained():
        make = _ultralytics()
        try:
            yolo = _load(make, path)
            info = _describe(path.stem, yolo, str(target))
        except Exception as error:  # a damaged pickle can raise anything
            raise DamagedModel(
                f"{path}: not weights that load safely ({_why(error, path)})"
            ) from error
    batches = Batches(_BATCH.get(target.type, _LARGEST_BATCH), is_out_of_memory)
    return YoloEncoder(yolo, info, str(target), batches)


def _named_file(path: Path) -> Path:
    if path.suffix.lower() != ".pt":
        raise UnknownModel(f"{path}: not Ultralytics weights; give the path of a .pt file")
    if not path.is_file():
        raise UnknownModel(f"{path}: no such file; YOLO weights are not fetched, give a local file")
    return path.absolute()


def _load(make: Callable[..., Any], path: Path) -> Any:
    tasks, downloads = (import_module(f"ultralytics.{m}") for m in ("nn.tasks", "utils.downloads"))
    # It would look for another file if the name has an apostrophe or is that of an older model,
    # and fetch it.
    with (
        _replaced(downloads, attempt_download_asset=lambda file, **_: str(file)),
        _replaced(tasks, SAFE_LOAD=True),
        _allow_list_kept(),
    ):
        return make(str(path), verbose=False)


def _describe(name: str, yolo: Any, device: str) -> EncoderInfo:
    dimension = _embed(yolo, [Image.new("RGB", (64, 64))], device).shape[1]
    height, width = yolo.predictor.imgsz
    return EncoderInfo(
        name=name,
        fingerprint=_fingerprint(yolo),
        dimension=dimension,
        image_size=(height, width),
        modalities=frozenset({"image"}),
    )


def _embed(yolo: Any, images: Sequence[Image.Image], device: str) -> Vectors:
    arrays = [_bgr(image) for image in images]
    # With ``rect`` the padding, and so the vector, would depend on the other pictures of the batch.
    rows = yolo.embed(arrays, device=device, rect=False, save=False, verbose=False)
    yolo.predictor.dataset = yolo.predictor.batch = None  # would hold the pictures until the next
    return unit_rows(np.stack([row.float().cpu().numpy() for row in rows]))


def _bgr(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Arrays are taken to be BGR. A picture would be turned once more by an EXIF tag it kept."""
    rgb = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _fingerprint(yolo: Any) -> str:
    steps = getattr(getattr(yolo.predictor, "transforms", None), "transforms", ())
    rules = [[type(step).__name__, *(_plain(step, rule) for rule in _RULES)] for step in steps]
    hasher = blake3(repr((yolo.task, list(yolo.predictor.imgsz), rules)).encode())
    for name, tensor in sorted(yolo.model.state_dict().items()):
        hasher.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        hasher.update(tensor.cpu().contiguous().numpy().tobytes())
    return hasher.hexdigest(length=16)


def _plain(step: Any, rule: str) -> str:
    """Not the repr of a tensor, which follows torch's print options."""
    value: Any = getattr(step, rule, None)
    return str(value.tolist() if hasattr(value, "tolist") else value)


def _why(error: Exception, path: Path) -> str:
    """The first statement of an error, or its kind where that says nothing, such as a key."""
    line = next(iter(str(error).splitlines()), "")
    statement = (
        line.removeprefix("ERROR ❌️ ").removeprefix(f"{path} ").split(" (")[0].split(". ")[0]
    )
    return statement[:200] if " " in statement else f"{type(error).__name__} {statement}"


def _ultralytics() -> Callable[..., Any]:
    """Import ``YOLO`` with a settings folder that is gone afterwards, and silence it for good.

    ``_contained`` takes the environment back.
    """
    with TemporaryDirectory(prefix="photoseek-") as folder:
        os.environ.update(_ENVIRONMENT, YOLO_CONFIG_DIR=folder)
        try:
            make: Callable[..., Any] = import_module("ultralytics").YOLO
            events = import_module("ultralytics.utils.events").events
            safe = hasattr(import_module("ultralytics.nn.tasks"), "SAFE_LOAD")
        except ImportError as error:
            hint = f"pip install 'photoseek[yolo]' ({error})"
            raise ModelError(f"YOLO weights need Ultralytics: {hint}") from error
    if not safe:
        raise ModelError("this Ultralytics cannot load safely: pip install -U 'photoseek[yolo]'")
    events.enabled = False
    logger = logging.getLogger("ultralytics")
    logger.handlers[:], logger.propagate = [logging.NullHandler()], True
    return make


@contextmanager
def _contained() -> Iterator[None]:
    """Put back what importing and setting up Ultralytics changes in the whole process.

    It replaces ``Image.open`` by one that installs packages, and lets torch use one thread on two
    cores.
    """
    import torch

    threads = torch.get_num_threads()
    patched = _replaced(torch, save=torch.save), _replaced(Image, open=Image.open)
    with patched[0], patched[1], _environment_kept(), np.printoptions(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@contextmanager
def _allow_list_kept() -> Iterator[None]:
    """What ``weights_only`` lets pass in one file is not let pass in the files of other models."""
    from torch import serialization

    allowed = serialization.get_safe_globals()
    try:
        yield
    finally:
        serialization.clear_safe_globals()
        serialization.add_safe_globals(allowed)


@contextmanager
def _replaced(owner: Any, **attributes: Any) -> Iterator[None]:
    """Give attributes other values for a while; the old ones come back whatever is set then."""
    before = {name: getattr(owner, name) for name in attributes}
    try:
        for name, value in attributes.items():
            setattr(owner, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


@contextmanager
def _environment_kept() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)
