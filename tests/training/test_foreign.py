"""Texts unlike the captions are told from those like them, and lean on the naming block."""

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from training import minilm
from training.export import text_tower
from training.features import tokens
from training.foreign import Foreign, learn_foreign, pieces
from training.heads import LinearHead
from training.recipe import ForeignSettings, NamingSettings, Recipe
from training.trunk import text_trunk

Floats = npt.NDArray[np.float32]
WIDTH = 384


def _cloud(chance: np.random.Generator, middle: Floats, count: int) -> Floats:
    return (middle + chance.normal(0, 0.3, (count, len(middle)))).astype(np.float32)


def test_what_lies_between_captions_and_names_comes_out_between() -> None:
    chance = np.random.default_rng(0)
    caption, piece, name = np.eye(3, 8, dtype=np.float32)
    taught = [_cloud(chance, caption, 300), _cloud(chance, piece, 90)]
    foreign = learn_foreign(taught, _cloud(chance, name, 200), ForeignSettings())
    like, unlike, between = foreign(np.stack([caption, name, caption + name]))
    assert like < 0.1
    assert unlike > 0.9
    assert like < between < unlike


def test_a_kind_of_text_counts_the_same_however_many_there_are() -> None:
    chance = np.random.default_rng(1)
    taught, name = _cloud(chance, np.eye(8, dtype="f")[0], 50), np.eye(8, dtype="f")[1]
    names = _cloud(chance, name, 40)
    once = learn_foreign([taught], names, ForeignSettings())
    often = learn_foreign([np.tile(taught, (7, 1))], names, ForeignSettings())
    np.testing.assert_allclose(once.weights, often.weights, rtol=1e-3, atol=1e-4)


def test_pieces_are_one_to_four_words_that_follow_each_other() -> None:
    captions = ["a dog runs on the beach .", "snow"] * 20
    made = pieces(captions, seed=0)
    assert {len(piece.split()) for piece in made} == {1, 2, 3, 4}
    assert all(piece in caption for piece, caption in zip(made, captions, strict=True))
    assert made == pieces(captions, seed=0)


@pytest.mark.parametrize(("offset", "weight"), [(-50, 0.2), (0, 0.7), (50, 1.2)])
def test_the_naming_block_weighs_as_the_text_is_foreign(offset: float, weight: float) -> None:
    """Between a text and a photograph the weight is the product of what each gives the block."""
    recipe = Recipe(layers=(1,), naming=NamingSettings(weight=0.5, taught=0.2, foreign=1.2))
    chance = np.random.default_rng(0)
    head = LinearHead(chance.normal(size=(WIDTH, 6)).astype("f"), np.zeros(6, "f"))
    foreign = Foreign(np.zeros(WIDTH, "f"), np.array([offset], "f"))
    model = text_tower(text_trunk(recipe), head, foreign, WIDTH, recipe)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    asked = tokens(minilm.tokenizer(16), ["a dog", "a fox in the snow"])
    rows = np.asarray(session.run(None, asked)[0])
    lengths = np.linalg.norm(rows[:, :6], axis=1), np.linalg.norm(rows[:, 6:], axis=1)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(lengths[1] / lengths[0] * np.sqrt(0.5), weight, rtol=1e-4)
