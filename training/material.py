"""Gathers what copies learn from: what the frozen parts give for looks at photographs and texts.

Kept in the cache, array by array, under a name made of the graph that gave it and what was asked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from blake3 import blake3

from encoder.manifest import ImageSpec
from encoder.preprocess import to_pixels
from training import minilm
from training.captions import Captions
from training.copies import Material, Texts, View
from training.features import PHOTOS_AT_ONCE, TEXTS_AT_ONCE, open_session, tokens
from training.graph import save
from training.photographs import in_batches
from training.prototypes import prompts, prototypes
from training.recipe import Recipe
from training.towers import Tower
from training.trunk import image_trunk, quantise, text_states
from training.views import Look, looks

Arrays = tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Frozen parts in the cache: they give planes and token states besides what is pooled."""

    recipe: Recipe
    cache: Path
    spec: ImageSpec
    calibrating: Callable[[], Iterator[npt.NDArray[np.float32]]]
    towers: Sequence[Tower]
    image: Path = field(init=False)
    text: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", self.cache / "planes.onnx")
        object.__setattr__(self, "text", self.cache / "states.onnx")
        blocks, layers = self.recipe.copies.blocks, self.recipe.copies.layers
        trunk = image_trunk(self.towers, self.recipe.size, planes_before=blocks)
        quantise(trunk, self.calibrating(), self.image)
        save(text_states(self.recipe, layers), self.text)

    def material(self, captions: Captions) -> Material:
        """Everything, of all photographs."""
        count, seed = self.recipe.copies.views, self.recipe.copies.head.seed
        views = [self._view(captions, name, look) for name, look in looks(count, seed).items()]
        return Material(
            views=views,
            captions=self._texts("train captions", captions.texts),
            owners=captions.owners,
            chosen=np.arange(len(captions.photos)),
            prototypes=prototypes(self.towers, views[0].features.shape[1]),
            prompts=self._texts("prompts", prompts()),
        )

    def _view(self, captions: Captions, name: str, look: Look) -> View:
        def run() -> Arrays:
            session = open_session(self.image)
            made = [
                session.run(None, {"pixels": to_pixels([look(one) for one in some], self.spec)})
                for some in in_batches(captions.photos, PHOTOS_AT_ONCE)
            ]
            features, planes = zip(*made, strict=True)
            return np.concatenate(features), np.concatenate(planes).astype(np.float16)

        features, planes = kept(self.cache, self.image, f"look: {name}", run)
        return View(features, planes)

    def _texts(self, key: str, texts: Sequence[str]) -> Texts:
        layers, states, starts = kept(
            self.cache, self.text, key, lambda: token_states(self.text, self.recipe, texts)
        )
        return Texts(layers, states, starts)


def token_states(trunk: Path, recipe: Recipe, texts: Sequence[str]) -> Arrays:
    """Pooled layers (m, g), float16 states of all tokens (t, width), and where each text starts."""
    session, tokenizer = open_session(trunk), minilm.tokenizer(recipe.max_tokens)
    order = np.argsort([len(text) for text in texts], kind="stable")
    layers, states = [], []
    for some in np.array_split(order, -(-len(order) // TEXTS_AT_ONCE)):
        asked = tokens(tokenizer, [texts[i] for i in some])
        pooled, every = session.run(None, asked)
        layers.append(pooled)
        real = asked["attention_mask"].sum(axis=1)
        states += [one[:count].astype(np.float16) for one, count in zip(every, real, strict=True)]
    back = np.argsort(order, kind="stable")
    ordered = [states[i] for i in back]
    starts = np.r_[0, np.cumsum([len(one) for one in ordered])]
    return np.concatenate(layers)[back], np.concatenate(ordered), starts


def kept(cache: Path, trunk: Path, key: str, compute: Callable[[], Arrays]) -> Arrays:
    """Arrays that ``compute`` gave the last time ``trunk`` had these bytes and ``key``; mapped,
    not read.
    """
    folder = cache / blake3(trunk.read_bytes() + key.encode()).hexdigest(length=12)
    if not (folder / "done").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for number, array in enumerate(compute()):
            np.save(folder / f"{number}.npy", array)
        (folder / "done").touch()
    files = sorted(folder.glob("*.npy"))
    return tuple(np.load(file, mmap_mode="c") for file in files)
