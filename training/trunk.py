"""The frozen parts: photographs to pooled features, texts to pooled layers. Heads come after.

The heads are trained on what these very graphs give, int8 rounding included, so nothing is lost
between training and the shipped model.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.graph import Dims, Graph, Inputs, save
from training.minilm import MiniLM, Weights, shape
from training.recipe import Recipe
from training.towers import End, Plane, Tower, emit_end, emit_tower

PIXELS = "pixels"
FEATURES = "features"
PLANES = "planes"
LAYERS = "layers"
STATES = "states"
TOKENS: Inputs = {
    "input_ids": (TensorProto.INT64, ("n", "t")),
    "attention_mask": (TensorProto.INT64, ("n", "t")),
}


def image_trunk(
    towers: Sequence[Tower], size: int, ends: Sequence[End] = (), *, planes_before: int = 0
) -> onnx.ModelProto:
    """Pixels (n, 3, size, size) -> ``features``: all towers' last means, all stages' means, then
    the last means of trained copies of the towers' ``ends``.

    With ``planes_before`` blocks at a tower's end the planes they start from are an output too:
    ``planes``, tower by tower and flat.
    """
    graph = Graph()
    blocks = planes_before or (len(ends[0].blocks) if ends else 1)
    emitted = [emit_tower(graph, tower, PIXELS, size, blocks) for tower in towers]
    copies = [
        emit_end(graph, end, one.plane) for end, one in zip(ends, emitted[: len(ends)], strict=True)
    ]
    means = [*(one.last for one in emitted), *(one.stages for one in emitted), *copies]
    graph.node("Concat", *means, axis=1, out=FEATURES)
    outputs: dict[str, Dims] = {FEATURES: ("n", "f")}
    if planes_before:
        flat = [graph.node("Flatten", one.plane.name) for one in emitted]
        graph.node("Concat", *flat, axis=1, out=PLANES)
        outputs[PLANES] = ("n", "p")
    return graph.model({PIXELS: (TensorProto.FLOAT, ("n", 3, size, size))}, outputs)


def image_ends(ends: Sequence[End], side: int) -> onnx.ModelProto:
    """``planes`` as the frozen part gives them, flat -> ``features``: last means of the ends."""
    graph = Graph()
    channels = [end.blocks[0].convolutions[0].kernel.shape[1] for end in ends]
    sizes = graph.shape(*(count * side**2 for count in channels))
    means = []
    for end, count, flat in zip(ends, channels, graph.split(PLANES, sizes, len(ends)), strict=True):
        plane = graph.node("Reshape", flat, graph.shape(-1, count, side, side))
        means.append(emit_end(graph, end, Plane(plane, side)))
    graph.node("Concat", *means, axis=1, out=FEATURES)
    width = sum(channels) * side**2
    return graph.model({PLANES: (TensorProto.FLOAT, ("n", width))}, {FEATURES: ("n", "f")})


def text_trunk(recipe: Recipe, copies: Sequence[Weights] = ()) -> Graph:
    """An open graph, tokens -> ``layers``: the chosen layers' means and then the copies'."""
    graph = Graph()
    model = MiniLM(graph, recipe.max_tokens, copies)
    states = model.states("input_ids", "attention_mask")
    own = len(states) - len(copies)
    chosen = [*(states[layer] for layer in recipe.layers), *states[own:]]
    graph.node("Concat", *model.pooled(chosen, "attention_mask"), axis=1, out=LAYERS)
    return graph


def text_states(recipe: Recipe, layers: int) -> onnx.ModelProto:
    """Tokens -> the chosen layers' means, and every token's state before the last ``layers``."""
    graph = Graph()
    model = MiniLM(graph, recipe.max_tokens)
    states = model.states("input_ids", "attention_mask")
    chosen = [states[layer] for layer in recipe.layers]
    graph.node("Concat", *model.pooled(chosen, "attention_mask"), axis=1, out=LAYERS)
    before = graph.node("Identity", states[-1 - layers], out=STATES)
    width = shape().width
    return graph.model(TOKENS, {LAYERS: ("n", "l"), before: ("n", "t", width)})


class _Batches(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime ships no types
    def __init__(self, batches: Iterator[npt.NDArray[np.float32]], given: str) -> None:
        self._batches = batches
        self._given = given

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {self._given: batch}


def quantise(
    model: onnx.ModelProto,
    batches: Iterator[npt.NDArray[np.float32]],
    path: Path,
    given: str = PIXELS,
) -> None:
    """Write ``model`` with int8 convolutions, one scale per channel, to ``path``.

    Activations are uint8 with ranges seen on ``batches`` of what is ``given``; pooling and what
    follows stay float32. Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR 2018.
    """
    with tempfile.TemporaryDirectory() as scratch:
        plain, ready = Path(scratch) / "plain.onnx", Path(scratch) / "ready.onnx"
        save(model, plain)
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        quantize_static(
            str(ready),
            str(path),
            _Batches(batches, given),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,  # see graph.SAFE_CODE
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=["Conv", "Clip", "Add"],
        )
