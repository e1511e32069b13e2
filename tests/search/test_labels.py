"""Zero-shot labels and labels learnt from examples, as pure functions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from encoder import Vectors, unit_rows
from errors import UsageError
from search.collection import Collection
from search.labels import Scores, checked_labels, label, noise_of, probabilities
from search.learning import Labels, _ridge, _ridge_held_out, learn

DEVIATIONS = arrays(np.float32, (5, 3), elements=st.floats(-20, 20, width=32))


def clusters(count: int, each: int, dimension: int = 32) -> tuple[Vectors, Labels]:
    """``each`` unit vectors around each of ``count`` directions, with their labels."""
    random = np.random.default_rng(0)
    middles = random.standard_normal((count, dimension))
    labels = np.repeat(np.arange(count), each)
    return unit_rows(
        middles[labels] + 0.5 * random.standard_normal((len(labels), dimension))
    ), labels


@given(DEVIATIONS, st.floats(0, 5), st.booleans())
def test_probabilities_are_probabilities(deviations: Scores, line: float, several: bool) -> None:
    chances = probabilities(deviations, line, several=several)
    assert chances.shape == (5, 4)
    assert ((chances >= 0) & (chances <= 1)).all()
    if not several:
        assert chances.sum(axis=1) == pytest.approx(1, abs=1e-5)
        better = deviations.max(axis=1) > line
        assert (chances[:, :-1].max(axis=1) >= chances[:, -1])[better].all()


@given(DEVIATIONS, st.floats(0, 5))
def test_what_is_below_the_line_gets_no_label(deviations: Scores, line: float) -> None:
    low = np.minimum(deviations, line - 0.1)
    assert (probabilities(low, line).argmax(axis=1) == 3).all()
    assert (probabilities(low, line, several=True)[:, :-1] < 0.5).all()


def test_photographs_get_the_label_they_are_of_and_strangers_none() -> None:
    random = np.random.default_rng(1)
    vectors, owners = clusters(3, 20)
    strangers = unit_rows(random.standard_normal((40, 32)))
    everything = Collection(np.arange(100), np.concatenate([vectors, strangers]).astype(np.float16))
    middles = unit_rows(np.stack([vectors[owners == k].mean(axis=0) for k in range(3)]))
    captions = unit_rows(random.standard_normal((300, 32)))
    noise = noise_of(captions, everything.sample(100), strangers)
    found = label(everything, middles, noise)
    assert {(f.row, f.label) for f in found if f.row < 60} == set(enumerate(owners.tolist()))
    assert sum(f.row >= 60 for f in found) <= 4
    strict = label(everything, middles, noise.at(100))
    assert len(strict) < len(found)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([], "no labels"),
        ([" "], "empty"),
        (["a\nb"], "not plain text"),
        (["x" * 200], "longer than"),
        (["Dog", "cat", "dog "], "'dog' is given more than once"),
        ([str(number) for number in range(10_000)], "10,000 labels; at most 1,000"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(labels: list[str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        checked_labels(labels)


def test_labels_are_learnt_and_strangers_recognised() -> None:
    vectors, labels = clusters(4, 12)
    learnt = learn(vectors[::2], labels[::2], np.zeros(32, np.float32))
    best, chances = learnt.classify(vectors[1::2])
    assert learnt.accuracy > 0.9
    assert (best == labels[1::2]).mean() > 0.8
    assert (best[best >= 0] == labels[1::2][best >= 0]).all()
    assert ((chances > 0) & (chances <= 1)).all()
    strangers = unit_rows(np.random.default_rng(5).standard_normal((50, 32)))
    assert (learnt.classify(strangers)[0] == -1).mean() > 0.9


def test_held_out_accuracy_of_noise_is_that_of_guessing() -> None:
    random = np.random.default_rng(3)
    vectors = unit_rows(random.standard_normal((80, 16)))
    learnt = learn(vectors, np.arange(80) % 4, np.zeros(16, np.float32))
    assert learnt.accuracy < 0.5


def test_leaving_out_by_formula_equals_leaving_out_by_hand() -> None:
    vectors, labels = clusters(3, 5)
    by_formula = _ridge_held_out(vectors, labels, 0.5)
    for row in range(len(labels)):
        others = np.arange(len(labels)) != row
        weights, bias = _ridge(vectors[others], labels[others], 0.5)
        assert vectors[row] @ weights.T + bias == pytest.approx(by_formula[row], abs=1e-6)


def test_a_label_with_one_example_counts_as_not_learnt() -> None:
    vectors, labels = clusters(2, 6)
    learnt = learn(vectors[:7], labels[:7], np.zeros(32, np.float32))
    assert learnt.per_label[1] == 0
