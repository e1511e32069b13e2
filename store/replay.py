"""Reading what a vector cache must replay, as arrays."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Row, Select, select

from store.schema import Embedding

MOST_REPLAYED = 5000


def most_replayed(count: int) -> int:
    """Changes that may be replayed on a snapshot of so many vectors; of more, another is due."""
    return min(MOST_REPLAYED, count // 10)


def worth_a_rebuild(count: int) -> int:
    """Changes that cost more to replay on so many vectors than to read everything anew."""
    return max(2 * MOST_REPLAYED, count // 5)


def live_vectors(space_id: int, since: int) -> Select[int, bytes]:
    statement = select(Embedding.content_id, Embedding.vector).where(
        Embedding.space_id == space_id, Embedding.live
    )
    if since:
        statement = statement.where(Embedding.change > since)
    return statement.order_by(Embedding.content_id)


def retired_since(connection: Connection, space_id: int, since: int) -> npt.NDArray[np.int64]:
    if not since:
        return int64([])
    statement = select(Embedding.content_id).where(
        Embedding.space_id == space_id, ~Embedding.live, Embedding.change > since
    )
    return int64(connection.execute(statement).scalars())


def arrays(
    rows: Sequence[Row[int, bytes]],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float16]]:
    ids = int64([content_id for content_id, _ in rows])
    vectors = np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f2")
    return ids, vectors.reshape(len(rows), -1 if rows else 0)


def int64(ids: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.fromiter(ids, dtype=np.int64)
