"""Puts heads on the frozen parts: the two towers of a model folder."""

from math import sqrt

import numpy as np
import onnx
from onnx import TensorProto, helper

from training.conse import Naming, naming_block
from training.foreign import Foreign
from training.graph import Graph
from training.heads import LinearHead
from training.recipe import NamingSettings, Recipe
from training.trunk import FEATURES, LAYERS, TOKENS

EMBEDDING = "embedding"


def image_tower(
    trunk: onnx.ModelProto, head: LinearHead, naming: Naming, settings: NamingSettings
) -> onnx.ModelProto:
    """Pixels -> unit ``embedding``: the learned block and the naming block, weighted."""
    graph = Graph("head_")
    width = len(naming.classifier)
    lasts = graph.node("Slice", FEATURES, graph.shape(0), graph.shape(width), graph.shape(1))
    learned = graph.unit(graph.linear(FEATURES, graph.half(head.weights), head.bias))
    named = naming_block(graph, naming, lasts, settings)
    _join(graph, learned, named, settings.weight)
    return _grow(trunk, graph, len(head.bias) + naming.names.shape[1])


def text_tower(
    graph: Graph, head: LinearHead, foreign: Foreign, width: int, recipe: Recipe
) -> onnx.ModelProto:
    """Tokens -> unit ``embedding``, made of the same blocks as a photo's; closes ``graph``."""
    end = len(recipe.layers) * width
    last = graph.node("Slice", LAYERS, graph.shape(end - width), graph.shape(end), graph.shape(1))
    sentence = graph.unit(last)
    learned = graph.unit(graph.linear(LAYERS, graph.half(head.weights), head.bias))
    share = _share(graph, sentence, foreign, recipe.naming)
    both = graph.node("Concat", learned, graph.node("Mul", sentence, share), axis=1)
    graph.unit(both, out=EMBEDDING)
    return graph.model(TOKENS, {EMBEDDING: ("n", len(head.bias) + width)})


def _share(graph: Graph, sentence: str, foreign: Foreign, settings: NamingSettings) -> str:
    """What the naming block is multiplied by, (n, 1), beside a learned block of length 1. A photo's
    has the square root of ``weight``; the product of both is the weight between the two."""
    logits = graph.linear(sentence, graph.constant(foreign.weights[:, None]), foreign.offset)
    span = (settings.foreign - settings.taught) / sqrt(settings.weight)
    more = graph.node("Mul", graph.node("Sigmoid", logits), graph.constant(np.float32(span)))
    least = graph.constant(np.float32(settings.taught / sqrt(settings.weight)))
    return graph.node("Add", more, least)


def _join(graph: Graph, learned: str, named: str, weight: float) -> None:
    """Concatenate so that one inner product is the weighted mean of the blocks' inner products."""
    shares = [sqrt(1 / (1 + weight)), sqrt(weight / (1 + weight))]
    blocks = [
        graph.node("Mul", block, graph.constant(np.float32(share)))
        for block, share in zip((learned, named), shares, strict=True)
    ]
    graph.node("Concat", *blocks, axis=1, out=EMBEDDING)


def _grow(trunk: onnx.ModelProto, graph: Graph, dimension: int) -> onnx.ModelProto:
    grown = onnx.ModelProto()
    grown.CopyFrom(trunk)
    grown.graph.node.extend(graph.nodes)
    grown.graph.initializer.extend(graph.constants)
    del grown.graph.output[:]
    grown.graph.output.append(
        helper.make_tensor_value_info(EMBEDDING, TensorProto.FLOAT, ["n", dimension])
    )
    onnx.checker.check_model(grown)
    return grown
