"""Bringing a library up to date with its folders."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from encoder import Device, Encoder, load_encoder
from errors import EngineError, NoLibrary, PathError
from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, located, photo_folder
from search.calibration import calibrate_space
from store import CatalogWriter, RunRecord

if TYPE_CHECKING:  # the indexer brings every picture decoder; a search by words needs none
    from indexer import IndexOptions, IndexReport, OnProgress
    from indexer.cluster import Cluster


class Indexing(OpenedLibrary):
    """Folders of photographs, and the runs that index them."""

    def index(
        self,
        *folders: PathLike,
        exclude: str | Sequence[str] | None = None,
        hidden: bool | None = None,
        follow_symlinks: bool | None = None,
        model: str | None = None,
        device: Device = "auto",
        ray: str | None = None,
        options: "IndexOptions | None" = None,
        on_progress: "OnProgress | None" = None,
    ) -> "IndexReport":
        """Bring ``folders``, or without any all folders known, up to date.

        ``exclude`` (patterns as in ``.gitignore``), ``hidden`` (look at dot files too) and
        ``follow_symlinks`` are remembered for each folder; None leaves them as they were. ``model``
        is embedded with beside those in use; searches go on with the old one until ``use_model``.
        The path of Ultralytics weights (.pt) adds them first. ``device`` is where models run that
        can run there. ``ray``, the ``HOST:PORT`` of a Ray cluster or ``local``, has its nodes read
        and embed. Raises PathError for what is no folder, UnknownModel, LibraryLocked while
        another process writes, StorageError if the disk is full, DecoderError if no process can be
        started, ClusterError if no cluster is there or none of its nodes can work.
        """
        from indexer import Indexer, IndexOptions, choose_roots

        model = _brought(model)
        known = self._known_roots()
        paths = [photo_folder(folder, known) for folder in folders]
        exclude = [exclude] if isinstance(exclude, str) else exclude
        with self._cluster(ray, device) as cluster, self._writer(create=bool(paths)) as writer:
            store = self._store
            roots = writer.claim(
                lambda: choose_roots(
                    store.catalog,
                    writer,
                    paths,
                    exclude=exclude,
                    hidden=hidden,
                    follow_symlinks=follow_symlinks,
                )
            )
            here = "cpu" if cluster else device
            encoders = self._encoders.to_index(store.catalog.spaces(), model, here)
            indexer = Indexer(store, encoders, options or IndexOptions(), cluster)
            began = datetime.now(UTC).replace(tzinfo=None)
            report = indexer.run(roots, writer, on_progress)
            writer.note_run(
                RunRecord("index", began, report.seconds, report.interrupted, report.counts())
            )
            if not report.interrupted:
                self._calibrate(encoders, on_progress, changed=report.changed)
            return report

    def forget(self, *folders: PathLike) -> int:
        """Forget folders that were given to ``index``, and say how many files they held.

        No file is touched. Raises PathError for a folder that was not given to ``index``.
        """
        store = self._store
        roots = {root.path: root for root in store.catalog.roots()}
        paths = [located(folder).resolve() for folder in folders]
        for path in paths:
            if path not in roots:
                known = ", ".join(map(str, roots)) or "none"
                raise PathError(f"{path}: not a folder that was indexed; those are: {known}")
        with store.writer() as writer:
            return sum(writer.remove_root(roots[path].id) for path in paths)

    @contextmanager
    def _writer(self, *, create: bool) -> Iterator[CatalogWriter]:
        with (self._created() if create else self._store).writer(sharing=True) as writer:
            yield writer

    @contextmanager
    def _cluster(self, address: str | None, device: Device) -> "Iterator[Cluster | None]":
        if address is None:
            yield None
            return
        from indexer.cluster import connected

        load = None if self._load is load_encoder else self._load
        with connected(address, self.place, device, load) as cluster:
            yield cluster

    def _calibrate(
        self, encoders: Sequence[Encoder], on_progress: "OnProgress | None", *, changed: bool
    ) -> None:
        """Measure anew what unrelated questions score, where the library has changed much."""
        from indexer import Progress

        for done, encoder in enumerate(encoders):
            if on_progress is not None:  # a large text tower is at it for a minute
                on_progress(Progress("calibrate", done, len(encoders)))
            space = self._store.catalog.space(encoder.info.fingerprint)
            if space is not None:
                with suppress(EngineError):  # the run has said so; all of it is in the catalog
                    calibrate_space(self._store, encoder, space, changed=changed)

    def _known_roots(self) -> list[Path]:
        try:
            return [root.path for root in self._store.catalog.roots()]
        except NoLibrary:
            return []


def _brought(model: str | None) -> str | None:
    """A model's name; of the path of weights, that under which they are installed now."""
    if model is None or not model.endswith(".pt"):
        return model
    from encoder.install import bring_weights

    return bring_weights(model)
