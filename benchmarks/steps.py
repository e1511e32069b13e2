"""The steps of indexing a photograph, each measured by itself, and a whole run beside them."""

import os
import pickle
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from blake3 import blake3
from PIL import Image

from benchmarks.limits import (
    core_operations_a_second,
    disk_bytes_a_second,
    graph_seconds,
    jpeg_seconds,
    operations,
    processor_seconds,
)
from benchmarks.process import Failed
from encoder import Encoder, EncoderInfo, Vectors, load_encoder, preferred_batch
from encoder.onnx import OnnxEncoder
from encoder.preprocess import to_pixels
from indexer import IndexOptions
from indexer.read import content_facts, short_side
from photoseek import Library
from pictures import Content, make_thumbnail
from pictures.decode import decode, read_bytes
from pictures.messages import Decode, Decoded, Read
from pictures.perceptual import perceptual_hash
from pictures.worker import Worker
from store import Batch, FileEntry, Store

Result = TypeVar("Result")

SAMPLED = 24


class Timed:
    """An encoder that knows how long it was at it, in seconds of the clock."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.batch = preferred_batch(encoder)
        self.seconds = 0.0

    @property
    def info(self) -> EncoderInfo:
        return self._encoder.info

    def embed_images(self, images: Sequence[Image.Image]) -> Vectors:
        begun = time.perf_counter()
        vectors = self._encoder.embed_images(images)
        self.seconds += time.perf_counter() - begun
        return vectors

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.embed_texts(texts)


def timed_index(folder: str, library: str) -> dict[str, float]:
    """``Library.index`` into a fresh library, and how long the clock ran for encoding."""
    encoder = Timed(load_encoder())
    with Library.open(library, encoder=encoder) as opened:
        begun = time.perf_counter()
        done = opened.index(folder, device="cpu")
        seconds = time.perf_counter() - begun
    times = {"reading": done.seconds, "seconds": seconds, "encoding": encoder.seconds}
    return {"indexed": done.indexed, **times}


def laid_out_index(
    folder: str, library: str, threads: int, workers: int | None, batch: int | None
) -> dict[str, float]:
    """``Library.index`` with the encoder on so many threads (0: one a core), and so many decoders,
    pictures at a time."""
    encoder = load_encoder(threads=threads or None)
    with Library.open(library, encoder=encoder) as opened:
        done = opened.index(
            folder, device="cpu", options=IndexOptions(batch=batch, workers=workers)
        )
    return {"photos a second": done.indexed / done.seconds}


def steps(folder: str) -> dict[str, float]:
    """Mean seconds of processor time a photo of each step by itself, on one thread."""
    encoder = load_encoder(threads=1)
    if not isinstance(encoder, OnnxEncoder):
        raise Failed("the bundled model is no ONNX folder")
    side, spec = short_side(encoder.info), encoder.manifest.image
    clock, worker = _Clock(), Worker()
    for file in _sampled(folder):
        data = clock.time("read", partial(read_bytes, file))
        content = worker.answer(Read(os.fsencode(file), follow=False, seconds=60))
        clock.time("hash", partial(_hashed, data))
        picture = clock.time("decode", partial(decode, data, short_side=side))
        clock.time("perceptual hash", partial(perceptual_hash, picture.image))
        clock.time("thumbnail", partial(make_thumbnail, picture.image))
        decoded = worker.answer(Decode(side, memory=1 << 30, seconds=60))
        image = clock.time("passing pixels", partial(_passed, decoded))
        clock.time("resize and normalise", partial(to_pixels, [image], spec))
        clock.keep(content, decoded)
    images = [picture.image for picture in clock.decoded]
    both = processor_seconds(lambda: encoder.embed_images(images))  # once its memory is there
    clock.spent["encode"] = both - clock.spent["resize and normalise"]
    with tempfile.TemporaryDirectory() as scratch:
        _write(Path(scratch), clock, encoder.info)
    return {name: seconds / len(images) for name, seconds in clock.spent.items()}


class _Clock:
    """Processor time by step, and what the steps gave."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.contents: list[Content] = []
        self.decoded: list[Decoded] = []

    def time(self, name: str, step: Callable[[], Result]) -> Result:
        begun = time.process_time()
        result = step()
        self.spent[name] = self.spent.get(name, 0.0) + time.process_time() - begun
        return result

    def keep(self, content: object, decoded: object) -> None:
        if not isinstance(content, Content) or not isinstance(decoded, Decoded):
            raise Failed(f"a photograph could not be read: {content}, {decoded}")
        self.contents.append(content)
        self.decoded.append(decoded)


def _hashed(data: bytes) -> bytes:
    return blake3(data).digest()


def _passed(decoded: object) -> Image.Image:
    """A decoder's answer as it comes through the pipe."""
    answer: Decoded = pickle.loads(pickle.dumps(decoded, protocol=5))
    return answer.image


def _write(folder: Path, clock: _Clock, info: EncoderInfo) -> None:
    """The catalog's transaction of a batch, and its thumbnails."""
    store = Store.create(folder / "library")
    vector = np.ones(info.dimension, dtype=np.float32)
    pairs = list(zip(clock.contents, clock.decoded, strict=True))
    facts = [content_facts(*pair) for pair in pairs]
    entries = [FileEntry(f"{n}.jpg", one.bytes, 0, one) for n, one in enumerate(facts)]
    with store.writer() as writer:
        root = writer.add_root(folder, {})
        space = writer.open_space(info.name, info.fingerprint, info.dimension)
        batch = Batch(root, entries, {space.id: {one.hash: vector for one in facts}})
        for one, picture in zip(facts, clock.decoded, strict=True):
            put = partial(store.thumbnails.put, one.hash, picture.thumbnail)
            clock.time("write", put)
        clock.time("write", partial(writer.write, batch))
    store.close()


def bounds(folder: str) -> dict[str, float]:
    """What the machine does at best with these files, and a network's work for one of them."""
    encoder = load_encoder()
    if not isinstance(encoder, OnnxEncoder):
        raise Failed("the bundled model is no ONNX folder")
    model, size = encoder.folder / encoder.manifest.image.file, encoder.info.image_size
    files = _sampled(folder)
    return {
        "disk": disk_bytes_a_second(sorted(Path(folder).rglob("*.jpg"))[-4 * SAMPLED :]),
        "jpeg": jpeg_seconds(files, short_side(encoder.info)),
        "graph": graph_seconds(model, preferred_batch(encoder), size),
        "operations": operations(model, size),
        "core": core_operations_a_second(),
    }


def _sampled(folder: str) -> list[Path]:
    return sorted((Path(folder) / "0").iterdir())[:SAMPLED]
