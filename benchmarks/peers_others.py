"""Engines other than FAISS, each with the settings its documentation begins with."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peer import Ask, Half, K, Peer, blocks, library
from store.vector_index import Vector

CONNECTIONS, CONSTRUCTION = 16, 200
RANKED_AGAIN = 10
GRAPH = (20, 40, 80, 160, 320)
LISTS = (4, 8, 16, 32, 64)
_AT_ONCE = 2000


def _build_hnswlib(vectors: Half, folder: Path) -> None:
    index = library("hnswlib").Index(space="ip", dim=vectors.shape[1])
    index.init_index(len(vectors), M=CONNECTIONS, ef_construction=CONSTRUCTION)
    for start, rows in blocks(vectors):
        index.add_items(rows, start + np.arange(len(rows)))
    index.save_index(str(folder / "index.hnsw"))


def _open_hnswlib(vectors: Half, folder: Path) -> Ask:
    index = library("hnswlib").Index(space="ip", dim=vectors.shape[1])
    index.load_index(str(folder / "index.hnsw"))

    def ask(query: Vector, effort: int) -> npt.ArrayLike:
        if index.ef != effort:
            index.set_ef(effort)
        found: npt.ArrayLike = index.knn_query(query, k=K, num_threads=1)[0][0]
        return found

    return ask


def _build_usearch(vectors: Half, folder: Path) -> None:
    index = library("usearch.index").Index(
        ndim=vectors.shape[1],
        metric="ip",
        dtype="f16",
        connectivity=CONNECTIONS,
        expansion_add=CONSTRUCTION,
    )
    for start, rows in blocks(vectors):
        index.add(start + np.arange(len(rows)), rows)
    index.save(str(folder / "index.usearch"))


def _open_usearch(_vectors: Half, folder: Path) -> Ask:
    index = library("usearch.index").Index.restore(str(folder / "index.usearch"), view=True)

    def ask(query: Vector, effort: int) -> npt.ArrayLike:
        if index.expansion_search != effort:
            index.expansion_search = effort
        found: npt.ArrayLike = index.search(query, K, threads=1).keys
        return found

    return ask


def _build_lance(vectors: Half, folder: Path) -> None:
    arrow, size = library("pyarrow"), vectors.shape[1]

    def table_of(start: int, rows: npt.NDArray[np.float32]) -> Any:
        lists = arrow.FixedSizeListArray.from_arrays(rows.reshape(-1), size)
        return arrow.table({"id": start + np.arange(len(rows)), "vector": lists})

    table = None
    database = library("lancedb").connect(folder)
    for start, rows in blocks(vectors):
        if table is None:
            table = database.create_table("photos", table_of(start, rows))
        else:
            table.add(table_of(start, rows))
    assert table is not None
    table.create_index("vector", config=library("lancedb.index").IvfPq(distance_type="dot"))


def _open_lance(_vectors: Half, folder: Path) -> Ask:
    table = library("lancedb").connect(folder).open_table("photos")

    def ask(query: Vector, effort: int) -> npt.ArrayLike:
        asked = table.search(query).distance_type("dot").nprobes(effort)
        found = asked.refine_factor(RANKED_AGAIN).limit(K).select(["id"]).to_arrow()
        ids: npt.ArrayLike = found["id"].to_numpy()
        return ids

    return ask


def _connected(folder: Path) -> Any:
    """By apsw: many a Python's own ``sqlite3`` loads no extensions."""
    connection = library("apsw").Connection(str(folder / "vectors.db"))
    connection.enable_load_extension(True)  # noqa: FBT003 - takes no name
    connection.load_extension(library("sqlite_vec").loadable_path())
    return connection


def _build_sqlite(vectors: Half, folder: Path) -> None:
    connection, size = _connected(folder), vectors.shape[1]
    connection.execute(
        f"CREATE VIRTUAL TABLE photos USING vec0(vector float[{size}] distance_metric=cosine)"
    )
    for start, rows in blocks(vectors):
        numbered = ((start + number, row.tobytes()) for number, row in enumerate(rows))
        with connection:
            connection.executemany("INSERT INTO photos(rowid, vector) VALUES (?, ?)", numbered)
    connection.close()


def _open_sqlite(_vectors: Half, folder: Path) -> Ask:
    own = threading.local()

    def ask(query: Vector, _effort: int) -> npt.ArrayLike:
        if not hasattr(own, "connection"):
            own.connection = _connected(folder)
        found = own.connection.execute(
            "SELECT rowid FROM photos WHERE vector MATCH ? AND k = ?", (query.tobytes(), K)
        )
        return [row[0] for row in found]

    return ask


def _build_milvus(vectors: Half, folder: Path) -> None:
    pymilvus = library("pymilvus")
    client = pymilvus.MilvusClient(str(folder / "vectors.db"))
    kinds, schema = pymilvus.DataType, client.create_schema(auto_id=False)
    schema.add_field("id", kinds.INT64, is_primary=True)
    schema.add_field("vector", kinds.FLOAT_VECTOR, dim=vectors.shape[1])
    graph = client.prepare_index_params()
    graph.add_index(
        "vector",
        index_type="HNSW",
        metric_type="IP",
        params={"M": CONNECTIONS, "efConstruction": CONSTRUCTION},
    )
    client.create_collection("photos", schema=schema, index_params=graph)
    for start, rows in blocks(vectors):
        for first in range(0, len(rows), _AT_ONCE):
            some = enumerate(rows[first : first + _AT_ONCE], start + first)
            client.insert("photos", [{"id": number, "vector": row} for number, row in some])
    client.flush("photos")
    client.close()


def _open_milvus(_vectors: Half, folder: Path) -> Ask:
    client = library("pymilvus").MilvusClient(str(folder / "vectors.db"))
    client.load_collection("photos")

    def ask(query: Vector, effort: int) -> npt.ArrayLike:
        asked = {"metric_type": "IP", "params": {"ef": effort}}
        found = client.search("photos", [query], limit=K, search_params=asked)
        return [hit["id"] for hit in found[0]]

    return ask


PEERS = {
    "hnswlib": Peer(_build_hnswlib, _open_hnswlib, GRAPH, "hnswlib", "hnswlib"),
    "usearch": Peer(_build_usearch, _open_usearch, GRAPH, "usearch", "usearch"),
    "LanceDB": Peer(_build_lance, _open_lance, LISTS, "lancedb", "lancedb"),
    "sqlite-vec": Peer(_build_sqlite, _open_sqlite, (0,), "sqlite-vec", "sqlite_vec"),
    "Milvus Lite": Peer(_build_milvus, _open_milvus, GRAPH, "milvus-lite", "pymilvus"),
}
