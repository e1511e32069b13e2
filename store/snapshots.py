"""Snapshots of a vector index on disk: written whole or not at all, never trusted unchecked.

``vectors/<space>.json`` names the one valid ``vectors/<space>-<n>.faiss`` and says what is in it;
beside it may be its codes, ``vectors/<space>-<n>.codes``, without which searches are slower. A
snapshot is used only if its library, space, size and BLAKE3 are as the JSON says, before FAISS
reads a byte of it (a damaged index file can crash the process). Who has checked every byte leaves
``<space>.seen`` with the file's inode, size and times; while they are the same, the next one need
not read a gigabyte for one answer. ``photoseek verify`` always does.
"""

import io
import json
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from blake3 import blake3

from store.codes import Codes, LazyCodes
from store.exact import ExactBase
from store.faults import reach
from store.files import scratch_name, sync, write_atomically
from store.inverted import InvertedBase
from store.snapshot_info import FORMAT, SnapshotInfo, SnapshotRejected, read_info, told_of
from store.vector_index import Vectors
from store.vectors import Base, FaissIndex

log = logging.getLogger(__name__)

_CODES = ".codes"
_TEXTS = ".texts.npy"
SCRATCH_AGE = 3600
"""Seconds after which a temporary file is taken for a dead process's."""


