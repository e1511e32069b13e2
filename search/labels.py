"""Zero-shot labels: which of some words a photograph shows, how probably, or none of them.

Prompt ensembles as in CLIP (Radford et al., ICML 2021, section 3.1.4): a label's vector is the mean
over several templates. Cosines differ in level between labels, photographs and models, so they are
centred by what unrelated captions and unrelated photographs score, and divided by the spread of
unrelated pairs: a *deviation*, in spreads. Probabilities are a softmax over the deviations of the
labels and of one more class, the noise, whose deviation is the ``line`` that one in a hundred
unrelated pairs reaches. What the noise wins gets no label.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from encoder import Encoder, Vectors, unit_rows
from encoder.samples import views
from errors import UsageError
from search.bank import bank, embed_once
from search.collection import Collection
from search.relevance import in_spreads

TEMPLATES = (
    "{}",
    "a photo of a {}",
    "a photo of {}",
    "a close-up photo of a {}",
    "a picture of a {}",
)
"""On the folders of data/photos with ``mini``: 76 % right, where "{}" alone gives 73 %."""
TEMPERATURE = 0.5
"""In spreads. Fitted by the likelihood of the folder labels of data/photos (temperature scaling,
Guo et al., ICML 2017); docs/organise.md has the figures."""
UNRELATED = 0.01
"""The share of unrelated pairs that reach the line."""
MOST_LABELS = 1000
MOST_LETTERS = 100
_SAMPLE = 2000

Scores = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Noise:
    """What unrelated pairs score: ``photo`` and ``caption`` float32 (d,) are means, ``spread`` the
    standard deviation of what is left, ``line`` the deviation that UNRELATED of them reach."""

    photo: Vector
    caption: Vector
    spread: float
    line: float

    def at(self, strictness: float) -> "Noise":
        """With the line moved as ``search.relevance`` moves its own."""
        return replace(self, line=self.line + in_spreads(strictness))

    def deviations(self, photos: Vectors, labels: Vectors) -> Scores:
        """Of photographs (n, d) and labels (m, d), in spreads: float32 (n, m)."""
        scores = (photos - self.photo) @ (labels - self.caption).T / self.spread
        return np.asarray(scores, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One label on one row of a collection, with its probability."""

    row: int
    label: int
    probability: float


def checked_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels without surrounding space.

    Raises UsageError for none, an empty or overlong one, duplicates in any case, or too many.
    """
    names = tuple(label.strip() for label in labels)
    if not names:
        raise UsageError("no labels given; name some, or --file with one a line")
    if len(names) > MOST_LABELS:
        raise UsageError(f"{len(names):,} labels; at most {MOST_LABELS:,} at a time")
    for name in names:
        check_label(name)
    often = [name for name, count in Counter(map(str.casefold, names)).items() if count > 1]
    if often:
        raise UsageError(f"label {often[0]!r} is given more than once; give each once")
    return names


def check_label(name: str) -> None:
    """Raise UsageError for a name that cannot be a label."""
    if not name or not name.isprintable():
        raise UsageError(f"label {name!r}: empty, or not plain text")
    if len(name) > MOST_LETTERS:
        raise UsageError(f"label {name[:30]!r}…: longer than {MOST_LETTERS} letters")


def embed_labels(encoder: Encoder, labels: Sequence[str]) -> Vectors:
    """Unit vectors float32 (m, d), each the mean over the templates.

    Raises NoTextTower if the model has no words.
    """
    prompts = (encoder.embed_texts([t.format(name) for name in labels]) for t in TEMPLATES)
    return unit_rows(np.sum(list(prompts), axis=0))


def measure_noise(encoder: Encoder, collection: Collection) -> Noise:
    """The noise of a library, from the bank of captions.

    Photographs are centred by those that ship with the package, not by the library's own mean: in
    a library of dogs alone, every photograph is still one of a dog.
    """
    captions = embed_once(encoder, bank().captions)
    return noise_of(captions, collection.sample(_SAMPLE), encoder.embed_images(views()))


def noise_of(captions: Vectors, photos: Vectors, neutral: Vectors) -> Noise:
    """The noise of captions (m, d) and photographs (n, d), centred by ``neutral`` ones (k, d)."""
    photo, caption = neutral.mean(axis=0), captions.mean(axis=0)
    scores = (photos - photo) @ (captions - caption).T
    spread = float(scores.std()) or 1.0
    line = float(np.quantile(scores / spread, 1 - UNRELATED))
    return Noise(photo, caption, spread, line)


def probabilities(deviations: Scores, line: float, *, several: bool = False) -> Scores:
    """Probabilities float32 (n, m + 1) of each label and, last, of none of them.

    Softmax over all; with ``several``, each label stands against the noise by itself, so that a
    photograph may have many, and the last column is that of no label at all.
    """
    logits = (np.asarray(deviations, dtype=np.float64) - line) / TEMPERATURE
    if several:
        alone = 1 / (1 + np.exp(-logits))
        return np.column_stack([alone, (1 - alone).prod(axis=1)]).astype(np.float32)
    logits = np.column_stack([logits, np.zeros(len(logits))])
    logits -= logits.max(axis=1, keepdims=True)
    weights = np.exp(logits)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def label(
    collection: Collection, labels: Vectors, noise: Noise, *, several: bool = False
) -> list[Labelled]:
    """The labels that photographs get; those that none fits get none.

    Without ``several`` a photograph gets its most probable label, if that beats the noise.
    """
    found: list[Labelled] = []
    start = 0
    for block in collection.blocks():
        chances = probabilities(noise.deviations(block, labels), noise.line, several=several)
        for row, column in zip(*_chosen(chances, several=several), strict=True):
            found.append(Labelled(start + int(row), int(column), float(chances[row, column])))
        start += len(block)
    return found


def _chosen(chances: Scores, *, several: bool) -> tuple[npt.NDArray[np.intp], ...]:
    if several:
        return np.nonzero(chances[:, :-1] >= 0.5)
    best = chances.argmax(axis=1)
    rows = np.flatnonzero(best < chances.shape[1] - 1)
    return rows, best[rows]
