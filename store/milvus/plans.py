"""Which index Milvus builds, by how many vectors there are: a pure function.

Figures of memory are for unit vectors in float32, as Milvus holds them; what each kind is good for
is in Milvus's own guide (https://milvus.io/docs/index-explained.md).
"""

import logging
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

KINDS = ("FLAT", "HNSW", "IVF_SQ8", "DISKANN", "GPU_CAGRA")
LITE_KINDS = frozenset({"FLAT", "HNSW", "IVF_SQ8"})
"""What Milvus Lite can build of them."""

MOST_FLAT = 20_000
"""Compared one by one: exact, and no slower than walking a graph."""
MOST_IN_GRAPH = 5_000_000
"""In an HNSW graph every vector stays in memory as it is, with 160 bytes of links."""
MOST_IN_MEMORY = 50_000_000
"""Scalar quantisation takes a quarter of the memory; beyond it the vectors stay on NVMe."""

EXACT_SCORES = frozenset({"FLAT", "HNSW"})
"""The others score by compressed vectors: what they find is scored again from the catalog."""
OVERSAMPLED = 2
MOST_EXPLORED = 32_768
"""Bound of ``ef`` in Milvus."""
MOST_ITOPK = 1024

Parameters = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """A kind of index with the parameters it is built with."""

    kind: str
    build: Parameters = field(default_factory=dict)

    @property
    def scores_exactly(self) -> bool:
        return self.kind in EXACT_SCORES

    def depth(self, k: int) -> int:
        """How many to ask for, so that the best ``k`` are among them."""
        return k if self.scores_exactly else OVERSAMPLED * k

    def search(self, k: int) -> Parameters:
        """The effort of one search for ``k`` neighbours."""
        match self.kind:
            case "HNSW":
                return {"ef": min(max(128, 2 * k), MOST_EXPLORED)}
            case "IVF_SQ8":
                return {"nprobe": max(32, int(self.build["nlist"]) // 16)}
            case "DISKANN":
                return {"search_list": max(100, 2 * k)}
            case "GPU_CAGRA":
                return {"itopk_size": min(_multiple_of_32(max(128, 2 * k)), MOST_ITOPK)}
        return {}


def choose(
    count: int, asked: str | None = None, able: Collection[str] = frozenset(KINDS)
) -> IndexPlan:
    """The index for ``count`` vectors: what was ``asked`` for, or by size; of those that the
    engine is ``able`` to build."""
    wanted = asked or _by_size(count)
    kind = wanted
    while kind not in able:
        kind = _NEXT_BEST[kind]
    if kind != wanted:
        log.warning("this engine builds no %s index; %s is used instead", wanted, kind)
    return IndexPlan(kind, _build(kind, count))


_NEXT_BEST = {"GPU_CAGRA": "HNSW", "DISKANN": "IVF_SQ8", "IVF_SQ8": "HNSW", "HNSW": "FLAT"}


def _by_size(count: int) -> str:
    if count <= MOST_FLAT:
        return "FLAT"
    if count <= MOST_IN_GRAPH:
        return "HNSW"
    return "IVF_SQ8" if count <= MOST_IN_MEMORY else "DISKANN"


def _build(kind: str, count: int) -> Parameters:
    match kind:
        case "HNSW":
            return {"M": 16 if count <= 1_000_000 else 32, "efConstruction": 200}
        case "IVF_SQ8":
            lists = 4 * math.isqrt(max(count, 1))
            return {"nlist": min(max(1 << (lists - 1).bit_length(), 128), 65_536)}
        case "GPU_CAGRA":
            return {"intermediate_graph_degree": 64, "graph_degree": 32}
    return {}


def _multiple_of_32(number: int) -> int:
    return -(-number // 32) * 32
