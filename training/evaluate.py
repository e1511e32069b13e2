"""Measures a model folder: ``python -m training.evaluate --model DIR --captions TSV --photos DIR``.

Protocol: every caption is a question and every photograph of the table a candidate. A caption's
rank is one more than the number of photographs scored above its own; a photograph's is one more
than the number of foreign captions scored above the best of its own. Recall@k is the percentage
of ranks up to k. Times are the best of several runs on an otherwise idle machine, if it is idle.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from encoder.onnx import OnnxEncoder
from encoder.preprocess import fit
from search.evaluation import Recall, photo_ranks, text_ranks
from training.captions import Captions, read_captions
from training.photographs import in_batches
from training.relevance import measure_relevance

Floats = npt.NDArray[np.float32]
Clock: TypeAlias = Callable[[], float]

BATCHES = (1, 4, 8, 16, 32)
ROUNDS = 8
TIMED_TEXTS = 100
NAMING = tuple(Path(__file__).parent / ".cache" / f"{name}.tsv" for name in ("stamps", "names"))
"""Measures of naming things that no caption speaks of: ``training.stamps``, ``training.names``."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Pictures of the model's size, normalising included; texts with tokens; load to first answer.

    ``images_per_core_second`` divides by processor time on one thread: other processes on the
    machine disturb it less than they disturb the clock on the wall.
    """

    images_per_second: float
    batch: int
    images_per_core_second: float
    text_ms: float
    text_ms_median: float
    text_load_ms: float
    image_load_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that is printed; ``naming``: text -> photo on tables of names, by table."""

    model: str
    fingerprint: str
    megabytes: float
    captions: int
    photos: int
    text_to_photo: Recall
    photo_to_text: Recall
    naming: dict[str, Recall]
    speed: Speed | None
    machine: str


def evaluate(
    folder: Path,
    captions: Captions,
    *,
    naming: Sequence[Path] = (),
    threads: int,
    timed: bool = True,
) -> Report:
    """Measure quality on ``captions`` and tables of names, and speed if ``timed``."""
    encoder = OnnxEncoder(folder, threads=threads)
    scores = _scores(encoder, captions)
    files = encoder.manifest.files.values()
    return Report(
        model=encoder.info.name,
        fingerprint=encoder.info.fingerprint,
        megabytes=round(sum(entry.bytes for entry in files) / 1e6, 1),
        captions=len(captions.texts),
        photos=len(captions.photos),
        text_to_photo=Recall.of(text_ranks(scores, captions.owners)),
        photo_to_text=Recall.of(photo_ranks(scores, captions.owners)),
        naming={table.stem: _naming(encoder, table) for table in naming},
        speed=measure_speed(folder, captions, threads) if timed else None,
        machine=f"{_processor()}, {os.cpu_count()} cores, {threads} threads",
    )


def _naming(encoder: OnnxEncoder, table: Path) -> Recall:
    named = read_captions(table, table.with_suffix(""))
    return Recall.of(text_ranks(_scores(encoder, named), named.owners))


def _scores(encoder: OnnxEncoder, captions: Captions) -> Floats:
    """Every caption against every photograph, (captions, photos)."""
    batches = in_batches(captions.photos, 8)
    photos = np.concatenate([encoder.embed_images(batch) for batch in batches])
    return np.asarray(_embed_texts(encoder, captions.texts) @ photos.T, dtype=np.float32)


def measure_speed(folder: Path, captions: Captions, threads: int) -> Speed:
    """Time fresh encoders: load, one text at a time, pictures in batches of several sizes."""
    texts, photos = captions.texts[:TIMED_TEXTS], captions.photos[: max(BATCHES)]
    text_load = _best(lambda: OnnxEncoder(folder, threads=threads).embed_texts(texts[:1]))
    pictures = [image for batch in in_batches(photos, 8) for image in batch]
    image_load = _best(lambda: OnnxEncoder(folder, threads=threads).embed_images(pictures[:1]))
    encoder = OnnxEncoder(folder, threads=threads)
    rounds = [[_seconds(partial(encoder.embed_texts, [t])) for t in texts] for _ in range(3)]
    each = 1000 * np.min(rounds, axis=0)
    ready = [fit(picture, encoder.manifest.image) for picture in pictures]
    rate, batch = max(_rates(encoder, ready))
    alone = partial(OnnxEncoder(folder, threads=1).embed_images, ready[:batch])
    return Speed(
        images_per_second=round(rate, 1),
        batch=batch,
        images_per_core_second=round(batch / _best(alone, process_time), 1),
        text_ms=round(float(each.mean()), 2),
        text_ms_median=round(1000 * float(np.median(rounds)), 2),
        text_load_ms=round(1000 * text_load, 1),
        image_load_ms=round(1000 * image_load, 1),
    )


