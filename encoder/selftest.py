"""Do a model's two towers belong together? Tried once per model on the sample photographs.

Towers of different models give vectors of the same size that mean nothing to each other, and every
search becomes noise without any error. An exact permutation test (Fisher, The Design of
Experiments, 1935, §21) tells: the captions are dealt out to the photographs in every possible way,
and the true way must be among the best thousandth by summed cosine. Towers that don't belong
together pass with a chance of 0.1 %, whatever offsets their scores have.
"""

from functools import cache
from itertools import permutations

import numpy as np
import numpy.typing as npt

from encoder.notes import read_note, write_note
from encoder.protocol import Encoder
from encoder.samples import samples
from errors import DamagedModel

HIGHEST_SHARE = 0.001
_REMEMBERED = "selftest.json"


def self_test(encoder: Encoder) -> None:
    """Refuse an encoder whose towers do not belong together, with DamagedModel.

    What passed is remembered in ``models_home()`` by its fingerprint and not tried again. A model
    without a text tower has nothing to try.
    """
    if "text" not in encoder.info.modalities or encoder.info.fingerprint in _passed():
        return
    require_matching(encoder)
    remember(encoder.info.fingerprint)


def require_matching(encoder: Encoder) -> float:
    """``share_as_good`` of the encoder. Raises DamagedModel if it is over a thousandth."""
    name, share = encoder.info.name, share_as_good(encoder)
    if not share <= HIGHEST_SHARE:  # so that NaN fails too
        raise DamagedModel(
            f"the towers of {name} do not belong together: {share:.0%} of all ways to caption the "
            "sample photographs fit as well as the true one; install or export the model again"
        )
    return share


def share_as_good(encoder: Encoder) -> float:
    """Share of all ways to deal captions to sample photographs that fit as well as the true one.

    1 / 40320 for a model that finds the true way best, about 0.5 for one that guesses, NaN if the
    two towers' vectors have different sizes or are not numbers.
    """
    images = encoder.embed_images([sample.image for sample in samples()])
    texts = [encoder.embed_texts(sample.captions).mean(axis=0) for sample in samples()]
    if images.shape[1:] != texts[0].shape:
        return float("nan")
    scores = (images @ np.stack(texts).T).astype(np.float64)
    sums = scores[np.arange(len(scores)), _dealings(len(scores))].sum(axis=1)
    return float((sums >= sums[0]).mean()) if np.isfinite(sums).all() else float("nan")


@cache
def _dealings(count: int) -> npt.NDArray[np.int8]:
    """Every order of ``count`` things, the one that changes nothing first."""
    return np.array(list(permutations(range(count))), dtype=np.int8)


def _passed() -> set[str]:
    document = read_note(_REMEMBERED)
    return set(document) if isinstance(document, list) else set()


def remember(fingerprint: str) -> None:
    """Note that a model passed; where nothing can be written, it is tried again next time."""
    write_note(_REMEMBERED, sorted(_passed() | {fingerprint}))
