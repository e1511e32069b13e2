"""Tags: labels on contents, each with where it came from."""

import enum
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, Engine, delete, exists, func, select

from store.database import reading, writing
from store.engines.spelling import upsert
from store.schema import File, FileState, Tag
from store.statements import chunks


class TagSource(enum.StrEnum):
    """Who gave a tag: a person, a model by the label's words, or a model by examples of it."""

    HAND = "hand"
    WORDS = "words"
    EXAMPLES = "examples"


@dataclass(frozen=True, slots=True)
class TagRecord:
    """A label on a content. By hand, ``model``, ``fingerprint`` and ``score`` are None."""

    content_id: int
    label: str
    source: TagSource = TagSource.HAND
    model: str | None = None
    fingerprint: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many present photographs have a label from one source and model."""

    label: str
    source: TagSource
    model: str | None
    fingerprint: str | None
    photos: int


class Tags:
    """The tags of a library. Writing methods are one transaction; the caller is the writer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, content_ids: Iterable[int]) -> dict[int, list[TagRecord]]:
        """The tags of contents, those by hand first, then by score."""
        found: dict[int, list[TagRecord]] = {}
        order = (Tag.model.is_not(None), Tag.score.desc().nulls_last(), Tag.label)
        with reading(self._engine) as connection:
            for ids in chunks(content_ids):
                statement = select(Tag.__table__).where(Tag.content_id.in_(ids)).order_by(*order)
                for row in connection.execute(statement):
                    source = TagSource(row.source)
                    record = TagRecord(
                        row.content_id, row.label, source, row.model, row.fingerprint, row.score
                    )
                    found.setdefault(row.content_id, []).append(record)
        return found

    def counts(self) -> list[TagCount]:
        """Every label by source and model, by name. Photographs that are missing do not count."""
        here = exists().where(File.content_id == Tag.content_id, File.state == FileState.PRESENT)
        groups = (Tag.label, Tag.source, Tag.model, Tag.fingerprint)
        order = (*groups[:2], *(column.nulls_first() for column in groups[2:]))
        statement = (
            select(*groups, func.count(Tag.id)).where(here).group_by(*groups).order_by(*order)
        )
        with reading(self._engine) as connection:
            return [
                TagCount(label, TagSource(source), model, fingerprint, photos)
                for label, source, model, fingerprint, photos in connection.execute(statement)
            ]

    def tally(self, content_ids: npt.NDArray[np.int64]) -> dict[str, int]:
        """How many of some contents have each label, whoever gave it, the most frequent first."""
        with reading(self._engine) as connection:
            statement = select(Tag.label, Tag.content_id).distinct()
            rows = connection.execute(statement).all()
        kept = np.isin(np.array([row.content_id for row in rows], dtype=np.int64), content_ids)
        counts = Counter(row.label for row, here in zip(rows, kept, strict=True) if here)
        return dict(counts.most_common())

    def put(self, records: Iterable[TagRecord]) -> None:
        """Give tags; one that is there from the same source is replaced."""
        rows = {(r.content_id, r.label.casefold(), r.source): _values(r) for r in records}
        with writing(self._engine) as connection:
            _put(connection, list(rows.values()))

    def replace(
        self, labels: Iterable[str], source: TagSource, records: Iterable[TagRecord]
    ) -> None:
        """Take labels of a source from every photograph, and give ``records`` instead."""
        with writing(self._engine) as connection:
            for names in _pieces(list(labels)):
                gone = Tag.label.in_(names) & (Tag.source == source)
                connection.execute(delete(Tag).where(gone))
            _put(connection, [_values(record) for record in records])

    def remove(self, labels: Sequence[str], content_ids: Iterable[int] | None = None) -> int:
        """Take labels from contents, or from all; how many tags that were."""
        named = Tag.label.in_(labels)
        if content_ids is None:
            return self._remove([named])
        return self._remove(named & Tag.content_id.in_(ids) for ids in chunks(content_ids))

    def _remove(self, conditions: Iterable[ColumnElement[bool]]) -> int:
        removed = 0
        with writing(self._engine) as connection:
            for condition in conditions:
                removed += connection.execute(delete(Tag).where(condition)).rowcount
        return removed


def _values(record: TagRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in TagRecord.__slots__}


def _put(connection: Connection, rows: list[dict[str, object]]) -> None:
    statement = upsert(connection, Tag)
    updates = {name: statement.excluded[name] for name in ("model", "fingerprint", "score")}
    statement = statement.on_conflict_do_update(
        index_elements=["content_id", "label", "source"], set_=updates
    )
    if rows:
        connection.execute(statement, rows)


def _pieces(labels: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (labels[start : start + size] for start in range(0, len(labels), size))
