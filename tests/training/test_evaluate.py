"""The measures behind the figures, on scores a reader can rank by eye."""

import numpy as np

from search.evaluation import Recall, photo_ranks, text_ranks

SCORES = np.array(
    [
        [0.9, 0.1, 0.2],  # caption of photo 0: first
        [0.5, 0.4, 0.6],  # caption of photo 0: second
        [0.3, 0.2, 0.1],  # caption of photo 1: second
        [0.3, 0.8, 0.7],  # caption of photo 2: second
    ],
    dtype=np.float32,
)
OWNERS = np.array([0, 0, 1, 2])


def test_a_captions_rank_is_its_photographs_place() -> None:
    assert text_ranks(SCORES, OWNERS).tolist() == [1, 2, 2, 2]


def test_a_photographs_rank_is_that_of_its_best_caption_among_foreign_ones() -> None:
    assert photo_ranks(SCORES, OWNERS).tolist() == [1, 3, 1]


def test_recall_is_a_percentage_of_questions() -> None:
    recall = Recall.of(np.array([1, 2, 6, 40]))
    assert (recall.at_1, recall.at_5, recall.at_10, recall.median_rank) == (25, 50, 75, 4)
