"""Trainable ends give what the graphs give, and hand back the weights they were given."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
import torch
from onnx import TensorProto

from training.ends import ImageEnd, TextEnd
from training.graph import Graph, Inputs
from training.minilm import MiniLM, last_layers, shape
from training.towers import Block, Convolution, End, Plane, emit_end
from training.trunk import TOKENS

SIDE = 5
Floats = npt.NDArray[np.float32]


def _convolution(
    chance: np.random.Generator, out: int, into: int, size: int = 1, *, groups: int = 1
) -> Convolution:
    kernel = chance.normal(0, 0.3, (out, into // groups, size, size)).astype(np.float32)
    bias = chance.normal(0, 0.1, out).astype(np.float32)
    return Convolution(kernel, bias, stride=1, groups=groups, relu6=True)


def _end(chance: np.random.Generator) -> End:
    """Two blocks, kernels of 5 and of 3, the first with a skip; then the head."""
    first = (
        _convolution(chance, 12, 8),
        _convolution(chance, 12, 12, 5, groups=12),
        _convolution(chance, 8, 12),
    )
    second = (_convolution(chance, 8, 8, 3, groups=8), _convolution(chance, 10, 8))
    blocks = (Block(first, skip=True), Block(second, skip=False))
    return End(blocks, _convolution(chance, 16, 10))


def _convolutions(end: End) -> list[Convolution]:
    return [*(one for block in end.blocks for one in block.convolutions), end.head]


def _run(graph: Graph, inputs: Inputs, out: str, fed: Mapping[str, npt.NDArray[Any]]) -> Floats:
    model = graph.model(inputs, {out: ("n", "f")})
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run([out], fed)[0])


def test_an_image_end_gives_what_its_graph_gives() -> None:
    chance = np.random.default_rng(0)
    end = _end(chance)
    planes = chance.normal(size=(3, 8, SIDE, SIDE)).astype(np.float32)
    graph = Graph()
    out = emit_end(graph, end, Plane("planes", SIDE))
    inputs: Inputs = {"planes": (TensorProto.FLOAT, ("n", 8, SIDE, SIDE))}
    exact = _run(graph, inputs, out, {"planes": planes})
    with torch.inference_mode():
        given = ImageEnd(end, SIDE)(torch.from_numpy(planes)).numpy()
    assert given.dtype == np.float32
    assert np.allclose(given, exact, atol=0.03)  # bfloat16 has eight bits


def test_an_image_end_hands_back_its_weights() -> None:
    end = _end(np.random.default_rng(1))
    back = ImageEnd(end, SIDE).trained()
    pairs = zip(_convolutions(end), _convolutions(back), strict=True)
    assert all(np.array_equal(one.kernel, other.kernel) for one, other in pairs)
    assert [block.skip for block in back.blocks] == [True, False]


def test_an_image_end_is_learned_through() -> None:
    end = ImageEnd(_end(np.random.default_rng(2)), SIDE)
    end(torch.rand(4, 8, SIDE, SIDE)).square().sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in end.parameters())


def test_an_end_that_halves_its_plane_is_refused() -> None:
    chance = np.random.default_rng(3)
    halving = Convolution(np.ones((4, 4, 1, 1), np.float32), np.ones(4, np.float32), 2, 1, True)
    end = End((Block((halving,), skip=False),), _convolution(chance, 4, 4))
    with pytest.raises(ValueError, match="halve"):
        ImageEnd(end, SIDE)


def test_a_text_end_gives_what_minilms_last_layers_give() -> None:
    """Within the rounding of int8 in the graph and of bfloat16 here; padding changes nothing."""
    graph = Graph()
    model = MiniLM(graph, 16)
    states = model.states("input_ids", "attention_mask")
    last = model.pooled(states[-2:], "attention_mask")
    joined = graph.node("Concat", *last, axis=1)
    ids = np.array([[101, 2017, 2024, 102, 0, 0], [101, 1037, 3899, 3216, 2182, 102]], np.int64)
    mask = (ids > 0).astype(np.int64)
    fed = {"input_ids": ids, "attention_mask": mask}
    exact = _run(graph, TOKENS, joined, fed)
    start = _states(graph, states[-3], fed)
    tokens = [torch.from_numpy(one[: int(of.sum())]) for one, of in zip(start, mask, strict=True)]
    with torch.inference_mode():
        given = TextEnd(last_layers(2), shape())(tokens).numpy()
    assert _cosine(given, exact).min() > 0.99


def test_a_text_end_hands_back_its_weights() -> None:
    layers = last_layers(1)
    back = TextEnd(layers, shape()).trained()[0]
    assert set(back) == set(layers[0])
    assert all(np.array_equal(back[name], layers[0][name]) for name in back)


def test_a_copy_that_was_not_trained_gives_what_the_original_gives() -> None:
    graph = Graph()
    model = MiniLM(graph, 16, last_layers(2))
    states = model.states("input_ids", "attention_mask")
    joined = graph.node("Concat", *model.pooled(states, "attention_mask"), axis=1)
    ids = np.array([[101, 1037, 3899, 102]], np.int64)
    fed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    rows = _run(graph, TOKENS, joined, fed).reshape(len(states), -1)
    assert np.array_equal(rows[-4:-2], rows[-2:])


def _states(
    graph: Graph, name: str, fed: Mapping[str, npt.NDArray[Any]]
) -> npt.NDArray[np.float32]:
    session = onnxruntime.InferenceSession(
        graph.model(TOKENS, {name: ("n", "t", "w")}).SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    return np.asarray(session.run([name], fed)[0])


def _cosine(left: Floats, right: Floats) -> Floats:
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray((left * right).sum(axis=1) / norms)
