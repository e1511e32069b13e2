"""Copies are learned, and a run that was stopped ends as one that was not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.copies import Copies, Material, Texts, View, train_copies
from training.minilm import Shape, Weights
from training.recipe import CopySettings, HeadSettings
from training.towers import Block, Convolution, End

SHAPE = Shape(layers=2, width=8, heads=2, epsilon=1e-12)
PHOTOS, PLACES, CHANNELS, LAST = 12, 4, 3, 5
SETTINGS = CopySettings(
    blocks=1,
    layers=1,
    side=2,
    warming=2,
    head=HeadSettings(dimension=4, epochs=3, batch=6, captions=2, prototypes=2),
)
Floats = npt.NDArray[np.float32]


class _Made:
    """Small random weights and what frozen parts could have given."""

    def __init__(self) -> None:
        self.chance = np.random.default_rng(0)

    def floats(self, *shape: int) -> Floats:
        return self.chance.normal(0, 0.5, shape).astype(np.float32)

    def originals(self) -> Copies:
        pointwise = Convolution(self.floats(4, CHANNELS, 1, 1), self.floats(4), 1, 1, relu6=False)
        head = Convolution(self.floats(LAST, 4, 1, 1), self.floats(LAST) + 1, 1, 1, relu6=True)
        return Copies([End((Block((pointwise,), skip=False),), head)], [self.layer()])

    def layer(self) -> Weights:
        width, wide = SHAPE.width, 2 * SHAPE.width
        parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
        dense = dict.fromkeys((*parts, "attention.output.dense"), (width, width))
        dense |= {"intermediate.dense": (wide, width), "output.dense": (width, wide)}
        weights = {f"{name}.weight": self.floats(*shape) for name, shape in dense.items()}
        weights |= {f"{name}.bias": self.floats(shape[0]) for name, shape in dense.items()}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            weights |= {
                f"{name}.weight": self.floats(width) + 1,
                f"{name}.bias": self.floats(width),
            }
        return weights

    def texts(self, count: int) -> Texts:
        lengths = self.chance.integers(1, 6, count)
        states = self.floats(int(lengths.sum()), SHAPE.width).astype(np.float16)
        return Texts(self.floats(count, SHAPE.width), states, np.r_[0, lengths.cumsum()])

    def view(self) -> View:
        planes = self.floats(PHOTOS, CHANNELS * PLACES).astype(np.float16)
        return View(self.floats(PHOTOS, LAST + 2), planes)

    def material(self) -> Material:
        return Material(
            views=[self.view(), self.view()],
            captions=self.texts(2 * PHOTOS),
            owners=np.repeat(np.arange(PHOTOS), 2),
            chosen=np.arange(PHOTOS),
            prototypes=self.floats(3, LAST + 2),
            prompts=self.texts(6),
        )


def _train(kept: Path, epochs: int) -> tuple[Copies, list[str]]:
    made = _Made()
    settings = replace(SETTINGS, head=replace(SETTINGS.head, epochs=epochs))
    told: list[str] = []
    trained = train_copies(made.originals(), SHAPE, made.material(), settings, kept, told.append)
    return trained, told


def _arrays(copies: Copies) -> list[Floats]:
    convolutions = [
        one for end in copies.ends for block in end.blocks for one in block.convolutions
    ]
    convolutions += [end.head for end in copies.ends]
    kernels = [array for one in convolutions for array in (one.kernel, one.bias)]
    return kernels + [array for layer in copies.layers for _, array in sorted(layer.items())]


def test_both_ends_are_learned(tmp_path: Path) -> None:
    before, after = _Made().originals(), _train(tmp_path / "run.pt", 1)[0]
    pairs = list(zip(_arrays(before), _arrays(after), strict=True))
    assert all(old.shape == new.shape and np.isfinite(new).all() for old, new in pairs)
    moved = [name for name, new in after.layers[0].items() if (new != before.layers[0][name]).any()]
    assert len(moved) >= len(after.layers[0]) - 1  # one part of a key's bias does nothing
    assert (after.ends[0].head.kernel != before.ends[0].head.kernel).any()


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole, _ = _train(tmp_path / "whole.pt", 3)
    _train(tmp_path / "parts.pt", 1)
    parts, told = _train(tmp_path / "parts.pt", 3)
    assert len(told) == 2
    pairs = zip(_arrays(whole), _arrays(parts), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_a_finished_run_is_not_gone_on_with(tmp_path: Path) -> None:
    first, _ = _train(tmp_path / "run.pt", 2)
    again, told = _train(tmp_path / "run.pt", 2)
    assert told == []
    pairs = zip(_arrays(first), _arrays(again), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
