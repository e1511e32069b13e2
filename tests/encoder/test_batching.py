"""Calls of several threads embedded together: each gets its own, and no other's fault."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from colours import COLOURS, ColourEncoder
from encoder import Vectors
from encoder.batching import MOST_TOGETHER, BatchingEncoder


class Slow(ColourEncoder):
    """Waits for a sign in each run, and notes how many texts came together; knows no purple."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()
        self.entered = threading.Event()
        self.runs: list[int] = []

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        self.runs.append(len(texts))
        self.entered.set()
        self.goes_on.wait(20)
        if "purple" in texts:
            raise ValueError("purple is no colour")
        return super().embed_texts(texts)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def gathering(slow: Slow) -> Iterator[BatchingEncoder]:
    made = BatchingEncoder(slow)
    yield made
    slow.goes_on.set()
    made.close()


def ask_beside_a_run(
    gathering: BatchingEncoder, slow: Slow, calls: Sequence[Sequence[str]]
) -> list["Future[Vectors]"]:
    """One call that is at work, and while it is, the others; all ended."""
    with ThreadPoolExecutor(len(calls) + 1) as threads:
        first = threads.submit(gathering.embed_texts, ["red"])
        assert slow.entered.wait(20)
        others = [threads.submit(gathering.embed_texts, texts) for texts in calls]
        while gathering.waiting < len(calls):
            threading.Event().wait(0.005)
        slow.goes_on.set()
    assert first.result().tolist() == ColourEncoder().embed_texts(["red"]).tolist()
    return others


def test_calls_that_wait_are_one_run_and_each_gets_its_own(
    gathering: BatchingEncoder, slow: Slow
) -> None:
    calls = [["green"], ["blue", "red blue"], [], ["black"]]
    answers = ask_beside_a_run(gathering, slow, calls)
    assert slow.runs == [1, 4]
    assert gathering.waiting == 0
    for texts, answer in zip(calls, answers, strict=True):
        assert np.array_equal(answer.result(), ColourEncoder().embed_texts(texts))


def test_a_run_takes_no_more_than_it_should(gathering: BatchingEncoder, slow: Slow) -> None:
    calls = [["red"] * (MOST_TOGETHER // 2)] * 5
    answers = ask_beside_a_run(gathering, slow, calls)
    assert slow.runs == [1, MOST_TOGETHER, MOST_TOGETHER, MOST_TOGETHER // 2]
    assert all(len(answer.result()) == MOST_TOGETHER // 2 for answer in answers)


def test_what_is_wrong_with_one_call_is_not_the_others_fault(
    gathering: BatchingEncoder, slow: Slow
) -> None:
    good, bad, other = ask_beside_a_run(gathering, slow, [["green"], ["purple"], ["blue"]])
    with pytest.raises(ValueError, match="purple"):
        bad.result()
    assert good.result().shape == other.result().shape == (1, len(COLOURS))
    assert slow.runs == [1, 3, 1, 1, 1]


def test_pictures_go_through_it_too(gathering: BatchingEncoder, slow: Slow) -> None:
    pictures = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    assert gathering.info == slow.info
    assert np.array_equal(gathering.embed_images(pictures), ColourEncoder().embed_images(pictures))


def test_it_ends_its_threads_once_all_is_done_and_starts_again(slow: Slow) -> None:
    slow.goes_on.set()
    made = BatchingEncoder(slow)
    made.close()  # has not begun yet
    assert len(made.embed_texts(["red"])) == 1
    made.close()
    assert not [one for one in threading.enumerate() if one.name == "embedding"]
    assert len(made.embed_texts(["blue"])) == 1
    made.close()
