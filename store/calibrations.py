"""What was measured of a space's noise, kept so that searches need not measure it again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, delete, insert, select

from store.database import reading, writing
from store.schema import Embedding, Noise

Vectors = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NoiseRecord:
    """The noise of one ``kind`` of question in a space, as ``search.relevance`` measured it.

    ``mean`` and ``center`` are float32 (d,). ``bank`` tells what it was measured with.
    """

    kind: str
    bank: str
    photos: int
    mean: Vector
    center: Vector
    spread: float
    line: float
    growth: float


class Calibrations:
    """The noise of each space, and the samples it is measured on."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, space_id: int) -> list[NoiseRecord]:
        """What is known of a space; nothing before it was measured."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(Noise.__table__).where(Noise.space_id == space_id))
            return [
                NoiseRecord(
                    kind=row.kind,
                    bank=row.bank,
                    photos=row.photos,
                    mean=_vector(row.mean),
                    center=_vector(row.center),
                    spread=row.spread,
                    line=row.line,
                    growth=row.growth,
                )
                for row in rows
            ]

    def write(self, space_id: int, records: Iterable[NoiseRecord]) -> None:
        """Put what was measured in the place of what was known."""
        rows = [
            {
                "space_id": space_id,
                "kind": record.kind,
                "bank": record.bank,
                "photos": record.photos,
                "mean": record.mean.astype("<f4").tobytes(),
                "center": record.center.astype("<f4").tobytes(),
                "spread": record.spread,
                "line": record.line,
                "growth": record.growth,
            }
            for record in records
        ]
        with writing(self._engine) as connection:
            connection.execute(delete(Noise).where(Noise.space_id == space_id))
            connection.execute(insert(Noise), rows)

    def sample(self, space_id: int, most: int) -> Vectors:
        """Vectors of at most ``most`` photographs, float32 (n, d), evenly spread over the ids."""
        live = select(Embedding.id).where(Embedding.space_id == space_id, Embedding.live)
        with reading(self._engine) as connection:
            keys = list(connection.execute(live.order_by(Embedding.content_id)).scalars())
            chosen = [keys[at] for at in _spread(len(keys), most)]
            found: list[bytes] = []
            for ids in _pieces(chosen):
                statement = select(Embedding.vector).where(Embedding.id.in_(ids))
                found += connection.execute(statement.order_by(Embedding.content_id)).scalars()
        return np.frombuffer(b"".join(found), dtype="<f2").reshape(len(found), -1).astype(np.float32)


def _spread(count: int, most: int) -> Sequence[int]:
    if count <= most:
        return range(count)
    return [count * at // most for at in range(most)]


def _pieces(ids: Sequence[int], size: int = 1000) -> Iterable[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _vector(stored: bytes) -> Vector:
    return np.frombuffer(stored, dtype="<f4").astype(np.float32)
