"""How relevant photographs are to a question: the one judge of answers and of ``why``."""

from encoder import Vectors
from search.calibration import calibration_of
from search.embedding import Question
from search.nearest import penalised
from store import SpaceRecord, Store


def judge(
    store: Store,
    space: SpaceRecord,
    question: Question,
    vectors: Vectors,
    *,
    among: int,
    strictness: float,
) -> list[float | None]:
    """The relevance of photographs (n, d), the best of ``among`` that were compared.

    None for each if the noise of the space was never measured for such questions.
    """
    calibration = calibration_of(store, space)
    if calibration is None or question.kind not in calibration.noises:
        return [None] * len(vectors)
    relevance = calibration.relevance(
        question.toward,
        question.kind,
        vectors,
        among=among,
        strictness=strictness,
        less=vectors @ question.toward - penalised(question, vectors),
    )
    return [float(value) for value in relevance]
