"""What the catalog itself answers about a space's vectors, of which it holds the exact ones."""

from typing import Any

import numpy as np
from sqlalchemy import Engine, Select, func, select

from store.database import reading
from store.milvus.rows import digest_of, stamp_of
from store.replay import int64, retired_since
from store.schema import Content, Embedding
from store.statements import chunks, count
from store.vector_index import Ids, Vectors

FEW = 20_000
"""Of more ids it is quicker to read all that are live."""
STAMPED_A_PIECE = 8192

Stamps = dict[int, tuple[int, int]]
"""By content id: the newest change it took part in, and the digest of its content."""


class StoredVectors:
    """The live vectors of one space, as the catalog has them."""

    def __init__(self, engine: Engine, space_id: int, dimension: int) -> None:
        self._engine = engine
        self._space_id = space_id
        self._dimension = dimension

    def count(self) -> int:
        with reading(self._engine) as connection:
            return count(connection, self._live(func.count()))

    def among(self, ids: Ids) -> Ids:
        """Those of ``ids`` that are live, ascending."""
        with reading(self._engine) as connection:
            if len(ids) > FEW:
                live = int64(connection.execute(self._live(Embedding.content_id)).scalars())
                return np.intersect1d(ids, live)
            found = [
                key
                for some in chunks(ids.tolist())
                for key in connection.execute(
                    self._live(Embedding.content_id).where(Embedding.content_id.in_(some))
                ).scalars()
            ]
        return np.unique(int64(found))

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of ids that have one, float32 (len(ids), d), in their order."""
        places = {key: place for place, key in enumerate(ids.tolist())}
        rows: Vectors = np.zeros((len(ids), self._dimension), dtype=np.float32)
        statement = select(Embedding.content_id, Embedding.vector).where(
            Embedding.space_id == self._space_id
        )
        with reading(self._engine) as connection:
            for some in chunks(places):
                for key, vector in connection.execute(
                    statement.where(Embedding.content_id.in_(some))
                ):
                    rows[places[key]] = np.frombuffer(vector, dtype="<f2")
        return rows

    def sample(self, most: int) -> Vectors:
        """Vectors of at most ``most`` ids, evenly spread, float32 (m, d)."""
        with reading(self._engine) as connection:
            first, last = connection.execute(
                self._live(func.min(Embedding.content_id), func.max(Embedding.content_id))
            ).one()
            if first is None:
                return np.empty((0, self._dimension), dtype=np.float32)
            step = -(-(last - first + 1) // most)
            spread = (Embedding.content_id - first) % step == 0
            statement = self._live(Embedding.vector).where(spread).order_by(Embedding.content_id)
            found = b"".join(connection.execute(statement).scalars())
        return np.frombuffer(found, dtype="<f2").reshape(-1, self._dimension).astype(np.float32)

    def stamps(self, ids: list[int]) -> Stamps:
        """Those of a few ids that are live, with what tells their rows from others."""
        with reading(self._engine) as connection:
            found: Stamps = {}
            for some in chunks(ids):
                rows = connection.execute(self._stamped().where(Content.id.in_(some)))
                found |= {row.id: (row.change, digest_of(row.hash)) for row in rows}
        return found

    def every_stamp(self) -> Stamps:
        """Those of all that are live."""
        with reading(self._engine) as connection:
            rows = connection.execute(self._stamped().execution_options(yield_per=STAMPED_A_PIECE))
            return {row.id: (row.change, digest_of(row.hash)) for row in rows}

    def newest(self, until: int, most: int) -> list[int]:
        """The ids whose vectors came last, up to a change."""
        statement = (
            self._live(Embedding.content_id)
            .where(Embedding.change <= until)
            .order_by(Embedding.change.desc(), Embedding.content_id.desc())
            .limit(most)
        )
        with reading(self._engine) as connection:
            return list(connection.execute(statement).scalars())

    def spread(self, most: int) -> list[int]:
        """At most so many ids from the first to the last."""
        with reading(self._engine) as connection:
            ids = self._live(func.min(Embedding.content_id), func.max(Embedding.content_id))
            first, last = connection.execute(ids).one()
            if first is None:
                return []
            step = -(-(last - first + 1) // most)
            wanted = list(range(first, last + 1, step))
            rows = connection.execute(
                self._live(Embedding.content_id).where(Embedding.content_id.in_(wanted))
            )
            return list(rows.scalars())

    def retired_after(self, change: int) -> list[int]:
        """The ids that were live once, and ceased to be after a change."""
        with reading(self._engine) as connection:
            retired: list[int] = retired_since(connection, self._space_id, change).tolist()
            return retired

    def _live(self, *columns: Any) -> Select[Any]:
        return select(*columns).where(Embedding.space_id == self._space_id, Embedding.live)

    def _stamped(self) -> Select[tuple[int, int, bytes]]:
        return (
            select(Content.id, stamp_of().label("change"), Content.hash)
            .join(Embedding, Embedding.content_id == Content.id)
            .where(Embedding.space_id == self._space_id, Embedding.live)
        )
