"""What copies learn from is what the frozen parts give, and is computed once."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from training import minilm
from training.features import plane_features, text_layers
from training.graph import save
from training.material import kept, token_states
from training.recipe import Recipe
from training.towers import Block, Convolution, Tower, end_of
from training.trunk import LAYERS, TOKENS, image_ends, image_trunk, text_states, text_trunk

Floats = npt.NDArray[np.float32]
SIZE, LAST = 8, 10


def _tower(seed: int) -> Tower:
    chance = np.random.default_rng(seed)

    def convolution(out: int, into: int, size: int = 1, stride: int = 1) -> Convolution:
        kernel = chance.normal(0, 0.3, (out, into, size, size)).astype(np.float32)
        return Convolution(kernel, np.zeros(out, "f"), stride, 1, relu6=True)

    blocks = tuple(Block((convolution(4, 4, 3),), skip=skip) for skip in (False, True, True))
    head, classifier = convolution(LAST, 4), np.zeros((1000, LAST), "f")
    return Tower(convolution(4, 3, 3, 2), blocks, head, classifier, np.zeros(1000, "f"))


def _run(model: onnx.ModelProto, fed: Mapping[str, npt.NDArray[Any]]) -> list[Floats]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return [np.asarray(one) for one in session.run(None, fed)]


def test_ends_run_on_kept_planes_give_what_they_give_within_the_whole(tmp_path: Path) -> None:
    towers = [_tower(0), _tower(1)]
    ends = [end_of(tower, 2) for tower in towers]
    pixels = np.random.default_rng(2).normal(size=(9, 3, SIZE, SIZE)).astype(np.float32)
    frozen, planes = _run(image_trunk(towers, SIZE, planes_before=2), {"pixels": pixels})
    (whole,) = _run(image_trunk(towers, SIZE, ends), {"pixels": pixels})
    save(image_ends(ends, SIZE // 2), tmp_path / "ends.onnx")
    copied = plane_features(tmp_path / "ends.onnx", planes.astype(np.float16))
    np.testing.assert_allclose(whole[:, : frozen.shape[1]], frozen, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(copied, whole[:, -2 * LAST :], rtol=0.01, atol=1e-3)


def test_token_states_are_those_of_real_tokens_and_texts_keep_their_order(tmp_path: Path) -> None:
    recipe, texts = Recipe(layers=(4,)), ["a dog runs across the wet sand", "snow", "a red fox"]
    save(text_states(recipe, 2), tmp_path / "states.onnx")
    save(text_trunk(recipe).model(TOKENS, {LAYERS: ("n", "l")}), tmp_path / "layers.onnx")
    layers, states, starts = token_states(tmp_path / "states.onnx", recipe, texts)
    wanted = text_layers(tmp_path / "layers.onnx", minilm.tokenizer(recipe.max_tokens), texts)
    means = [states[start:end].mean(0) for start, end in pairwise(starts)]
    np.testing.assert_allclose(layers, wanted, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(means, wanted, atol=5e-3)  # of half precision


def test_arrays_are_computed_once_for_the_same_graph_and_question(tmp_path: Path) -> None:
    graph, asked = tmp_path / "graph", []
    graph.write_bytes(b"one")

    def give(key: str) -> Floats:
        def compute() -> tuple[Floats]:
            asked.append(key)
            return (np.full((2, 2), len(asked), "f"),)

        (array,) = kept(tmp_path / "cache", graph, key, compute)
        return np.asarray(array)

    np.testing.assert_array_equal(give("a"), give("a"))
    give("b")
    graph.write_bytes(b"two")
    give("a")
    assert asked == ["a", "b", "a"]
