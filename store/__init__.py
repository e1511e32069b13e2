"""What is remembered: the catalog (truth) and the vectors (cache). No models, pixels or HTTP."""

from store.addresses import Address, Place, is_address, place_of
from store.calibrations import NoiseRecord
from store.catalog import Catalog
from store.copies import Copy, Looks
from store.folder import holds_library
from store.locations import ObjectPath, location
from store.records import (
    Batch,
    ContentFacts,
    Counts,
    FailedFile,
    FileEntry,
    KnownContent,
    KnownFile,
    Photo,
    RootCounts,
    RootRecord,
    RunRecord,
    SpaceRecord,
    VectorChanges,
)
from store.saved import SavedRecord, SavedSearches
from store.schema import FileState
from store.store import Store
from store.tags import TagCount, TagRecord, TagSource
from store.vector_index import FilteringIndex, Neighbours, VectorIndex
from store.vectors import FaissIndex
from store.writer import CatalogWriter

__all__ = [
    "Address",
    "Batch",
    "Catalog",
    "CatalogWriter",
    "ContentFacts",
    "Copy",
    "Counts",
    "FailedFile",
    "FaissIndex",
    "FileEntry",
    "FileState",
    "FilteringIndex",
    "KnownContent",
    "KnownFile",
    "Looks",
    "Neighbours",
    "NoiseRecord",
    "ObjectPath",
    "Photo",
    "Place",
    "RootCounts",
    "RootRecord",
    "RunRecord",
    "SavedRecord",
    "SavedSearches",
    "SpaceRecord",
    "Store",
    "TagCount",
    "TagRecord",
    "TagSource",
    "VectorChanges",
    "VectorIndex",
    "holds_library",
    "is_address",
    "location",
    "place_of",
]
