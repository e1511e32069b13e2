"""The trained ends of the towers, in PyTorch: EfficientNet-Lite's last blocks and MiniLM's last
layers. Weights go in and come out as the arrays that ``towers`` and ``minilm`` write into graphs.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from training.minilm import Shape, Weights
from training.towers import Convolution, End

PHOTOS_AT_ONCE = 100
TEXTS_AT_ONCE = 100
"""So few that what a layer gives stays in the processor's caches."""


class _Convolved(nn.Module):
    """One convolution with a stride of 1 on small planes laid out (channels, photos, places).

    A depthwise one is a matrix of places by places for each channel: in bfloat16 that is ten times
    as fast, backwards, as the library's convolution.
    """

    taps: torch.Tensor

    def __init__(self, source: Convolution, side: int) -> None:
        super().__init__()
        if source.stride != 1:
            raise ValueError("an end may not halve its plane")
        self._source = source
        self.kernel = nn.Parameter(torch.from_numpy(source.kernel.copy()))
        self.bias = nn.Parameter(torch.from_numpy(source.bias.copy()))
        self.register_buffer("taps", _taps(side, source.kernel.shape[-1]), persistent=False)

    def matrix(self) -> torch.Tensor:
        """What planes are multiplied by: (out, in), or (channels, places, places)."""
        if self._source.groups == 1:
            return self.kernel[:, :, 0, 0]
        return functional.pad(self.kernel.flatten(1), (0, 1))[:, self.taps]

    def forward(self, plane: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
        if matrix.ndim == 2:
            product = (matrix @ plane.flatten(1)).view(-1, *plane.shape[1:])
        else:
            product = plane @ matrix
        product = product + self.bias.to(product.dtype)[:, None, None]
        return product.clamp(0, 6) if self._source.relu6 else product

    def trained(self) -> Convolution:
        kernel, bias = (weight.detach().numpy().copy() for weight in (self.kernel, self.bias))
        return replace(self._source, kernel=kernel, bias=bias)


class ImageEnd(nn.Module):
    """Planes (n, channels, side, side) -> means of the last plane, float32 (n, 1280)."""

    def __init__(self, end: End, side: int) -> None:
        super().__init__()
        self._end = end
        self._blocks = [
            [_Convolved(one, side) for one in block.convolutions] for block in end.blocks
        ]
        self._head = _Convolved(end.head, side)
        self.convolutions = nn.ModuleList([*chain(*self._blocks), self._head])

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            matrices = {one: one.matrix().bfloat16() for one in (*chain(*self._blocks), self._head)}
            parts = torch.split(planes.flatten(2), PHOTOS_AT_ONCE)
            return torch.cat([self._means(part, matrices) for part in parts])

    def trained(self) -> End:
        """The end with the weights as they are now."""
        blocks = tuple(
            replace(source, convolutions=tuple(one.trained() for one in block))
            for source, block in zip(self._end.blocks, self._blocks, strict=True)
        )
        return End(blocks, self._head.trained())

    def _means(self, part: torch.Tensor, matrices: dict[_Convolved, torch.Tensor]) -> torch.Tensor:
        plane = part.transpose(0, 1).bfloat16().contiguous()
        for source, block in zip(self._end.blocks, self._blocks, strict=True):
            after = plane
            for one in block:
                after = one(after, matrices[one])
            plane = plane + after if source.skip else after
        last: torch.Tensor = self._head(plane, matrices[self._head])
        return last.float().mean(2).T


def _taps(side: int, kernel: int) -> torch.Tensor:
    """Which of a kernel's weights leads from one place to another, (places, places); the one after
    the last stands for none."""
    rows, columns = np.divmod(np.arange(side * side), side)
    down = rows[:, None] - rows[None] + kernel // 2
    across = columns[:, None] - columns[None] + kernel // 2
    near = (down >= 0) & (down < kernel) & (across >= 0) & (across < kernel)
    return torch.from_numpy(np.where(near, down * kernel + across, kernel * kernel))


class TextEnd(nn.Module):
    """Tokens of each text -> the means of them after each layer, side by side: (n, l x width)."""

    def __init__(self, layers: Sequence[Weights], shape: Shape) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_layer(weights, shape) for weights in layers)

    def forward(self, states: Sequence[torch.Tensor]) -> torch.Tensor:
        lengths = torch.tensor([len(one) for one in states])
        order = torch.argsort(lengths, stable=True)
        parts = [
            self._means([states[i] for i in some]) for some in torch.split(order, TEXTS_AT_ONCE)
        ]
        return torch.cat(parts)[torch.argsort(order)]

    def trained(self) -> list[Weights]:
        """Weights of the layers as they are now, named as MiniLM's are."""
        return [_weights(layer) for layer in self.layers]

    def _means(self, some: Sequence[torch.Tensor]) -> torch.Tensor:
        state = pad_sequence(list(some), batch_first=True).float()
        lengths = torch.tensor([len(one) for one in some])
        blocked = torch.arange(state.shape[1]) >= lengths[:, None]
        share = (~blocked / lengths[:, None])[:, None]
        means = []
        for layer in self.layers:
            with torch.autocast("cpu", torch.bfloat16):
                state = layer(state, src_key_padding_mask=blocked)
            means.append((share @ state.float())[:, 0])
        return torch.cat(means, dim=1)


_NAMES = {
    "self_attn.out_proj": "attention.output.dense",
    "linear1": "intermediate.dense",
    "linear2": "output.dense",
    "norm1": "attention.output.LayerNorm",
    "norm2": "output.LayerNorm",
}
_SEEN = tuple(f"attention.self.{part}" for part in ("query", "key", "value"))


def _layer(weights: Weights, shape: Shape) -> nn.TransformerEncoderLayer:
    layer = nn.TransformerEncoderLayer(
        shape.width,
        shape.heads,
        dim_feedforward=len(weights["intermediate.dense.bias"]),
        dropout=0.0,
        activation="gelu",
        layer_norm_eps=shape.epsilon,
        batch_first=True,
    )
    state = {}
    for kind in ("weight", "bias"):
        seen = np.concatenate([weights[f"{name}.{kind}"] for name in _SEEN])
        state[f"self_attn.in_proj_{kind}"] = torch.from_numpy(seen)
        for ours, theirs in _NAMES.items():
            state[f"{ours}.{kind}"] = torch.from_numpy(weights[f"{theirs}.{kind}"].copy())
    layer.load_state_dict(state)
    return layer


def _weights(layer: nn.Module) -> Weights:
    state = {name: array.numpy().copy() for name, array in layer.state_dict().items()}
    weights: Weights = {}
    for kind in ("weight", "bias"):
        parts = np.split(state[f"self_attn.in_proj_{kind}"], len(_SEEN))
        weights |= {f"{name}.{kind}": part for name, part in zip(_SEEN, parts, strict=True)}
        weights |= {f"{theirs}.{kind}": state[f"{ours}.{kind}"] for ours, theirs in _NAMES.items()}
    return weights
