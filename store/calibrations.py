"""What was measured of a space's noise, kept so that searches need not measure it again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine, delete, insert, select

from store.database import reading, repeatable, writing
from store.facts import remembered
from store.schema import Noise

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
    """The noise of each space."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, space_id: int) -> Sequence[NoiseRecord]:
        """What is known of a space; nothing before it was measured."""
        with reading(self._engine) as connection:
            return remembered(connection, ("noises", space_id), partial(_noises, space_id=space_id))

    @repeatable
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


def _noises(connection: Connection, space_id: int) -> tuple[NoiseRecord, ...]:
    rows = connection.execute(select(Noise.__table__).where(Noise.space_id == space_id))
    return tuple(
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
    )


def _vector(stored: bytes) -> Vector:
    return np.frombuffer(stored, dtype="<f4").astype(np.float32)
