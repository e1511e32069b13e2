"""Semantic search over folders of photographs.

>>> from photoseek import Library
>>> library = Library.open("~/photos.library")
>>> library.index("~/Pictures")
>>> for hit in library.search("a dog running on the beach"):
...     print(hit.score, hit.path)

Importing this package is cheap: FAISS and SQLAlchemy come with the first name that needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from errors import PhotoseekError

if TYPE_CHECKING:
    from indexer import IndexOptions, IndexReport, Progress
    from photoseek.library import Library, Status
    from search import Answer, Hit, Query
    from store import Photo

__all__ = [
    "Answer",
    "Hit",
    "IndexOptions",
    "IndexReport",
    "Library",
    "Photo",
    "PhotoseekError",
    "Progress",
    "Query",
    "Status",
    "__version__",
]
__version__ = "0.1.0"

_HOMES = {
    "Answer": "search",
    "Hit": "search",
    "IndexOptions": "indexer",
    "IndexReport": "indexer",
    "Library": "photoseek.library",
    "Photo": "store",
    "Progress": "indexer",
    "Query": "search",
    "Status": "photoseek.library",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'photoseek' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
