"""An engine that finds nearest neighbours, as ``benchmarks.peers`` runs all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from encoder import Vectors
from store.vector_index import Vector

K = 20
BLOCK = 20_000

Half = npt.NDArray[np.float16]
Ask = Callable[[Vector, int], npt.ArrayLike]
"""The ids, which are row numbers, of the K nearest to a query float32 (d,), with an effort."""


@dataclass(frozen=True, slots=True)
class Peer:
    """``build`` makes an index of vectors float16 (n, d) in a folder, ``open`` opens it.

    ``efforts`` are what a search can be told to try, least first; one where it has no choice.
    ``distribution`` is what pip installs, ``module`` what is imported.
    """

    build: Callable[[Half, Path], None]
    open: Callable[[Half, Path], Ask]
    efforts: tuple[int, ...]
    distribution: str
    module: str


def library(name: str) -> Any:
    """A module that may not be installed. Raises ModuleNotFoundError."""
    return import_module(name)


def blocks(vectors: Half) -> Iterator[tuple[int, Vectors]]:
    """The number of the first row, and rows float32, some at a time."""
    for start in range(0, len(vectors), BLOCK):
        yield start, np.asarray(vectors[start : start + BLOCK], dtype=np.float32)
