"""How well a library knows what it does not hold: ``python -m training.evaluate --relevance``.

Four kinds of question are asked of collections of captioned photographs. *present*: captions of
photographs that are there. *left out*: captions of the half that was left out, though like ones
often remain. *absent*: the names of subjects (three ways), asked of the collection without any
photograph whose captions speak of the subject. *partly*: captions that speak of it, asked of the
same, where much else in them may still be true. *gibberish*: letters. The collection is calibrated
each time, as an index run would. AUROC tells each kind by the relevance of the best of 20 hits from
*present*; absent and partly, from the same questions with the subject there. "nothing" and
"strong" are shares at the default strictness.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from encoder import Encoder, Vectors
from encoder.samples import samples
from search.bank import bank
from search.relevance import NOTHING, STRONG, Calibration, calibrate
from training.captions import Captions
from training.subjects import SUBJECTS, Subject, gibberish

Best = npt.NDArray[np.float32]

HITS = 20
_CAPTIONS_A_SUBJECT = 12
_GIBBERISH = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """Questions of one kind, by the relevance of their best hits; ``nothing`` and ``strong`` are
    the shares of verdicts."""

    name: str
    questions: int
    auroc: float
    nothing: float
    strong: float

    def __str__(self) -> str:
        return (
            f"{self.name:<10} {self.questions:>5} questions   AUROC {self.auroc:.3f}   "
            f"nothing {self.nothing:6.1%}   strong {self.strong:6.1%}"
        )


@dataclass(frozen=True, slots=True)
class Judge:
    """Calibrates collections and judges questions with one encoder."""

    encoder: Encoder
    captions: Vectors = field(init=False)
    background: Vectors = field(init=False)

    def __post_init__(self) -> None:
        texts = self.encoder.embed_texts(bank().captions)
        pictures = self.encoder.embed_images([sample.image for sample in samples()])
        object.__setattr__(self, "captions", texts)
        object.__setattr__(self, "background", pictures)

    def best(self, questions: Vectors, photos: Vectors) -> Best:
        """Relevance of each question's best hit, float32 (n,)."""
        calibration = calibrate(photos, self.background, self.captions)
        return np.array([_best(query, photos, calibration) for query in questions], np.float32)


def _best(query: npt.NDArray[np.float32], photos: Vectors, calibration: Calibration) -> float:
    top = photos[np.argsort(-(photos @ query))[:HITS]]
    return float(calibration.relevance(query, "text", top, among=len(photos)).max())


def measure_relevance(
    encoder: Encoder, captions: Captions, photos: Vectors, texts: Vectors, *, seed: int = 0
) -> list[Kind]:
    """Ask all kinds of question of one collection."""
    judge = Judge(encoder)
    order = np.random.default_rng(seed).permutation(len(photos))
    kept = np.sort(order[: len(photos) // 2])
    is_kept = np.isin(captions.owners, kept)
    present = judge.best(texts[is_kept], photos[kept])
    left_out = judge.best(texts[~is_kept], photos[kept])
    nonsense = judge.best(encoder.embed_texts(gibberish(_GIBBERISH, seed)), photos[kept])
    return [
        _kind("present", present, present),
        _kind("left out", left_out, present),
        *_subjects(judge, captions, photos, texts),
        _kind("gibberish", nonsense, present),
    ]


def _subjects(judge: Judge, captions: Captions, photos: Vectors, texts: Vectors) -> Iterator[Kind]:
    """Each subject's names and captions, with it there and without."""
    names: list[tuple[Best, Best]] = []
    others: list[tuple[Best, Best]] = []
    for subject in SUBJECTS:
        named, betrayed = subject.named_in(captions.texts), subject.betrayed_by(captions.texts)
        without = np.setdiff1d(np.arange(len(photos)), captions.owners[betrayed])
        if _is_plain(named, captions) and len(without) >= HITS:
            asked = (_names(judge.encoder, subject), names), (_some(texts[named]), others)
            for questions, found in asked:
                best = judge.best(questions, photos), judge.best(questions, photos[without])
                found.append(best)
    for name, pairs in (("absent", names), ("partly", others)):
        there, gone = map(np.concatenate, zip(*pairs, strict=True))
        yield _kind(name, gone, there)


def _is_plain(named: npt.NDArray[np.bool_], captions: Captions) -> bool:
    """Whether some photograph shows the subject so plainly that most of its captions say so."""
    of, saying = np.bincount(captions.owners), np.bincount(captions.owners, named)
    return bool((saying > of / 2).any())


def _names(encoder: Encoder, subject: Subject) -> Vectors:
    return encoder.embed_texts([subject.name, str(subject), f"a photo of {subject}"])


def _some(captions: Vectors) -> Vectors:
    return captions[:: max(1, len(captions) // _CAPTIONS_A_SUBJECT)][:_CAPTIONS_A_SUBJECT]


def _kind(name: str, found: Best, present: Best) -> Kind:
    return Kind(
        name=name,
        questions=len(found),
        auroc=auroc(present, found),
        nothing=float((found < NOTHING).mean()),
        strong=float((found >= STRONG).mean()),
    )


def auroc(higher: Best, lower: Best) -> float:
    """How often one of ``higher`` is above one of ``lower``; ties count half (Hanley, McNeil 1982).

    0.5 tells nothing apart, 1 everything.
    """
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left") + np.searchsorted(ordered, higher, "right")
    return float(below.mean() / 2 / len(lower))
