"""Brings a model: loaded by torch, exported, proved, measured; or takes one away again.

Needs the ``export`` extra (onnx, onnxscript).
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from filelock import FileLock, Timeout

from encoder.check import CheckReport, Int8, check_model, compare_int8, measure, write_check
from encoder.downloads import Hub
from encoder.manifest import read_manifest, write_manifest
from encoder.quantise import INT8, quantise_image_tower
from encoder.registry import (
    DOWNLOADS,
    installed_models,
    is_bundled,
    known_models,
    model_folder,
    models_home,
    nearest,
)
from encoder.samples import samples
from encoder.selftest import remember
from errors import ExportError, ModelError, ModelsLocked, UnknownModel

if TYPE_CHECKING:
    from encoder.openclip import OpenClipEncoder

__all__ = [
    "AddRequest",
    "CheckReport",
    "OnProgress",
    "Progress",
    "add_model",
    "check_model",
    "remove_model",
]

_HUB, _FOLDER = "hf-hub:", "local-dir:"
_CHECKPOINTS = (".pt", ".pth", ".bin", ".safetensors")
_SCRATCH = ".adding-"
_LICENCE = "that of the original weights; see where they came from"
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*(/[A-Za-z0-9][\w.+-]*)*")


@dataclass(frozen=True, slots=True)
class AddRequest:
    """Which model to bring.

    ``spec`` is ``ARCHITECTURE/TAG`` of ``open_clip.list_pretrained()``, ``hf-hub:owner/name``,
    ``local-dir:path``, or the path of a checkpoint (.pt, .pth, .bin, .safetensors), which needs
    ``architecture``. ``name`` is what it will be called, by default after ``spec``. Each of
    ``templates`` holds ``{}`` where the words go; none are the words alone. ``offline`` takes only
    what was downloaded before.
    """

    spec: str
    name: str | None = None
    architecture: str | None = None
    templates: tuple[str, ...] = ()
    offline: bool = False


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
    name = _name(request)
    _refuse_bad_request(request, name)
    try:
        with _scratch(models_home()) as scratch:
            encoder = _load(request, on_progress)
            report = _build(encoder, scratch / "model", name, on_progress)
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
    return report


def remove_model(name: str) -> None:
    """Delete an installed model. Raises UnknownModel, ModelError for one that is bundled."""
    installed = {model.name: model for model in installed_models()}
    folder = installed[name].folder if name in installed else model_folder(name)
    if is_bundled(folder):
        raise ModelError(f"{name} is part of Photoseek and cannot be removed")
    if name not in installed:
        raise ModelError(f"{name} is not in {models_home()}; delete that folder yourself")
    doomed = models_home() / f"{_SCRATCH}{folder.name}"
    try:
        folder.rename(doomed)  # gone at once for others, however long deleting takes
        shutil.rmtree(doomed)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be removed ({error.strerror or error})") from error


def _build(
    encoder: "OpenClipEncoder", folder: Path, name: str, on_progress: OnProgress
) -> CheckReport:
    from encoder.export import export_openclip

    on_progress(Progress("export"))
    parity = export_openclip(
        encoder,
        folder,
        images=[sample.image for sample in samples()],
        texts=[caption for sample in samples() for caption in sample.captions],
        name=name,
        licence=_LICENCE,
    )
    on_progress(Progress("quantise"))
    int8 = _choose_tower(folder)
    on_progress(Progress("measure"))
    report = measure(folder, name=name, parity=parity, int8=int8)
    write_check(folder, report)
    return report


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


def _load(request: AddRequest, on_progress: OnProgress) -> "OpenClipEncoder":
    on_progress(Progress("load"))
    cache = models_home() / DOWNLOADS
    hub = Hub(
        request.spec,
        cache,
        offline=request.offline,
        on_bytes=lambda done, total: on_progress(Progress("download", done, total)),
    )
    if not (_is_checkpoint(request.spec) or request.spec.startswith(_FOLDER)):
        hub.ask()  # while torch is imported, which takes seconds
    from encoder.openclip import download, load_openclip

    architecture, tag, checkpoint = _resolve(request)
    download(hub, architecture, tag)
    templates = request.templates or ("{}",)
    return load_openclip(
        architecture, pretrained=tag, checkpoint=checkpoint, device="cpu", templates=templates
    )


def _resolve(request: AddRequest) -> tuple[str, str | None, Path | None]:
    """Architecture, tag and checkpoint that a request asks for."""
    spec = request.spec
    if spec.startswith((_HUB, _FOLDER)):
        return spec, None, None
    if _is_checkpoint(spec):
        return str(request.architecture), None, Path(spec).expanduser()
    from encoder.openclip import pretrained_names

    names = pretrained_names()
    if spec not in names:
        raise UnknownModel(
            f"unknown model {spec!r}; {nearest(spec, names)}; or hf-hub:owner/name, or a "
            "checkpoint with --architecture"
        )
    architecture, _, tag = spec.rpartition("/")
    return architecture, tag, None


def _is_checkpoint(spec: str) -> bool:
    return spec.endswith(_CHECKPOINTS) or Path(spec).expanduser().is_file()


def _name(request: AddRequest) -> str:
    if request.name is not None:
        return request.name
    if request.spec.startswith(_FOLDER):
        return Path(request.spec.removeprefix(_FOLDER)).name
    return (
        Path(request.spec).stem if _is_checkpoint(request.spec) else request.spec.removeprefix(_HUB)
    )


def _refuse_bad_request(request: AddRequest, name: str) -> None:
    if not _NAME.fullmatch(name) or name.split("/")[0] == DOWNLOADS:
        raise ModelError(f"{name!r} cannot be a model's name; use letters, digits, . _ + - and /")
    if _is_checkpoint(request.spec) and request.architecture is None:
        raise ModelError(
            f"{request.spec}: a checkpoint does not say what it is of; add --architecture"
        )
    if any("{}" not in template for template in request.templates):
        raise ModelError("every prompt template needs {} where the words go, as in 'a photo of {}'")
    for other in known_models():
        if other == name or name.startswith(f"{other}/") or other.startswith(f"{name}/"):
            raise ExportError(
                f"{name}: there is a model {other} already; give another --name, or first: "
                f"photoseek models remove {other}"
            )


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
