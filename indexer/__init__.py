"""From folders of photographs to a library. Knows nothing of queries."""

from indexer.decode import Picture, decode, read_picture
from indexer.indexer import Indexer, IndexOptions
from indexer.report import IndexReport, OnProgress, Progress
from indexer.roots import choose_roots
from indexer.walk import WalkRules

__all__ = [
    "IndexOptions",
    "IndexReport",
    "Indexer",
    "OnProgress",
    "Picture",
    "Progress",
    "WalkRules",
    "choose_roots",
    "decode",
    "read_picture",
]