def _rates(encoder: OnnxEncoder, pictures: list[Image.Image]) -> Iterator[tuple[float, int]]:
    """Pictures per second for each batch size there are pictures for."""
    for batch in BATCHES:
        some = pictures[:batch]
        yield len(some) / _best(partial(encoder.embed_images, some)), len(some)


def _embed_texts(encoder: OnnxEncoder, texts: Sequence[str]) -> Floats:
    """Texts of a length go together, which spares padding."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    parts = [order[i : i + 32] for i in range(0, len(order), 32)]
    rows = np.concatenate([encoder.embed_texts([texts[i] for i in part]) for part in parts])
    return np.asarray(rows[np.argsort(order, kind="stable")], dtype=np.float32)


def _best(work: Callable[[], object], clock: Clock = perf_counter) -> float:
    return min(_seconds(work, clock) for _ in range(ROUNDS))


def _seconds(work: Callable[[], object], clock: Clock = perf_counter) -> float:
    start = clock()
    work()
    return clock() - start


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def render(report: Report) -> str:
    """The report as lines for a person."""
    lines = [
        f"{report.model}  {report.fingerprint}  {report.megabytes} MB",
        f"{report.captions} captions, {report.photos} photographs",
        f"text -> photo  {report.text_to_photo}",
        f"photo -> text  {report.photo_to_text}",
    ]
    lines += [f"{table}: text -> photo  {recall}" for table, recall in report.naming.items()]
    if report.speed is not None:
        speed = report.speed
        lines += [
            f"{speed.images_per_second:g} images/s in batches of {speed.batch}"
            f" ({speed.images_per_core_second:g} per second of one core's time)",
            f"{speed.text_ms:g} ms per text, best of 3 (median {speed.text_ms_median:g})",
            f"load to first answer: text {speed.text_load_ms:g} ms,"
            f" image {speed.image_load_ms:g} ms",
        ]
    return "\n".join([*lines, report.machine])


def print_relevance(folder: Path, captions: Captions, threads: int) -> None:
    """A line for each kind of question."""
    encoder = OnnxEncoder(folder, threads=threads)
    batches = in_batches(captions.photos, 8)
    photos = np.concatenate([encoder.embed_images(batch) for batch in batches])
    texts = _embed_texts(encoder, captions.texts)
    print(f"{encoder.info.name}  {encoder.info.fingerprint}  {len(photos)} photographs")
    for kind in measure_relevance(encoder, captions, photos, texts):
        print(kind)


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("encoder/models/mini"))
    parser.add_argument("--captions", type=Path, default=Path("../shared/captions/dev.tsv"))
    parser.add_argument("--photos", type=Path, help="default: the folder named like the table")
    parser.add_argument(
        "--naming",
        type=Path,
        nargs="*",
        help="tables of names; default: those that training.stamps and training.names have made",
        default=[table for table in NAMING if table.is_file()],
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-speed", action="store_true", help="quality only")
    parser.add_argument("--relevance", action="store_true", help="how well it knows what is absent")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    captions = read_captions(options.captions, options.photos or options.captions.with_suffix(""))
    if options.relevance:
        print_relevance(options.model, captions, options.threads)
        return
    report = evaluate(
        options.model,
        captions,
        naming=options.naming,
        threads=options.threads,
        timed=not options.no_speed,
    )
    print(json.dumps(asdict(report), indent=2) if options.json else render(report))


if __name__ == "__main__":
    main()
