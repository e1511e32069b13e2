"""Content rows with their paths, as ``Photo`` values."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from store.locations import location
from store.records import Photo
from store.schema import Content, File, FileState, Root, RootState


def photos_of(connection: Connection, ids: list[int]) -> Iterator[tuple[int, Photo]]:
    """Contents by id, with their present paths; those with none, or unreadable, are left out."""
    files = _present_files(connection, ids)
    for key, *facts in connection.execute(_CONTENTS, {"ids": ids}).all():
        if key in files:
            yield key, _photo(key, facts, files[key])


_SOME: BindParameter[list[int]] = bindparam("ids", expanding=True)
_FACTS = (
    Content.id,
    Content.hash,
    Content.bytes,
    Content.width,
    Content.height,
    Content.format,
    Content.taken_at,
    Content.camera,
    Content.lens,
    Content.latitude,
    Content.longitude,
    Content.perceptual_hash,
)
_NAMES = [fact.key for fact in _FACTS[1:]]
_CONTENTS = select(*_FACTS).where(Content.id.in_(_SOME), Content.failure.is_(None))
_FILES = (
    select(File.content_id, Root.path, File.path, Root.state, File.mtime_ns)
    .join(Root, Root.id == File.root_id)
    .where(File.content_id.in_(_SOME), File.state == FileState.PRESENT)
    .order_by(Root.state.desc(), Root.path, File.path)  # online before offline
)


@dataclass(slots=True)
class _Files:
    """What the files of one content say together."""

    paths: list[Path] = field(default_factory=list)
    offline: bool = True
    oldest_ns: float = inf


def _present_files(connection: Connection, ids: list[int]) -> dict[int | None, _Files]:
    found: dict[int | None, _Files] = defaultdict(_Files)
    roots: dict[str, Path] = {}
    for content_id, root, path, state, mtime_ns in connection.execute(_FILES, {"ids": ids}).all():
        if root not in roots:
            roots[root] = location(root)
        files = found[content_id]
        files.paths.append(roots[root] / path)
        files.offline &= state == RootState.OFFLINE
        files.oldest_ns = min(files.oldest_ns, mtime_ns)
    return found


def _photo(key: int, facts: Iterable[Any], files: _Files) -> Photo:
    return Photo(
        id=key,
        **dict(zip(_NAMES, facts, strict=True)),
        paths=tuple(files.paths),
        offline=files.offline,
        file_time=_local_time(int(files.oldest_ns)),
    )


def _local_time(nanoseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9)
    except (OSError, OverflowError, ValueError):  # file systems hold any number
        return None
