"""Vectors on Milvus: a second index, and like the first a cache of the catalog."""

from store.milvus.address import Address, address_of
from store.milvus.caches import MilvusCaches

__all__ = ["Address", "MilvusCaches", "address_of"]
