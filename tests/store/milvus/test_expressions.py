"""Filters that Milvus evaluates find what the catalog finds, and what FAISS finds among its ids."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generated import Picture, ids_of, libraries, trees, written
from store import FaissIndex, SpaceRecord, Store
from store.filters import Tree
from store.milvus.index import MilvusIndex
from store.vector_index import Vectors

DIMENSION = 8


def with_vectors(store: Store, pictures: list[Picture]) -> SpaceRecord:
    ids = sorted(ids_of(store, pictures))
    with store.writer() as writer:
        space = writer.open_space("model", "ab" * 16, DIMENSION)
        writer.add_vectors(space.id, ids, vectors(len(ids)))
    return space


def vectors(count: int) -> Vectors:
    rows: Vectors = np.random.default_rng(count).standard_normal((count, DIMENSION)).astype("f4")
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One file of Milvus Lite for many small libraries."""
    return str(tmp_path_factory.mktemp("milvus") / "vectors.db")


@given(pictures=libraries(), asked=st.lists(trees, min_size=8, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_milvus_finds_what_faiss_finds_among_the_catalogs_ids(
    pictures: list[Picture],
    asked: list[Tree],
    milvus: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("filters") / "library"
    store = written(folder, pictures)
    space = with_vectors(store, pictures)
    on_milvus = Store.open(folder, vectors=milvus)
    try:
        faiss, index = store.vectors(space), on_milvus.vectors(space)
        assert isinstance(faiss, FaissIndex)
        assert isinstance(index, MilvusIndex)
        assert index.count == faiss.count
        for tree in asked:
            check_same(store, faiss, index, tree)
    finally:
        on_milvus.drop_caches([space])
        on_milvus.close()
        store.close()


def check_same(store: Store, faiss: FaissIndex, index: MilvusIndex, tree: Tree) -> None:
    only = store.catalog.matching(tree)
    narrowed = index.matching(tree)
    query = vectors(1)[0]
    expected, found = faiss.search(query, 20, only=only), narrowed.search(query, 20)
    assert found.ids.tolist() == expected.ids.tolist(), (tree, narrowed.where)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)
    assert narrowed.count == len(expected.ids)
    assert narrowed.among(faiss.ids()).tolist() == sorted(expected.ids.tolist())
