"""Reading what tells duplicates: every path of a content, and what all contents look like."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, func, select

from store.database import reading
from store.locations import location
from store.schema import Content, Embedding, File, FileState, Root, RootState
from store.statements import chunks

_PRESENT = File.state == FileState.PRESENT


@dataclass(frozen=True, slots=True)
class Copy:
    """One present path of a content, as it was when it was last looked at."""

    file_id: int
    path: Path
    bytes: int
    mtime_ns: int
    offline: bool


@dataclass(frozen=True, slots=True)
class Looks:
    """Every live content of a space: n rows, ascending by id.

    ``contents`` are the BLAKE3 of their bytes; ``hashes``, perceptual, uint64, 0 where unknown;
    ``taken_at``, datetime64[s], NaT where unknown; ``raw``, whether it is a camera's RAW file.
    """

    ids: npt.NDArray[np.int64]
    contents: tuple[bytes, ...]
    hashes: npt.NDArray[np.uint64]
    taken_at: npt.NDArray[np.datetime64]
    pixels: npt.NDArray[np.int64]
    bytes: npt.NDArray[np.int64]
    raw: npt.NDArray[np.bool_]

    def rows(self, chosen: npt.NDArray[np.bool_]) -> "Looks":
        """Those of ``chosen``, bool (n,)."""
        contents = tuple(compress(self.contents, chosen.tolist()))
        columns = [name for name in self.__slots__ if name != "contents"]
        return Looks(contents=contents, **{name: getattr(self, name)[chosen] for name in columns})


class Copies:
    """What is known of copies; a part of ``Catalog``."""

    _engine: Engine

    def copies(self, content_ids: Iterable[int]) -> dict[int, list[Copy]]:
        """Present paths by content, in the order of their roots and names."""
        found: dict[int, list[Copy]] = defaultdict(list)
        columns = (File.content_id, File.id, Root.path, File.path, File.bytes, File.mtime_ns)
        statement = (
            select(*columns, Root.state)
            .join(Root, Root.id == File.root_id)
            .where(_PRESENT)
            .order_by(Root.path, File.path)
        )
        with reading(self._engine) as connection:
            for some in chunks(content_ids):
                for row in connection.execute(statement.where(File.content_id.in_(some))):
                    content, file_id, root, path, size, mtime, state = row
                    offline = state == RootState.OFFLINE
                    found[content or 0].append(
                        Copy(file_id, location(root) / path, size, mtime, offline)
                    )
        return found

    def copied(self) -> list[int]:
        """Readable contents that are present at more than one path, ascending."""
        statement = (
            select(File.content_id)
            .join(Content, Content.id == File.content_id)
            .where(_PRESENT, Content.failure.is_(None))
            .group_by(File.content_id)
            .having(func.count(File.id) > 1)
            .order_by(File.content_id)
        )
        with reading(self._engine) as connection:
            return [content or 0 for content in connection.execute(statement).scalars()]

    def looks(self, space_id: int) -> Looks:
        """What all contents with a live vector in a space look like."""
        live = (Embedding.space_id == space_id) & Embedding.live
        size = func.coalesce(Content.width * Content.height, 0)
        statement = (
            select(
                Content.id,
                Content.hash,
                func.coalesce(Content.perceptual_hash, 0),
                Content.taken_at,
                size,
                Content.bytes,
                Content.format,
            )
            .join(Embedding, Embedding.content_id == Content.id)
            .where(live)
            .order_by(Content.id)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(statement).all()
        columns = zip(*rows, strict=True) if rows else [()] * 7
        ids, contents, hashes, times, sizes, lengths, formats = columns
        return Looks(
            ids=np.array(ids, dtype=np.int64),
            contents=contents,
            hashes=np.array(hashes, dtype=np.int64).view(np.uint64),
            taken_at=np.array([time or "NaT" for time in times], dtype="datetime64[s]"),
            pixels=np.array(sizes, dtype=np.int64),
            bytes=np.array(lengths, dtype=np.int64),
            raw=np.array([kind == "RAW" for kind in formats], dtype=bool),
        )
