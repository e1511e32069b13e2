"""Vectors that were made elsewhere."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, insert, select

from store.database import writing
from store.liveness import next_change, refresh_live
from store.schema import Embedding
from store.statements import chunks


class Importing:
    """A part of ``CatalogWriter``."""

    _engine: Engine

    def add_vectors(
        self, space_id: int, content_ids: Sequence[int], vectors: npt.NDArray[np.float32]
    ) -> int:
        """Give contents their vectors (n, d) in a space, where they have none yet; how many.

        All in one transaction.
        """
        rows = {key: row for row, key in enumerate(content_ids)}
        with writing(self._engine) as connection:
            change = next_change(connection)
            known: set[int] = set()
            for ids in chunks(rows):
                have = (Embedding.space_id == space_id) & Embedding.content_id.in_(ids)
                known |= set(connection.execute(select(Embedding.content_id).where(have)).scalars())
            fresh = [key for key in rows if key not in known]
            for ids in chunks(fresh):
                connection.execute(
                    insert(Embedding),
                    [
                        {
                            "space_id": space_id,
                            "content_id": key,
                            "change": change,
                            "live": True,
                            "vector": vectors[rows[key]].astype("<f2").tobytes(),
                        }
                        for key in ids
                    ],
                )
            refresh_live(connection, fresh, change)
        return len(fresh)
