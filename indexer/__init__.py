"""From folders of photographs to a library. Knows nothing of queries."""

from indexer.indexer import Indexer, IndexOptions
from indexer.preview import RootPlan, preview
from indexer.prune import Gone, forget_gone, gone_from, missing_of
from indexer.report import IndexReport, OnProgress, Progress
from indexer.roots import choose_roots, resemblance, root_of, wanted_roots
from indexer.scan import Scanner
from indexer.thumbnails import thumbnail_again
from indexer.walk import WalkRules
from pictures import Picture, decode, read_picture

__all__ = [
    "Gone",
    "IndexOptions",
    "IndexReport",
    "Indexer",
    "OnProgress",
    "Picture",
    "Progress",
    "RootPlan",
    "Scanner",
    "WalkRules",
    "choose_roots",
    "decode",
    "forget_gone",
    "gone_from",
    "missing_of",
    "preview",
    "read_picture",
    "resemblance",
    "root_of",
    "thumbnail_again",
    "wanted_roots",
]