class Snapshots:
    """The ``vectors/`` folder of one library."""

    def __init__(self, folder: Path, library_id: str) -> None:
        self._folder = folder
        self._library = library_id

    def describe(self, space: str) -> SnapshotInfo | None:
        """What the description of a space's snapshot says, unchecked; None if there is none."""
        path = self._folder / f"{space}.json"
        return read_info(path) if path.exists() else None

    def load(
        self, space: str, dimension: int, *, newest: Callable[[], int], every_byte: bool = False
    ) -> FaissIndex | None:
        """Open the snapshot of a space; None if there is none. ``every_byte`` of it is checked
        even if it has been before.

        ``newest`` gives the catalog's last change number; it is asked after the description was
        read, so that a writer in between does not look like a time traveller. Raises
        SnapshotRejected, with the reason, for one that is damaged, foreign, or from the catalog's
        future.
        """
        info = self.describe(space)
        if info is None:
            return None
        expected = (self._library, space, dimension)
        if (info.library, info.space, info.dimension) != expected or info.format > FORMAT:
            raise SnapshotRejected("belongs to another library or model")
        if info.change > newest():
            raise SnapshotRejected("is newer than the catalog")
        try:
            return FaissIndex(dimension, self._read_base(info, every_byte=every_byte), info.change)
        except SnapshotRejected:
            if self.describe(space) == info:
                raise
        # a writer replaced it meanwhile
        return self.load(space, dimension, newest=newest, every_byte=every_byte)

    def drop_newer_than(self, change: int) -> None:
        """Delete the descriptions of snapshots that are ahead of the catalog."""
        for path in self._folder.glob("*.json"):
            with suppress(SnapshotRejected):
                if read_info(path).change > change:
                    path.unlink(missing_ok=True)

    def save(self, space: str, index: FaissIndex) -> None:
        """Write the index's base under a new name, then point the JSON to it."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{space}-{index.change}.faiss"
        told = told_of(index.base) | self._saved_codes(path.with_suffix(_CODES), index.base)
        info = SnapshotInfo(
            library=self._library,
            space=space,
            dimension=index.dimension,
            file=path.name,
            count=index.base_count,
            change=index.change,
            blake3=_written(index.base.index, path),
            format=FORMAT,
            **told,
        )
        reach("snapshot.renamed")
        self._write_info(info)
        reach("snapshot.described")
        self._note_seen(info)
        self._sweep(space, keep={path, path.with_suffix(_CODES)} if info.codes else {path})

    def note_tuning(self, space: str, index: FaissIndex, texts: Vectors) -> None:
        """Remember the questions float32 (n, d) that an index was tuned with, and let the
        description of its snapshot say to what effort."""
        self._folder.mkdir(exist_ok=True)
        with io.BytesIO() as written:
            np.save(written, texts)
            write_atomically(self._folder / f"{space}{_TEXTS}", written.getvalue())
        info, told = self.describe(space), told_of(index.base)
        if (
            info is not None
            and told
            and (info.count, info.lists) == (index.base_count, told["lists"])
        ):
            self._write_info(replace(info, **told))

    def texts(self, space: str, dimension: int) -> Vectors | None:
        """What was remembered; None for nothing."""
        with suppress(OSError, ValueError, EOFError):
            rows: Vectors = np.load(self._folder / f"{space}{_TEXTS}", allow_pickle=False)
            if rows.dtype == np.float32 and rows.ndim == 2 and rows.shape[1] == dimension:
                return rows if len(rows) else None
        return None

    def remove(self, space: str) -> None:
        """Delete the snapshot of a space."""
        for suffix in ("json", "seen"):
            (self._folder / f"{space}.{suffix}").unlink(missing_ok=True)
        self._sweep(space)

    def forget(self, space: str) -> None:
        """Delete all that there is of a space."""
        self.remove(space)
        (self._folder / f"{space}{_TEXTS}").unlink(missing_ok=True)

    def _write_info(self, info: SnapshotInfo) -> None:
        document = json.dumps(asdict(info), indent=2) + "\n"
        write_atomically(self._folder / f"{info.space}.json", document.encode())

    def _sweep(self, space: str, keep: Collection[Path] = ()) -> None:
        for pattern in (f"{space}-*.faiss", f"{space}-*{_CODES}", f".{space}*"):
            for stale in self._folder.glob(pattern):
                with suppress(OSError):  # in use by another process on Windows; next time
                    if stale not in keep and not _in_the_making(stale):
                        stale.unlink()

    def _read_base(self, info: SnapshotInfo, *, every_byte: bool) -> Base:
        path = self._path_of(info)
        try:
            if every_byte or not self._was_seen(info):
                if digest(path) != info.blake3:
                    raise SnapshotRejected("is damaged")
                self._note_seen(info)
            index = _open_mapped(path)
        except (OSError, RuntimeError) as error:
            raise SnapshotRejected(f"cannot be read ({error})") from error
        if not _is_described(index, info):
            raise SnapshotRejected("does not hold what its description says")
        if not info.lists:
            return ExactBase(index)
        codes = LazyCodes(lambda: self._codes(info))
        if every_byte and info.codes and codes.now() is None:
            raise SnapshotRejected("has damaged codes")
        return InvertedBase(index, info.effort, codes)

    def _saved_codes(self, path: Path, base: Base) -> dict[str, str]:
        """Write the codes of a base beside it, if it has some; what a description says of them."""
        codes = base.codes.now() if isinstance(base, InvertedBase) else None
        return {"codes": _written(codes.index, path)} if codes else {}

    def _codes(self, info: SnapshotInfo) -> Codes | None:
        """Read the codes of a snapshot; None if it has none that can be used."""
        path = self._path_of(info).with_suffix(_CODES)
        if not info.codes:
            return None
        with suppress(OSError, RuntimeError):
            if digest(path) == info.codes:
                index = faiss.read_index(str(path))
                if _is_described(index, info):
                    return Codes(index)
        with suppress(SnapshotRejected):
            if not path.exists() or self.describe(info.space) != info:
                return None  # a writer has put a newer snapshot there
        log.warning("%s is damaged: searches are slower until photoseek repair", path)
        return None

    def _path_of(self, info: SnapshotInfo) -> Path:
        return self._folder / Path(info.file).name

    def _was_seen(self, info: SnapshotInfo) -> bool:
        with suppress(OSError):
            seen = (self._folder / f"{info.space}.seen").read_text(encoding="utf-8")
            return seen == self._look_of(info)
        return False

    def _note_seen(self, info: SnapshotInfo) -> None:
        with suppress(OSError):  # of a library that may not be written, every byte is read again
            write_atomically(self._folder / f"{info.space}.seen", self._look_of(info).encode())

    def _look_of(self, info: SnapshotInfo) -> str:
        """What is different once a file has been written to, replaced or copied."""
        status = self._path_of(info).stat()
        look = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return json.dumps([info.file, info.blake3, *look])


def _written(index: Any, path: Path) -> str:
    """Put an index in its place, whole or not at all; its digest."""
    scratch = scratch_name(path)
    try:
        faiss.write_index(index, str(scratch))
        sync(scratch)
        found = digest(scratch)
        reach("snapshot.written")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return found


def _is_described(index: Any, info: SnapshotInfo) -> bool:
    found = (index.d, index.ntotal, getattr(index, "nlist", 0))
    return found == (info.dimension, info.count, info.lists)


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
