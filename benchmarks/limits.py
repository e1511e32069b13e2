"""What a machine can do at best: bytes from its disk, DCT coefficients, products of a network."""

import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import shape_inference
from PIL import Image

MATRIX = 2048
"""Rows and columns of the float32 product that is a core's yardstick."""


def disk_bytes_a_second(files: Sequence[Path]) -> float:
    """Reading files one after the other that the system's cache was made to forget."""
    os.sync()
    for file in files:
        with file.open("rb") as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    begun = time.perf_counter()
    size = sum(len(file.read_bytes()) for file in files)
    return size / (time.perf_counter() - begun)


def jpeg_seconds(files: Sequence[Path], short_side: int) -> float:
    """Processor time a file of libjpeg-turbo alone, at the DCT scale that covers ``short_side``."""
    data = [file.read_bytes() for file in files]
    _draft(data[0], short_side)
    return processor_seconds(lambda: [_draft(one, short_side) for one in data]) / len(data)


def _draft(data: bytes, short_side: int) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        shrink = min(image.size) / short_side
        if shrink > 1:
            image.draft("RGB", (int(image.width / shrink), int(image.height / shrink)))
        image.load()
        return image.size


def graph_seconds(model: Path, batch: int, size: tuple[int, int]) -> float:
    """Processor time a picture of an image tower alone, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    pixels = np.random.default_rng(0).standard_normal((batch, 3, *size)).astype(np.float32)
    session.run(None, {"pixels": pixels})
    return processor_seconds(lambda: session.run(None, {"pixels": pixels})) / batch


def processor_seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """The least processor time that this process needs for some work."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)


def core_operations_a_second() -> float:
    """Float32 operations of one core in a matrix product. Call it with OPENBLAS_NUM_THREADS=1."""
    left = np.ones((MATRIX, MATRIX), dtype=np.float32)
    return 2 * MATRIX**3 / processor_seconds(lambda: left @ left)


def operations(model: Path, size: tuple[int, int]) -> float:
    """Multiplications and additions of an image tower for one picture: its convolutions and
    matrix products, counted by their shapes."""
    graph = _with_shapes(model, size)
    shapes = {value.name: _shape(value) for value in (*graph.value_info, *graph.output)}
    shapes |= {one.name: tuple(one.dims) for one in graph.initializer}
    weights = {node.output[0]: node.input[0] for node in graph.node if node.op_type in _PASSING}
    return float(sum(_operations(node, shapes, weights) for node in graph.node))


_PASSING = {"DequantizeLinear", "Identity", "Transpose", "Cast"}


def _with_shapes(model: Path, size: tuple[int, int]) -> Any:
    loaded = onnx.load(model)
    dimensions = loaded.graph.input[0].type.tensor_type.shape.dim
    for dimension, value in zip(dimensions, (1, 3, *size), strict=True):
        dimension.dim_value = value
    return shape_inference.infer_shapes(loaded, data_prop=True).graph


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(one.dim_value for one in value.type.tensor_type.shape.dim)


def _operations(node: Any, shapes: dict[str, tuple[int, ...]], weights: dict[str, str]) -> int:
    """Two for each product; 0 for what is neither a convolution nor a matrix product."""
    if node.op_type not in {"Conv", "MatMul", "Gemm"}:
        return 0
    produced = int(np.prod(shapes.get(node.output[0], (0,))))
    weight = next(_known(node.input[1], shapes, weights), ())
    if not weight:
        return 0
    summed = int(np.prod(weight[1:])) if node.op_type == "Conv" else weight[0]
    return 2 * produced * summed


def _known(
    name: str, shapes: dict[str, tuple[int, ...]], weights: dict[str, str]
) -> Iterator[tuple[int, ...]]:
    """The shape of a weight, looked for behind what takes its numbers from 8 bits."""
    while name:
        if name in shapes:
            yield shapes[name]
        name = weights.get(name, "")
