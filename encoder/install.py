"""Brings a model: loaded by torch, exported, proved, measured; or takes one away again.

Needs the ``export`` extra (onnx, onnxscript).
"""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from filelock import FileLock, Timeout

from encoder.check import (
    CheckReport,
    Int8,
    check_model,
    compare_int8,
    measure,
    write_check,
)
from encoder.downloads import Hub
from encoder.manifest import WEIGHTS, Original, digest, read_manifest, write_manifest
from encoder.notes import note_speed
from encoder.quantise import INT8, quantise_image_tower
from encoder.registry import (
    DOWNLOADS,
    installed_models,
    is_bundled,
    known_models,
    model_folder,
    models_home,
    name_of,
)
from encoder.request import (
    AddRequest,
    chosen_name,
    is_yolo,
    refuse_bad_request,
    resolve,
    wants_the_hub,
)
from encoder.samples import samples
from encoder.selftest import remember
from errors import ExportError, ModelError, ModelsLocked

if TYPE_CHECKING:
    from encoder.openclip import OpenClipEncoder

__all__ = [
    "AddRequest",
    "CheckReport",
    "OnProgress",
    "Progress",
    "add_model",
    "bring_weights",
    "check_model",
    "remove_model",
]

PATIENCE = 3.5
"""Seconds to wait for torch before a person is told that there is no network."""
_SCRATCH = ".adding-"
_LICENCE = "that of the original weights; see where they came from"


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done; for ``download``, ``done`` of ``total`` bytes (0 if not known)."""

    step: str
    done: int = 0
    total: int = 0

    def __str__(self) -> str:
        of = f" of {self.total / 1e6:.0f}" if self.total else ""
        return f"{self.step} {self.done / 1e6:.0f}{of} MB" if self.done else self.step


OnProgress: TypeAlias = Callable[[Progress], None]


def add_model(request: AddRequest, *, on_progress: OnProgress = lambda _: None) -> CheckReport:
    """Export a model to a folder of ``models_home()`` and prove it there; what was measured.

    The folder appears as a whole or not at all. Raises UnknownModel, DamagedModel for weights that
    do not fit or mean nothing, DownloadError, ModelsLocked, and ExportError if it cannot be
    exported, gives other vectors, has the name of another, or finds no room on the disk.
    """
    name = chosen_name(request)
    refuse_bad_request(request, name)
    try:
        with _scratch(models_home()) as scratch:
            make = _copy if is_yolo(request) else _export
            report = make(request, scratch / "model", name, on_progress)
            target = models_home() / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (scratch / "model").rename(target)
    except OSError as error:
        reason = error.strerror or error
        raise ExportError(
            f"{name}: cannot be written to {models_home()} ({reason}); make room, or set "
            "PHOTOSEEK_MODELS to another folder"
        ) from error
    if report.share_as_good is not None:
        remember(report.fingerprint)
    note_speed(report.fingerprint, report.images_per_second)
    return report


def bring_weights(model: str) -> str:
    """The installed name of what ``--model`` says; the path of Ultralytics weights is added first.

    Raises ModelError if other weights are installed under that name, and what ``add_model`` raises.
    """
    path, name = Path(model).expanduser(), Path(model).stem
    if path.suffix != ".pt" or not path.is_file():
        return name_of(model)
    if name not in known_models():
        return add_model(AddRequest(model)).name
    if read_manifest(model_folder(name)).files.get(WEIGHTS) != digest(path):
        raise ModelError(
            f"{path}: not the weights that are installed as {name}; to have both: "
            f"photoseek models add {path} --name OTHER"
        )
    return name


def remove_model(name: str) -> None:
    """Delete an installed model. Raises UnknownModel, ModelError for one that is bundled."""
    folder = require_removable(name)
    doomed = models_home() / f"{_SCRATCH}{folder.name}"
    try:
        folder.rename(doomed)  # gone at once for others, however long deleting takes
        shutil.rmtree(doomed)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be removed ({error.strerror or error})") from error


def require_removable(name: str) -> Path:
    """The folder that ``remove_model`` would delete; raises what it would raise."""
    name, installed = name_of(name), {model.name: model for model in installed_models()}
    folder = installed[name].folder if name in installed else model_folder(name)
    if is_bundled(folder):
        raise ModelError(f"{name} is part of Photoseek and cannot be removed")
    if name not in installed:
        raise ModelError(f"{name} is not in {models_home()}; delete that folder yourself")
    return folder


def _export(request: AddRequest, folder: Path, name: str, on_progress: OnProgress) -> CheckReport:
    """Load an OpenCLIP model, export it, and prove and measure what came of it."""
    encoder, original = _load(request, on_progress)
    from encoder.export import export_openclip

    on_progress(Progress("export"))
    parity = export_openclip(
        encoder,
        folder,
        images=[sample.image for sample in samples()],
        texts=[caption for sample in samples() for caption in sample.captions],
        name=name,
        licence=_LICENCE,
        original=original,
    )
    on_progress(Progress("quantise"))
    int8 = _choose_tower(folder)
    on_progress(Progress("measure"))
    report = measure(folder, name=name, parity=parity, int8=int8)
    write_check(folder, report)
    return report


def _copy(request: AddRequest, folder: Path, name: str, on_progress: OnProgress) -> CheckReport:
    """Take Ultralytics weights as they are, after they have loaded safely."""
    from encoder.yolo_folder import write_yolo_folder

    on_progress(Progress("load"))
    write_yolo_folder(Path(request.spec).expanduser(), folder, name)
    on_progress(Progress("measure"))
    report = measure(folder, name=name)
    write_check(folder, report)
    return report


def _import_torch(hub: Hub) -> None:
    """Import what knows the names; a machine that is slow at it learns of a lacking network first.

    Raises DownloadError.
    """
    importing = threading.Thread(
        target=import_module, args=("encoder.pretrained",), daemon=True, name="import torch"
    )
    importing.start()
    importing.join(PATIENCE)
    if importing.is_alive():
        hub.require_a_way()
    importing.join()


def _choose_tower(folder: Path) -> Int8 | None:
    """Keep the 8-bit image tower if it is as good, and use it if it is faster here too."""
    if not quantise_image_tower(folder):
        return None
    manifest = write_manifest(folder, read_manifest(folder))
    int8 = compare_int8(folder)
    if not int8.as_good:
        (folder / INT8).unlink()
    elif int8.images_per_second > int8.float32_images_per_second:
        manifest = replace(manifest, image=replace(manifest.image, file=INT8))
    write_manifest(folder, manifest)
    return int8


def _load(request: AddRequest, on_progress: OnProgress) -> "tuple[OpenClipEncoder, Original]":
    on_progress(Progress("load"))
    cache = models_home() / DOWNLOADS
    hub = Hub(
        request.spec,
        cache,
        offline=request.offline,
        on_bytes=lambda done, total: on_progress(Progress("download", done, total)),
    )
    if wants_the_hub(request):
        hub.ask()  # while torch is imported, which takes seconds
        _import_torch(hub)
    from encoder.openclip import load_openclip
    from encoder.pretrained import download

    architecture, tag, checkpoint = resolve(request)
    download(hub, architecture, tag)
    templates = request.templates or ("{}",)
    encoder = load_openclip(
        architecture, pretrained=tag, checkpoint=checkpoint, device="cpu", templates=templates
    )
    where = None if checkpoint is None else str(checkpoint.absolute())
    return encoder, Original(encoder.info.fingerprint, architecture, tag, where)


@contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A folder to build in, for one process at a time; it and what others left there goes away."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ".adding.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ModelsLocked(
            f"{home}: another process is adding a model; wait for it, then run again"
        ) from None
    try:
        for leftover in home.glob(f"{_SCRATCH}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=_SCRATCH) as scratch:
            yield Path(scratch)
    finally:
        lock.release()
