"""Names what a photograph shows, so that words no caption ever used still find it.

ConSE: Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings", ICLR 2014.
A photo's embedding is the mean of the sentence embeddings of its likeliest ImageNet class names,
weighted by their probabilities; a text's is its own sentence embedding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from open_clip.zero_shot_metadata import IMAGENET_CLASSNAMES

from training.graph import Graph
from training.recipe import NamingSettings
from training.towers import Tower

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Naming:
    """``classifier`` (f, 1000) and ``offsets`` give logits; ``names`` (1000, 384) are unit rows."""

    classifier: Floats
    offsets: Floats
    names: Floats


def class_prompts(settings: NamingSettings) -> list[str]:
    """The 1000 ImageNet class names in the template, in the classifier's order."""
    return [settings.template.format(name) for name in IMAGENET_CLASSNAMES]


def fused_naming(towers: Sequence[Tower], names: Floats, settings: NamingSettings) -> Naming:
    """One classifier whose logits are the mean of the towers', divided by the temperature."""
    share = np.float32(1 / (len(towers) * settings.temperature))
    classifier = np.concatenate([tower.classifier for tower in towers], axis=1).T * share
    offsets = np.sum([tower.offsets for tower in towers], axis=0) * share
    unit = names / np.linalg.norm(names, axis=1, keepdims=True)
    return Naming(classifier, offsets, unit)


def naming_block(graph: Graph, naming: Naming, lasts: str, settings: NamingSettings) -> str:
    """Emit the block: the towers' last means (n, f) -> unit rows (n, 384)."""
    logits = graph.linear(lasts, graph.int8(naming.classifier, axis=1), naming.offsets)
    shares = graph.node("Softmax", logits, axis=-1)
    likeliest, classes = graph.top(shares, settings.names)
    rows = graph.node("Gather", graph.half(naming.names), classes)
    weights = graph.node("Unsqueeze", likeliest, graph.shape(1))
    mixed = graph.node("Squeeze", graph.node("MatMul", weights, rows), graph.shape(1))
    return graph.unit(mixed)
