"""A collection against the catalog, row by row and bit by bit, for ``verify``."""

from collections.abc import Iterator

import numpy as np
from sqlalchemy import Engine

from store.milvus.collection import SpaceCollection, State
from store.milvus.stored import StoredVectors

PIECE = 1000
_FIELDS = ("id", "change", "digest", "vector")


def differences(collection: SpaceCollection, state: State, engine: Engine) -> Iterator[str]:
    """What is wrong with what a collection holds of the catalog up to its change."""
    space = collection.space
    stored = StoredVectors(engine, space.id, space.dimension)
    expected = stored.every_stamp()
    later = {key for key, (change, _) in expected.items() if change > state.change}
    later |= set(stored.retired_after(state.change))
    found, wrong, foreign = 0, 0, 0
    for rows in collection.client.every(collection.name, "", _FIELDS, PIECE):
        known = [row for row in rows if row["id"] not in later]
        ours = [row for row in known if row["id"] in expected]
        found += len(ours)
        foreign += len(known) - len(ours)
        vectors = stored.vectors(np.array([row["id"] for row in ours], dtype=np.int64))
        for row, vector in zip(ours, vectors, strict=True):
            same = (row["change"], row["digest"]) == expected[row["id"]]
            wrong += not (same and np.array_equal(np.asarray(row["vector"], np.float32), vector))
    missing = len(expected.keys() - later) - found
    if missing or foreign or wrong:
        yield (
            f"{collection.address}: lacks {missing:,} vectors, has {foreign:,} that should not be "
            f"there, and {wrong:,} that are wrong"
        )
