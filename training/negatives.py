"""How well negatives work: ``python -m training.negatives [TABLE PHOTOS]``.

On captioned photographs a word is *of* a photograph if two of its captions say it. For every pair
of frequent words that often occur together, "X -Y" is asked, and the share of X and of Y among the
first twenty counted: as it is, by raw subtraction of the vectors, and by the clamped penalty.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from encoder import Encoder, Vectors, load_encoder
from search.embedding import Question
from search.nearest import penalised
from store.vector_index import Vector
from training.captions import Captions, read_captions
from training.photographs import in_batches

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "captions"
SETS = (
    (SHARED / "dev.tsv", SHARED / "dev"),
    (ROOT / "data" / "captions.tsv", ROOT / "data" / "photos"),
)
_NAMES = """
dog man woman boy girl people child beach water snow grass street ball red blue black white field
bike bicycle mountain rock tree car pool jumping running sitting crowd shirt hat sea sky
"""
WORDS = _NAMES.split()
TOP = 20
TOGETHER, ALONE = 0.012, 0.025
"""Shares of the photographs that a pair of words must have together, and the first one alone."""

Marks: TypeAlias = npt.NDArray[np.bool_]
Score = Callable[[Vectors, Vector, Vector], Vector]


def main() -> None:
    given = [Path(argument) for argument in sys.argv[1:]]
    encoder = load_encoder()
    for table, folder in [(given[0], given[1])] if given else SETS:
        captions = read_captions(table, folder)
        photos = embed_photos(encoder, captions)
        for line in measured(encoder, captions, photos):
            print(line)


def measured(encoder: Encoder, captions: Captions, photos: Vectors) -> list[str]:
    marks = {word: words_of(captions, word) for word in WORDS}
    pairs = [(x, y) for x in WORDS for y in WORDS if x != y and often(marks[x], marks[y])]
    texts = dict(zip(WORDS, encoder.embed_texts(WORDS), strict=True))
    lines = [f"{len(photos)} photographs, {len(pairs)} pairs of words: X, Y, X without Y in {TOP}"]
    for name, score in METHODS.items():
        rows = []
        for x, y in pairs:
            top = np.argsort(-score(photos, texts[x], texts[y]), kind="stable")[:TOP]
            wanted, unwanted = marks[x][top], marks[y][top]
            rows.append((wanted.mean(), unwanted.mean(), (wanted & ~unwanted).mean()))
        shares = 100 * np.mean(rows, axis=0)
        lines.append(f"{name:<28}" + "".join(f"{share:7.1f} %" for share in shares))
    return lines


def often(x: Marks, y: Marks) -> bool:
    return bool((x & y).mean() >= TOGETHER and (x & ~y).mean() >= ALONE)


def words_of(captions: Captions, word: str) -> Marks:
    """Which photographs have the word, or its plural, in at least two captions."""
    form = re.compile(rf"\b{word}(s|es)?\b", re.IGNORECASE)
    said = np.array([form.search(text) is not None for text in captions.texts])
    counts = np.bincount(captions.owners, weights=said, minlength=len(captions.photos))
    return np.asarray(counts >= 2)


def embed_photos(encoder: Encoder, captions: Captions, batch: int = 32) -> Vectors:
    return np.concatenate(
        [encoder.embed_images(some) for some in in_batches(captions.photos, batch)]
    )


def raw(weight: float) -> Score:
    return lambda photos, x, y: np.asarray(photos @ (x - weight * y))


def clamped(weight: float) -> Score:
    def score(photos: Vectors, x: Vector, y: Vector) -> Vector:
        ordinary = np.array([(photos @ y).mean()], dtype=np.float32)
        weights = np.array([weight], dtype=np.float32)
        question = Question("text", x, y[None], weights, ordinary, np.stack([x, y]))
        return penalised(question, photos)

    return score


METHODS: dict[str, Score] = {
    "X alone": raw(0),
    "raw subtraction": raw(1),
    "raw subtraction, half": raw(0.5),
    "X -Y": clamped(1),
    "X -2:Y": clamped(2),
}

if __name__ == "__main__":
    main()
