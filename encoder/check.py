"""What a model folder is worth on this machine: its parts measured on the sample photographs."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from encoder.accelerator import BATCH, load_original, require_same_vectors
from encoder.devices import Device, accelerator_likely
from encoder.manifest import Manifest, check_file, read_manifest
from encoder.notes import note_speed
from encoder.onnx import OnnxEncoder
from encoder.protocol import Encoder, Vectors
from encoder.quantise import FLOAT32, INT8, INT8_COSINE, INT8_OVERLAP
from encoder.registry import folder_bytes, model_folder, name_in, open_folder
from encoder.samples import samples, views
from encoder.selftest import require_matching
from encoder.yolo_folder import YoloFolder
from errors import ModelError

CHECK = "check.json"
_NEIGHBOURS = 10
_BATCH = 8
_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Parity:
    """Lowest cosine between the vectors of the original and of its export, per tower."""

    image: float
    text: float

    def __str__(self) -> str:
        return f"cosine {self.image:.6f} (images), {self.text:.6f} (texts)"


@dataclass(frozen=True, slots=True)
class Int8:
    """An 8-bit image tower against its float32 one, on views of the sample photographs.

    ``cosine`` is the mean; ``overlap`` the mean share of the ten nearest views that both agree on.
    """

    cosine: float
    overlap: float
    images_per_second: float
    float32_images_per_second: float

    @property
    def as_good(self) -> bool:
        return self.cosine >= INT8_COSINE and self.overlap >= INT8_OVERLAP

    def __str__(self) -> str:
        return (
            f"int8 against float32: cosine {self.cosine:.4f}, overlap {self.overlap:.3f} "
            f"({'passed' if self.as_good else 'refused'}), {self.images_per_second:.0f} against "
            f"{self.float32_images_per_second:.0f} images/s"
        )


@dataclass(frozen=True, slots=True)
class OnDevice:
    """A model on an accelerator: speed in batches of ``batch``, cosine to the folder's vectors.

    ``cosine`` is None for a family that runs the same code everywhere.
    """

    device: str
    images_per_second: float
    batch: int
    cosine: float | None = None

    def __str__(self) -> str:
        same = "" if self.cosine is None else f", cosine {self.cosine:.4f} to the folder's vectors"
        return f"{self.images_per_second:,.0f} images/s in batches of {self.batch}{same}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was measured here; ``bytes`` is the size of the folder.

    ``image_file`` is the image tower in use, ``images_per_second`` its speed. ``int8`` is None if
    no such variant was made (or, when checked again, kept). ``share_as_good`` is the self-test's
    (see ``encoder.selftest``); it and ``ms_per_text`` are None without a text tower. ``parity`` is
    None if the export was never compared with its original here, ``on_device`` unless an
    accelerator was asked for.
    """

    name: str
    fingerprint: str
    dimension: int
    bytes: int
    image_file: str
    images_per_second: float
    int8: Int8 | None = None
    ms_per_text: float | None = None
    share_as_good: float | None = None
    parity: Parity | None = None
    on_device: OnDevice | None = None

    def fields(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """As lines for a person."""
        lines = [
            f"{self.name}: {self.dimension} dimensions, {self.bytes / 1e6:.1f} MB",
            f"image tower: {self.image_file}, {self.images_per_second:.0f} images/s here",
        ]
        if self.int8 is not None:
            lines.append(str(self.int8))
        if self.parity is not None:
            lines.append(f"export against original: {self.parity}")
        if self.ms_per_text is not None and self.share_as_good is not None:
            lines.append(f"text tower: {self.ms_per_text:.1f} ms a text")
            lines.append(f"self-test passed: {self.share_as_good:.3%} of captionings fit as well")
        else:
            lines.append("text tower: none; it finds by picture, not by words")
        if self.on_device is not None:
            lines.append(f"{self.on_device.device}: {self.on_device}")
        return lines


def check_model(name: str, *, device: Device = "cpu") -> CheckReport:
    """Measure a known model, or a model folder by path, again; notes its speed, changes nothing.

    Compares every file with its digest and runs the self-test; on another ``device`` than the CPU
    the original is tried too. Raises UnknownModel, DamagedModel, ModelError without that device.
    """
    folder = model_folder(name)
    manifest = read_manifest(folder)
    for file in manifest.files:
        check_file(folder, manifest, file)
    both = {INT8, FLOAT32} <= set(manifest.files)
    int8 = compare_int8(folder) if both and manifest.image.file in {INT8, FLOAT32} else None
    called = name_in(folder) or name
    report = measure(folder, name=called, parity=_remembered_parity(folder, manifest), int8=int8)
    note_speed(report.fingerprint, report.images_per_second)
    encoder = open_folder(folder, name=called)
    there = device != "auto" or accelerator_likely()
    on_device = measure_on(encoder, device) if device != "cpu" and there else None
    return replace(report, on_device=on_device)


def measure_on(encoder: Encoder, device: Device) -> OnDevice:
    """Time a model's original in torch on a device; proves first that its vectors are the folder's.

    Raises ModelError for a device that is not here, or for a model without an original.
    """
    if isinstance(encoder, YoloFolder):
        return OnDevice(device, images_per_second(encoder.on(device), BATCH), BATCH)
    if not isinstance(encoder, OnnxEncoder):
        raise ModelError(f"{encoder.info.name} runs on the CPU only")
    original = load_original(encoder, device)
    speed = images_per_second(original, BATCH)
    batch = min(BATCH, original.batch_size)
    return OnDevice(device, speed, batch, cosine=require_same_vectors(encoder, original))


def measure(
    folder: Path, *, name: str, parity: Parity | None = None, int8: Int8 | None = None
) -> CheckReport:
    """Time a model folder and try it on the samples. Raises DamagedModel if the self-test fails."""
    encoder = open_folder(folder, name=name)
    manifest, text = read_manifest(folder), "text" in encoder.info.modalities
    return CheckReport(
        name=name,
        fingerprint=manifest.fingerprint,
        dimension=manifest.dimension,
        bytes=folder_bytes(folder),
        image_file=manifest.image.file,
        share_as_good=require_matching(encoder) if text else None,
        images_per_second=_speed(encoder, manifest, int8),
        int8=int8,
        ms_per_text=ms_per_text(encoder) if text else None,
        parity=parity,
    )


def compare_int8(folder: Path) -> Int8:
    """Measure the 8-bit image tower of a folder that holds both."""
    exact, rounded = (OnnxEncoder(folder, image_file=file) for file in (FLOAT32, INT8))
    pictures = views()
    ours, theirs = exact.embed_images(pictures), rounded.embed_images(pictures)
    return Int8(
        cosine=float(np.sum(ours * theirs, axis=1).mean()),
        overlap=overlap(ours, theirs),
        images_per_second=images_per_second(rounded),
        float32_images_per_second=images_per_second(exact),
    )


def _speed(encoder: Encoder, manifest: Manifest, int8: Int8 | None) -> float:
    if int8 is None:
        return images_per_second(encoder)
    in_use = manifest.image.file == INT8
    return int8.images_per_second if in_use else int8.float32_images_per_second


def overlap(ours: Vectors, theirs: Vectors) -> float:
    """Mean share of each row's nearest other rows (ten, or a quarter of few) that are the same."""
    count = max(1, min(_NEIGHBOURS, len(ours) // 4))
    pairs = zip(_nearest(ours, count), _nearest(theirs, count), strict=True)
    return float(np.mean([len(set(one) & set(other)) / count for one, other in pairs]))


def _nearest(vectors: Vectors, count: int) -> list[list[int]]:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    nearest: list[list[int]] = np.argsort(-scores, axis=1)[:, :count].tolist()
    return nearest


def images_per_second(encoder: Encoder, batch: int = _BATCH) -> float:
    """Pictures embedded per second in batches of eight or another size, resizing included."""
    pictures = list(islice(cycle(views()), batch))
    return batch / _seconds(lambda: encoder.embed_images(pictures))


def ms_per_text(encoder: Encoder) -> float:
    """Milliseconds to embed one caption."""
    captions = [caption for sample in samples() for caption in sample.captions]
    return 1000 * _seconds(lambda: encoder.embed_texts(captions)) / len(captions)


def _seconds(call: Callable[[], object]) -> float:
    """Median time of a call, after one to warm up; within about two seconds if it is quick."""
    times: list[float] = []
    call()
    while not times or (sum(times) < _SECONDS and len(times) < 50):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def write_check(folder: Path, report: CheckReport) -> None:
    """Keep the report as ``check.json`` in the model folder."""
    text = json.dumps(asdict(report), indent=2) + "\n"
    (folder / CHECK).write_text(text, encoding="utf-8")


def _remembered_parity(folder: Path, manifest: Manifest) -> Parity | None:
    """What was proved when this very folder was exported."""
    try:
        document: dict[str, Any] = json.loads((folder / CHECK).read_text(encoding="utf-8"))
        if document["fingerprint"] == manifest.fingerprint:
            return Parity(**document["parity"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None
