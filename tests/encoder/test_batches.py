"""Batches are halved for good when they do not fit, and nothing is lost or reordered."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from encoder.batches import Batches
from encoder.openclip import is_out_of_memory, pick_device
from errors import ModelError


class Device:
    """Has memory for ``room`` items at a time, and says so as CUDA does."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.calls = 0

    def double(self, items: Sequence[int]) -> list[int]:
        self.calls += 1
        if len(items) > self.room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return [2 * item for item in items]


@given(st.lists(st.integers()), st.integers(1, 20), st.integers(1, 40))
def test_every_item_is_run_once_in_order(items: list[int], room: int, size: int) -> None:
    batches = Batches(size, is_out_of_memory)
    parts = batches.run(Device(room).double, items)
    assert [value for part in parts for value in part] == [2 * item for item in items]
    assert batches.size <= size


def test_the_size_that_fits_is_remembered() -> None:
    device, batches = Device(5), Batches(16, is_out_of_memory)
    batches.run(device.double, range(16))
    assert (batches.size, device.calls) == (4, 6)
    batches.run(device.double, range(16))
    assert device.calls == 10


def test_what_does_not_fit_alone_is_raised() -> None:
    with pytest.raises(torch.cuda.OutOfMemoryError):
        Batches(8, is_out_of_memory).run(Device(0).double, range(3))


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    def broken(_: Sequence[int]) -> None:
        raise RuntimeError("shapes differ")

    batches = Batches(8, is_out_of_memory)
    with pytest.raises(RuntimeError, match="shapes differ"):
        batches.run(broken, range(8))
    assert batches.size == 8
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (…)"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_device_that_is_not_here_is_refused() -> None:
    with pytest.raises(ModelError, match="no cuda device here; use --device cpu"):
        pick_device("cuda")
    assert pick_device("cpu").type == "cpu"
