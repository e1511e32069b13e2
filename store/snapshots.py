"""Snapshots of a vector index on disk: written whole or not at all, never trusted unchecked.

``vectors/<space>.json`` names the one valid ``vectors/<space>-<n>.faiss`` and says what is in it. A
snapshot is used only if its library, space, size and BLAKE3 are as the JSON says, before FAISS
reads a byte of it (a crafted index file can crash the process).
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import faiss
from blake3 import blake3

from store.faults import reach
from store.files import scratch_name, sync, write_atomically
from store.vectors import FaissIndex

FORMAT = 1
SCRATCH_AGE = 3600
"""Seconds after which a temporary file is taken for a dead process's."""


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """The JSON beside a snapshot. ``space`` is an encoder's fingerprint."""

    library: str
    space: str
    dimension: int
    file: str
    count: int
    change: int
    blake3: str
    format: int = FORMAT


class SnapshotRejected(Exception):
    """Why a snapshot is not used; the cache is rebuilt instead. Never leaves the store."""


class Snapshots:
    """The ``vectors/`` folder of one library."""

    def __init__(self, folder: Path, library_id: str) -> None:
        self._folder = folder
        self._library = library_id

    def describe(self, space: str) -> SnapshotInfo | None:
        """What the description of a space's snapshot says, unchecked; None if there is none."""
        path = self._folder / f"{space}.json"
        return _read_info(path) if path.exists() else None

    def load(self, space: str, dimension: int, *, newest: Callable[[], int]) -> FaissIndex | None:
        """Open the snapshot of a space; None if there is none.

        ``newest`` gives the catalog's last change number; it is asked after the description was
        read, so that a writer in between does not look like a time traveller. Raises
        SnapshotRejected, with the reason, for one that is damaged, foreign, or from the catalog's
        future.
        """
        info = self.describe(space)
        if info is None:
            return None
        expected = (self._library, space, dimension, FORMAT)
        if (info.library, info.space, info.dimension, info.format) != expected:
            raise SnapshotRejected("belongs to another library or model")
        if info.change > newest():
            raise SnapshotRejected("is newer than the catalog")
        try:
            return FaissIndex(dimension, self._read_index(info), info.change)
        except SnapshotRejected:
            if self.describe(space) == info:
                raise
        return self.load(space, dimension, newest=newest)  # a writer replaced it meanwhile

    def drop_newer_than(self, change: int) -> None:
        """Delete the descriptions of snapshots that are ahead of the catalog."""
        for path in self._folder.glob("*.json"):
            with suppress(SnapshotRejected):
                if _read_info(path).change > change:
                    path.unlink(missing_ok=True)

    def save(self, space: str, index: FaissIndex) -> None:
        """Write the index's base under a new name, then point the JSON to it."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{space}-{index.change}.faiss"
        scratch = scratch_name(path)
        try:
            faiss.write_index(index.base, str(scratch))
            sync(scratch)
            info = SnapshotInfo(
                library=self._library,
                space=space,
                dimension=index.dimension,
                file=path.name,
                count=index.base_count,
                change=index.change,
                blake3=digest(scratch),
            )
            reach("snapshot.written")
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
        reach("snapshot.renamed")
        document = json.dumps(asdict(info), indent=2) + "\n"
        write_atomically(self._folder / f"{space}.json", document.encode())
        reach("snapshot.described")
        self._sweep(space, keep=path)

    def remove(self, space: str) -> None:
        """Delete what there is of a space."""
        (self._folder / f"{space}.json").unlink(missing_ok=True)
        self._sweep(space)

    def _sweep(self, space: str, keep: Path | None = None) -> None:
        for pattern in (f"{space}-*.faiss", f".{space}*"):
            for stale in self._folder.glob(pattern):
                with suppress(OSError):  # in use by another process on Windows; next time
                    if stale != keep and not _in_the_making(stale):
                        stale.unlink()

    def _read_index(self, info: SnapshotInfo) -> Any:
        path = self._folder / Path(info.file).name
        try:
            if digest(path) != info.blake3:
                raise SnapshotRejected("is damaged")
            index = _open_mapped(path)
        except (OSError, RuntimeError) as error:
            raise SnapshotRejected(f"cannot be read ({error})") from error
        if (index.d, index.ntotal) != (info.dimension, info.count):
            raise SnapshotRejected("does not hold what its description says")
        return index


def _read_info(path: Path) -> SnapshotInfo:
    try:
        info = SnapshotInfo(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise SnapshotRejected(f"has no readable description ({error})") from error
    for field in fields(SnapshotInfo):
        if type(getattr(info, field.name)) is not field.type:
            raise SnapshotRejected(f"has no readable description ({field.name})")
    return info


def _in_the_making(path: Path) -> bool:
    return path.name.startswith(".") and time.time() - path.stat().st_mtime < SCRATCH_AGE


def _open_mapped(path: Path) -> Any:
    """Map the file where FAISS can: the pages are shared between processes and read on demand."""
    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError:
        return faiss.read_index(str(path))


def digest(path: Path) -> str:
    """BLAKE3 of a whole file, by all cores, mapped rather than read."""
    hasher = blake3(max_threads=blake3.AUTO)
    hasher.update_mmap(path)
    return hasher.hexdigest()
