"""Writes ONNX graphs node by node, so that a build depends on no exporter and repeats exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
"""Old enough for any ONNX Runtime the package accepts."""

Floats: TypeAlias = npt.NDArray[np.float32]
Dims: TypeAlias = Sequence[int | str]
Inputs: TypeAlias = Mapping[str, tuple[int, Dims]]
"""Name -> (element type, dims)."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """Names of a rounded tensor's codes (uint8), scale and zero point."""

    codes: str
    scale: str
    zero: str


class Graph:
    """A list of nodes and constants; every method returns the name of the tensor it made."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: npt.ArrayLike) -> str:
        """Store an array as it is, dtype included."""
        name = f"{self._prefix}const_{len(self.constants)}"
        array = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def shape(self, *dims: int) -> str:
        """Store dimensions or axes, as Reshape, Slice and Unsqueeze want them."""
        return self.constant(np.array(dims, dtype=np.int64))

    def node(self, operator: str, *inputs: str, out: str | None = None, **attributes: Any) -> str:
        """Append one node with one output."""
        name = out or self._fresh(operator)
        self._append(operator, list(inputs), [name], **attributes)
        return name

    def top(self, tensor: str, count: int) -> tuple[str, str]:
        """The ``count`` largest of each row: values and positions."""
        name = self._fresh("TopK")
        self._append("TopK", [tensor, self.shape(count)], [name, f"{name}_at"], axis=-1)
        return name, f"{name}_at"

    def split(self, tensor: str, sizes: str, count: int) -> list[str]:
        """Parts of each row, ``count`` of them."""
        names = [f"{self._fresh('Split')}_{number}" for number in range(count)]
        self._append("Split", [tensor, sizes], names, axis=1)
        return names

    def quantised(self, tensor: str) -> Quantised:
        """Round a tensor to uint8, its range taken from the values at hand."""
        name = self._fresh("DynamicQuantizeLinear")
        codes = Quantised(name, f"{name}_scale", f"{name}_zero")
        self._append("DynamicQuantizeLinear", [tensor], [codes.codes, codes.scale, codes.zero])
        return codes

    def int8_linear(self, rows: Quantised, weights: Floats, bias: Floats) -> str:
        """``rows @ weights + bias`` in integers, one weight scale per column; float32 out."""
        codes, scales = int8_codes(weights, axis=1, largest=SAFE_CODE)
        whole = self.node("MatMulInteger", rows.codes, self.constant(codes), rows.zero)
        scale = self.node("Mul", rows.scale, self.constant(scales[0]))
        product = self.node("Mul", self.node("Cast", whole, to=TensorProto.FLOAT), scale)
        return self.node("Add", product, self.constant(bias))

    def _fresh(self, operator: str) -> str:
        return f"{self._prefix}{operator}_{len(self.nodes)}"

    def _append(
        self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any
    ) -> None:
        self.nodes.append(
            helper.make_node(operator, inputs, outputs, name=outputs[0], **attributes)
        )

    def half(self, weights: Floats) -> str:
        """Store float32 weights in half precision; ONNX Runtime widens them once, when it loads."""
        stored = self.constant(weights.astype(np.float16))
        return self.node("Cast", stored, to=TensorProto.FLOAT)

    def int8(self, weights: Floats, axis: int) -> str:
        """Store float32 weights as int8 with one scale per slice along ``axis``.

        Read back as float32 when the model loads: weights are rounded, activations are not.
        """
        codes, scales = int8_codes(weights, axis)
        wide = self.node("Cast", self.constant(codes), to=TensorProto.FLOAT)
        return self.node("Mul", wide, self.constant(scales))

    def linear(self, tensor: str, weights: str, bias: Floats) -> str:
        """``tensor @ weights + bias``."""
        return self.node("Add", self.node("MatMul", tensor, weights), self.constant(bias))

    def unit(self, tensor: str, out: str | None = None) -> str:
        """Scale rows to unit length."""
        norms = self.node("ReduceL2", tensor, axes=[-1], keepdims=1)
        floored = self.node("Max", norms, self.constant(np.float32(1e-12)))
        return self.node("Div", tensor, floored, out=out)

    def model(self, inputs: Inputs, outputs: Mapping[str, Dims]) -> onnx.ModelProto:
        """Close the graph; outputs are float32."""
        infos = [helper.make_tensor_value_info(n, kind, dims) for n, (kind, dims) in inputs.items()]
        ends = [
            helper.make_tensor_value_info(n, TensorProto.FLOAT, dims) for n, dims in outputs.items()
        ]
        graph = helper.make_graph(self.nodes, "photoseek", infos, ends, self.constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="photoseek"
        )
        onnx.checker.check_model(model)
        return model


SAFE_CODE = 63
"""Largest weight code that integer arithmetic may meet. On x86 without VNNI (AMD before Zen 4, say)
the sum of two products is kept in 16 bits: 2 × 255 × 127 does not fit, 2 × 255 × 63 does."""


def int8_codes(
    weights: Floats, axis: int, largest: int = 127
) -> tuple[npt.NDArray[np.int8], Floats]:
    """Symmetric int8 codes and float32 scales (kept dims), one scale per slice along ``axis``."""
    others = tuple(i for i in range(weights.ndim) if i != axis % weights.ndim)
    scales = np.maximum(np.abs(weights).max(axis=others, keepdims=True) / largest, 1e-12)
    codes = np.rint(weights / scales).astype(np.int8)
    return codes, scales.astype(np.float32)


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write a model in one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
