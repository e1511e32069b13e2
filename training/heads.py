"""Learns the joint space: two heads on frozen features, pulled together by captions.

Symmetric contrastive loss with a learned temperature: Radford et al., "Learning Transferable Visual
Models From Natural Language Supervision", ICML 2021.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from training.recipe import HeadSettings

Floats = npt.NDArray[np.float32]

LARGEST_SCALE = 100.0


@dataclass(frozen=True, slots=True)
class LinearHead:
    """``features @ weights + bias``; weights (f, d). Standardising is folded in."""

    weights: Floats
    bias: Floats

    def __call__(self, features: Floats) -> Floats:
        rows = features @ self.weights + self.bias
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Examples:
    """``views``: features of the photos, (n, f) each; ``texts``: (m, g); ``owners``: (m,).

    ``prototypes``: (c, f) in standardised units, and ``prompts``: (p, c, g), p texts for each.
    """

    views: tuple[Floats, ...]
    texts: Floats
    owners: npt.NDArray[np.int64]
    prototypes: Floats
    prompts: Floats


class Scaler:
    """Brings each feature to mean 0 and deviation 1, as seen on the training photos."""

    def __init__(self, features: Floats) -> None:
        self.mean = features.mean(axis=0)
        self.deviation = features.std(axis=0) + np.float32(1e-3)

    def __call__(self, features: Floats) -> torch.Tensor:
        return torch.from_numpy((features - self.mean) / self.deviation)

    def scaled(self, features: torch.Tensor) -> torch.Tensor:
        """The same for tensors that are learned through."""
        return (features - torch.from_numpy(self.mean)) / torch.from_numpy(self.deviation)

    def fold(self, layer: nn.Linear) -> LinearHead:
        weights = layer.weight.detach().numpy().T / self.deviation[:, None]
        bias = layer.bias.detach().numpy() - self.mean @ weights
        return LinearHead(weights.astype(np.float32), bias.astype(np.float32))


class JointSpace(nn.Module):
    """Two linear heads and the temperature between them."""

    def __init__(self, photo_width: int, text_width: int, settings: HeadSettings) -> None:
        super().__init__()
        self.photo = nn.Linear(photo_width, settings.dimension)
        self.text = nn.Linear(text_width, settings.dimension)
        self.photo_dropout = nn.Dropout(settings.image_dropout)
        self.text_dropout = nn.Dropout(settings.text_dropout)
        self.scale = nn.Parameter(torch.tensor(1 / settings.temperature).log())

    def forward(self, photos: torch.Tensor, texts: torch.Tensor) -> torch.Tensor:
        """Contrastive loss of photos (n, f) and as many texts for each, (t, n, g)."""
        left = functional.normalize(self.photo(self.photo_dropout(photos)), dim=-1)
        right = functional.normalize(self.text(self.text_dropout(texts)), dim=-1)
        scores = self.scale.exp().clamp(max=LARGEST_SCALE) * right @ left.T
        forth = scores.log_softmax(dim=2).diagonal(dim1=1, dim2=2).mean()
        back = scores - scores.logsumexp(dim=(0, 1))
        return -(forth + back.diagonal(dim1=1, dim2=2).mean()) / 2


class _Batches:
    """Draws matching rows: photos with one of their captions each, then prototypes with prompts."""

    def __init__(self, examples: Examples, settings: HeadSettings) -> None:
        self.photo_scaler = Scaler(examples.views[0])
        self.text_scaler = Scaler(examples.texts)
        self.views = torch.stack([self.photo_scaler(view) for view in examples.views])
        self.texts = self.text_scaler(examples.texts)
        self._captions = captions_of(examples.owners)
        self._prototypes = torch.from_numpy(examples.prototypes)
        self._prompts = self.text_scaler(examples.prompts)
        self._settings = settings
        self._turns = settings.captions
        self.batch = min(settings.batch, len(self._captions))
        self.per_epoch = len(self._captions) // self.batch

    def epoch(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Every photo once, whole batches only."""
        order = torch.randperm(len(self._captions))[: self.per_epoch * self.batch]
        for chosen in order.view(-1, self.batch):
            photos, texts = self._photos(chosen)
            stand_ins, prompts = self._stand_ins()
            yield torch.cat([photos, stand_ins]), torch.cat([texts, prompts], dim=1)

    def _photos(self, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        view = torch.randint(len(self.views), chosen.shape)
        said = [some_of(self._captions[photo], self._turns) for photo in chosen.tolist()]
        return self.views[view, chosen], self.texts[torch.stack(said, dim=1)]

    def _stand_ins(self) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = torch.randperm(len(self._prototypes))[: self._settings.prototypes]
        behind = self.views[0][torch.randint(self.views.shape[1], chosen.shape)]
        prompt = torch.randint(len(self._prompts), (self._turns, *chosen.shape))
        stand_ins = self._settings.blur * behind
        stand_ins[:, : self._prototypes.shape[1]] += self._prototypes[chosen]
        return stand_ins, self._prompts[prompt, chosen]


def train_heads(examples: Examples, settings: HeadSettings) -> tuple[LinearHead, LinearHead]:
    """Learn the photo head and the text head."""
    torch.manual_seed(settings.seed)
    batches = _Batches(examples, settings)
    space = JointSpace(batches.views.shape[2], batches.texts.shape[1], settings)
    _fit(space, batches, settings)
    return batches.photo_scaler.fold(space.photo), batches.text_scaler.fold(space.text)


def _fit(space: JointSpace, batches: _Batches, settings: HeadSettings) -> None:
    """AdamW (Loshchilov & Hutter, ICLR 2019) along one cycle (Smith & Topin, 2018)."""
    optimiser = torch.optim.AdamW(space.parameters(), lr=settings.rate, weight_decay=settings.decay)
    steps = settings.epochs * batches.per_epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.rate, total_steps=steps)
    for _ in range(settings.epochs):
        for photos, texts in batches.epoch():
            optimiser.zero_grad()
            loss = space(photos, texts)
            loss.backward()
            optimiser.step()
            schedule.step()


def captions_of(owners: npt.NDArray[np.int64]) -> list[torch.Tensor]:
    """For each photo, the positions of its captions."""
    return [torch.from_numpy(np.flatnonzero(owners == photo)) for photo in range(owners.max() + 1)]


def some_of(positions: torch.Tensor, count: int) -> torch.Tensor:
    """``count`` of the positions by chance, each once while there are enough."""
    mixed = positions[torch.randperm(len(positions))]
    return mixed.repeat(-(-count // len(mixed)))[:count]
