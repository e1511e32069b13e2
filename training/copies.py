"""Trains copies of the towers' ends, by captions, while the originals go on naming things.

What a copy starts from (planes of 7 × 7, token states) the frozen part gives once. Copies and heads
learn together, without an end in sight: a steady rate, and a running mean of the weights (Polyak &
Juditsky, 1992), which is what is kept. The heads are then thrown away: ``heads`` learns them afresh
on what the finished graphs give, in larger batches.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.optim.lr_scheduler import LinearLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from training.ends import ImageEnd, TextEnd
from training.heads import JointSpace, Scaler, captions_of, some_of
from training.minilm import Shape, Weights
from training.recipe import CopySettings
from training.towers import End

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Texts:
    """``layers``: means of the frozen layers, (m, g). The tokens of text i, as the trained layers
    get them, are ``states[starts[i]:starts[i + 1]]``."""

    layers: Floats
    states: Halves
    starts: npt.NDArray[np.int64]

    def tokens(self, text: int) -> torch.Tensor:
        return torch.from_numpy(self.states[self.starts[text] : self.starts[text + 1]])


@dataclass(frozen=True, slots=True)
class View:
    """``features`` (n, f) and ``planes`` (n, p) that the frozen parts give for one look."""

    features: Floats
    planes: Halves


@dataclass(frozen=True, slots=True)
class Material:
    """What copies learn from; ``prototypes`` (c, f) in standardised units, with ``prompts`` prompt
    by prompt. Rows of photographs that are not in ``chosen`` are never looked at."""

    views: Sequence[View]
    captions: Texts
    owners: npt.NDArray[np.int64]
    chosen: npt.NDArray[np.int64]
    prototypes: Floats
    prompts: Texts


@dataclass(frozen=True, slots=True)
class Copies:
    """Trained ends."""

    ends: list[End]
    layers: list[Weights]


class _Learner(nn.Module):
    """Copies, and heads over what they and the frozen parts give."""

    def __init__(
        self, originals: Copies, shape: Shape, material: Material, settings: CopySettings
    ) -> None:
        super().__init__()
        features, layers = material.views[0].features, material.captions.layers
        lasts = sum(len(end.head.bias) for end in originals.ends)
        copied = len(originals.layers) * shape.width
        self.images = nn.ModuleList(ImageEnd(end, settings.side) for end in originals.ends)
        self.texts = TextEnd(originals.layers, shape)
        widths = features.shape[1] + lasts, layers.shape[1] + copied
        self.space = JointSpace(*widths, settings.head)
        chosen = features[material.chosen]
        self._photo_scaler = Scaler(np.concatenate([chosen, chosen[:, :lasts]], axis=1))
        self._text_scaler = Scaler(np.concatenate([layers, layers[:, -copied:]], axis=1))
        self._channels = [end.blocks[0].convolutions[0].kernel.shape[1] for end in originals.ends]
        self._side = settings.side

    def groups(self, settings: CopySettings) -> list[dict[str, Any]]:
        rates = (settings.image_rate, settings.text_rate, settings.head.rate)
        parts = (self.images, self.texts, self.space)
        return [
            {"params": list(part.parameters()), "lr": rate}
            for part, rate in zip(parts, rates, strict=True)
        ]

    def photos(self, planes: torch.Tensor) -> torch.Tensor:
        sizes = [channels * self._side**2 for channels in self._channels]
        parts = zip(self.images, torch.split(planes, sizes, 1), self._channels, strict=True)
        means = [end(part.view(-1, of, self._side, self._side)) for end, part, of in parts]
        return torch.cat(means, dim=1)

    def loss(self, batch: "_Batch", photos: torch.Tensor, texts: torch.Tensor) -> torch.Tensor:
        """Loss of heads, given what the copies make of a batch's photos and texts."""
        seen = self._photo_scaler.scaled(torch.cat([batch.features, photos], dim=1))
        blurred = seen[batch.behind].detach() * batch.blur
        blurred[:, : batch.stand_ins.shape[1]] += batch.stand_ins
        said = self._text_scaler.scaled(torch.cat([batch.layers, texts], dim=1))
        rows = len(seen) + len(blurred)
        loss: torch.Tensor = self.space(
            torch.cat([seen, blurred]), said.view(-1, rows, said.shape[1])
        )
        return loss


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the frozen parts give. Texts are in turns, each of which has one text for every photo
    and every prototype; ``behind``: the photo behind each prototype."""

    features: torch.Tensor
    planes: torch.Tensor
    stand_ins: torch.Tensor
    behind: torch.Tensor
    blur: float
    layers: torch.Tensor
    states: list[torch.Tensor]


class _Batches:
    def __init__(self, material: Material, settings: CopySettings) -> None:
        self._material = material
        self._settings = settings
        self._captions = captions_of(material.owners)
        self._stand_ins = torch.from_numpy(material.prototypes)
        self._batch = min(settings.head.batch, len(material.chosen))

    def epoch(self) -> Iterator[_Batch]:
        """Every chosen photo once, whole batches only."""
        chosen = torch.from_numpy(self._material.chosen)
        order = chosen[torch.randperm(len(chosen))]
        for start in range(0, len(order) - self._batch + 1, self._batch):
            yield self._of(order[start : start + self._batch])

    def _of(self, photos: torch.Tensor) -> _Batch:
        settings, views = self._settings, self._material.views
        which = torch.randint(len(views), photos.shape).tolist()
        rows = list(zip(which, photos.tolist(), strict=True))
        classes = torch.randperm(len(self._stand_ins))[: settings.head.prototypes]
        layers, states = self._texts(photos, classes)
        return _Batch(
            features=_stack(views[view].features[row] for view, row in rows),
            planes=_stack(views[view].planes[row] for view, row in rows),
            stand_ins=self._stand_ins[classes],
            behind=torch.randint(len(photos), classes.shape),
            blur=settings.head.blur,
            layers=layers,
            states=states,
        )

    def _texts(
        self, photos: torch.Tensor, classes: torch.Tensor
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        turns = self._settings.head.captions
        said = [some_of(self._captions[photo], turns).tolist() for photo in photos.tolist()]
        prompts, count = self._material.prompts, len(self._stand_ins)
        layers, states = [], []
        for turn in range(turns):
            captions = [some[turn] for some in said]
            template = torch.randint(len(prompts.layers) // count, classes.shape)
            named = (template * count + classes).tolist()
            for texts, chosen in ((self._material.captions, captions), (prompts, named)):
                layers.append(torch.from_numpy(texts.layers[chosen]))
                states += [self._some(texts.tokens(text)) for text in chosen]
        return torch.cat(layers), states

    def _some(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens less those forgotten by chance; never all."""
        kept = torch.rand(len(tokens)) >= self._settings.forgotten_tokens
        kept[0] = True
        return tokens[kept]


