"""Commits batches, each in one transaction; recognises moves and copies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from indexer.embed import EmbeddedBatch
from indexer.plan import is_as_known
from indexer.read import ReadFile
from indexer.report import IndexReport
from store import Batch, CatalogWriter, FailedFile, FileEntry, KnownFile, Store
from store.faults import reach
from store.files import storage_errors
from store.vector_index import Vector


class Committer:
    """Writes batches, whoever made them, and counts what became of each file."""

    def __init__(self, store: Store, writer: CatalogWriter, report: IndexReport) -> None:
        self._store = store
        self._writer = writer
        self._report = report
        self._gone: dict[int, list[KnownFile]] = defaultdict(list)
        self.unread: dict[int, dict[str, str]] = defaultdict(dict)
        """By root: known paths that could not be read this time, left as they were, and why."""
        self.kept: set[int] = set()
        """The contents of those paths."""
        self.beyond_reach: set[bytes] = set()
        """Contents known to be pictures that cannot be read now: without LibRaw, say."""

    def expect_moves(self, missing: Iterable[KnownFile]) -> None:
        """Take note of paths that are gone: a new path with the same content takes their place.

        Those told of last are taken first.
        """
        for row in missing:
            if row.content_id is not None:
                self._gone[row.content_id].append(row)

    def still_missing(self, missing: Iterable[KnownFile]) -> list[KnownFile]:
        """Those of ``missing`` that no new path turned out to be."""
        unclaimed = {row.id for rows in self._gone.values() for row in rows}
        return [row for row in missing if row.content_id is None or row.id in unclaimed]

    def commit(self, batch: EmbeddedBatch) -> None:
        """Write a batch of one root in one transaction.

        What another batch has brought since this one was begun is not written again. Raises
        StorageError if it cannot be written.
        """
        files = [file for file in batch.files if not self._keep_as_it_was(file)]
        if not files:
            return
        vectors = {space: self._lacking(space, found) for space, found in batch.vectors.items()}
        new = set().union(*vectors.values())
        decoded = {file.facts.hash: file for file in files if file.thumbnail and file.facts}
        fresh = {key: file for key, file in decoded.items() if key in new}
        self._put_thumbnails(fresh.values())
        reach("batch.thumbnails")
        self.beyond_reach -= fresh.keys()
        entries = [self._entry(_as_its_twin(file, fresh), fresh) for file in files]
        self._writer.write(Batch(files[0].root.id, entries, vectors))

    def _lacking(self, space_id: int, vectors: Mapping[bytes, Vector]) -> dict[bytes, Vector]:
        known = self._store.catalog.searchable_among(vectors, space_id) if vectors else set()
        return {key: vector for key, vector in vectors.items() if key not in known}

    def _keep_as_it_was(self, file: ReadFile) -> bool:
        """Whether an unchanged file could not be read: that is no reason to lose its content."""
        found, row = file.task.found, file.task.known
        if file.facts or not file.failure or row is None or row.content_id is None:
            return False
        if not is_as_known(row, found):
            return False
        path = found.path
        self.kept.add(row.content_id)
        self.unread[file.root.id][path] = file.failure
        self._report.failed.append(FailedFile(file.root.path / path, file.failure))
        return True

    def _put_thumbnails(self, files: Iterable[ReadFile]) -> None:
        with storage_errors(self._store.folder.thumbnails):
            for file in files:
                if file.facts and file.thumbnail:
                    self._store.thumbnails.put(file.facts.hash, file.thumbnail)

    def _entry(self, file: ReadFile, fresh: dict[bytes, ReadFile]) -> FileEntry:
        found, row = file.task.found, file.task.known
        moved = self._claim(file) if row is None else None
        self._count(file, is_new=file in fresh.values(), moved=moved)
        taken_over = row or moved
        failure = file.failure
        if file.facts and file.reason and file.known and not file.known.failure:
            self.beyond_reach.add(file.facts.hash)
            failure = file.reason  # the file's; the content may well be read elsewhere
        return FileEntry(
            path=found.path,
            bytes=found.bytes,
            mtime_ns=found.mtime_ns,
            content=file.facts,
            file_id=taken_over.id if taken_over else None,
            failure=failure,
        )

    def _claim(self, file: ReadFile) -> KnownFile | None:
        """The missing path that this new one was, if any."""
        rows = self._gone.get(file.known.id) if file.known else None
        return rows.pop() if rows else None

    def _count(self, file: ReadFile, *, is_new: bool, moved: KnownFile | None) -> None:
        report, row = self._report, file.task.known
        if file.reason:
            report.failed.append(FailedFile(file.root.path / file.task.found.path, file.reason))
        elif is_new:
            report.indexed += 1
        elif moved:
            report.moved += moved.present
            report.returned += not moved.present  # at another place than before it was missing
        elif row and file.known and row.content_id == file.known.id:
            # its time or place on the disk changed, its content did not
            report.unchanged += row.present
            report.returned += not row.present
        else:
            report.copied += 1


def _as_its_twin(file: ReadFile, fresh: Mapping[bytes, ReadFile]) -> ReadFile:
    """A file that its name keeps from being read, as one of the batch with the same bytes."""
    twin = fresh.get(file.facts.hash) if file.facts and file.facts.failure else None
    return replace(file, facts=twin.facts) if twin else file