def train_copies(
    originals: Copies,
    shape: Shape,
    material: Material,
    settings: CopySettings,
    kept: Path,
    tell: Callable[[str], None] = print,
) -> Copies:
    """Learn copies. ``kept`` is a checkpoint: written after every epoch, and gone on from."""
    torch.manual_seed(settings.head.seed)
    torch.set_num_threads(1)  # two threads for one operation wait for each other
    run = _Run(_Learner(originals, shape, material, settings), settings)
    batches = _Batches(material, settings)
    done = run.resume(kept)
    for epoch in range(done, settings.head.epochs):
        losses = [run.step(batch) for batch in batches.epoch()]
        run.keep(kept, epoch + 1)
        tell(f"copies, epoch {epoch + 1} of {settings.head.epochs}: loss {np.mean(losses):.3f}")
    return run.copies()


class _Run:
    """AdamW and a running mean of the weights; photos and texts side by side in two threads."""

    def __init__(self, learner: _Learner, settings: CopySettings) -> None:
        self._learner = learner
        keep: Any = get_ema_multi_avg_fn  # PyTorch ships no types for it
        self._mean = AveragedModel(learner, multi_avg_fn=keep(settings.memory))
        groups = learner.groups(settings)
        self._optimiser = torch.optim.AdamW(groups, weight_decay=settings.head.decay)
        self._warming = LinearLR(self._optimiser, 0.05, total_iters=settings.warming)
        self._pool = ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,))

    def step(self, batch: _Batch) -> float:
        self._optimiser.zero_grad()
        one = self._pool.submit(self._learner.photos, batch.planes)
        two = self._pool.submit(self._learner.texts, batch.states)
        made = [one.result(), two.result()]
        cut = [each.detach().requires_grad_() for each in made]
        loss = self._learner.loss(batch, *cut)
        _backward(loss)
        back = [
            self._pool.submit(_backward, each, end.grad)
            for each, end in zip(made, cut, strict=True)
        ]
        for each in back:
            each.result()
        self._optimiser.step()
        self._warming.step()
        self._mean.update_parameters(self._learner)
        return float(loss.detach())

    def copies(self) -> Copies:
        """The running mean of the ends."""
        mean: Any = self._mean.module
        return Copies([end.trained() for end in mean.images], mean.texts.trained())

    def keep(self, path: Path, epoch: int) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        state |= {"epoch": epoch, "chance": torch.get_rng_state()}
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path) -> int:
        """Take up a checkpoint, if there is one; how many epochs it has seen."""
        if not path.is_file():
            return 0
        state = torch.load(path, weights_only=True)
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        torch.set_rng_state(state["chance"])
        return int(state["epoch"])

    def _parts(self) -> dict[str, Any]:
        return {
            "learner": self._learner,
            "mean": self._mean,
            "optimiser": self._optimiser,
            "warming": self._warming,
        }


def _backward(made: Any, slope: torch.Tensor | None = None) -> None:
    made.backward(slope)


def _stack(rows: Iterator[npt.NDArray[Any]]) -> torch.Tensor:
    return torch.from_numpy(np.stack(list(rows)))
