"""The one object behind every door: a library of photographs that can be indexed and searched."""

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from platformdirs import user_data_path

from encoder import Encoder, load_encoder
from errors import NoLibrary, PathError
from photoseek.models import (
    Comparison,
    Encoders,
    LoadEncoder,
    ModelStatus,
    forget_model,
    list_models,
    space_of,
    use_model,
)
from search import DEFAULT_LIMIT, Answer, Example, OpenExample, Query, Searcher
from search.evaluation import Evaluation, Labels, evaluate
from store import Counts, FailedFile, RootRecord, SpaceRecord, Store, holds_library

if TYPE_CHECKING:  # the indexer brings every picture decoder; a search by words needs none
    from indexer import IndexOptions, IndexReport, OnProgress

PathLike: TypeAlias = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Status:
    """What a library holds. ``model`` is None before the first index run."""

    library: Path
    counts: Counts
    roots: tuple[RootRecord, ...]
    model: str | None
    dimension: int | None
    bytes: int  # of the catalog and the vectors; thumbnails come on top


class Library:
    """A library folder. Safe to search from several threads; close it, or use it in a ``with``.

    Open one with ``Library.open``; nothing is created before the first ``index``.
    """

    def __init__(self, path: Path, load: LoadEncoder = load_encoder) -> None:
        self.path = path
        self._encoders = Encoders(load)
        self._opened: Store | None = None
        self._opening = threading.Lock()

    @classmethod
    def open(cls, path: PathLike | None = None, *, encoder: Encoder | None = None) -> "Library":
        """Open the library at ``path``, or the default one (``$PHOTOSEEK_LIBRARY``, or the
        platform's user-data folder). ``encoder`` takes the place of every installed model."""
        load = load_encoder if encoder is None else lambda _: encoder
        return cls(default_path() if path is None else _absolute(path), load)

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the catalog. The library opens again by itself if it is used."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def index(
        self,
        *folders: PathLike,
        exclude: str | Sequence[str] | None = None,
        hidden: bool | None = None,
        model: str | None = None,
        options: "IndexOptions | None" = None,
        on_progress: "OnProgress | None" = None,
    ) -> "IndexReport":
        """Bring ``folders``, or without any all folders known, up to date.

        ``exclude`` (patterns as in ``.gitignore``) and ``hidden`` (look at dot files too) are
        remembered for each folder; None leaves them as they were. ``model`` is embedded with beside
        those in use; searches go on with the old one until ``use_model``. Raises PathError for what
        is no folder, UnknownModel, LibraryLocked while another process writes, StorageError if the
        disk is full.
        """
        from indexer import Indexer, IndexOptions, choose_roots

        known = self._known_roots()
        paths = [_folder(folder, known) for folder in folders]
        exclude = [exclude] if isinstance(exclude, str) else exclude
        if paths and self._opened is None:
            self._opened = Store.create(self.path)
        store = self._store
        with store.writer() as writer:
            roots = choose_roots(store.catalog, writer, paths, exclude=exclude, hidden=hidden)
            encoders = self._encoders.to_index(store.catalog.spaces(), model)
            indexer = Indexer(store, encoders, options or IndexOptions())
            return indexer.run(roots, writer, on_progress)

    def forget(self, *folders: PathLike) -> int:
        """Forget folders that were given to ``index``, and say how many files they held.

        No file is touched. Raises PathError for a folder that was not given to ``index``.
        """
        store = self._store
        roots = {root.path: root for root in store.catalog.roots()}
        paths = [_absolute(folder).resolve() for folder in folders]
        for path in paths:
            if path not in roots:
                known = ", ".join(map(str, roots)) or "none"
                raise PathError(f"{path}: not a folder that was indexed; those are: {known}")
        with store.writer() as writer:
            return sum(writer.remove_root(roots[path].id) for path in paths)

    def search(
        self,
        texts: str | Iterable[str] = (),
        *,
        images: PathLike | Iterable[PathLike] = (),
        limit: int = DEFAULT_LIMIT,
        model: str | None = None,
    ) -> Answer:
        """Photographs nearest to words, to example pictures, or to several of either, best first.

        ``model`` asks another model than the one in use, if it was indexed with. Raises
        QueryError, PathError or PictureError for what cannot be asked, NoLibrary before the first
        index run.
        """
        words = (texts,) if isinstance(texts, str) else tuple(texts)
        examples = (images,) if isinstance(images, str | os.PathLike) else tuple(images)
        return self.ask(Query(words, tuple(_absolute(path) for path in examples), limit), model)

    def similar(
        self, *images: PathLike, limit: int = DEFAULT_LIMIT, model: str | None = None
    ) -> Answer:
        """Photographs that look like the given ones, which need not be in the library."""
        return self.search(images=images, limit=limit, model=model)

    def ask(self, query: Query, model: str | None = None) -> Answer:
        """Answer a query object."""
        space = self._space(model)
        encoder = self._encoders.get(space.model)
        return Searcher(self._store, encoder, _opener(encoder)).search(query, space)

    def models(self) -> list[ModelStatus]:
        """Every model installed or used here, the one in use first."""
        try:
            store = self._store
        except NoLibrary:
            return list_models(None)
        return list_models(store)

    def use_model(self, model: str, *, anyway: bool = False) -> None:
        """Let searches use ``model``, in one transaction.

        Raises UsageError if nothing was indexed with it, ModelError if photographs lack its
        vectors, unless ``anyway``.
        """
        use_model(self._store, self._encoders.get(model), anyway=anyway)

    def forget_model(self, model: str) -> None:
        """Drop a model's vectors from this library. Raises UsageError for the one in use."""
        forget_model(self._store, model)

    def compare(
        self, first: str, second: str, queries: Iterable[str], limit: int = 10
    ) -> list[Comparison]:
        """The answers of two models to the same queries."""
        return [
            Comparison(
                query,
                (
                    self.search(query, limit=limit, model=first),
                    self.search(query, limit=limit, model=second),
                ),
            )
            for query in queries
        ]

    def evaluate(
        self, captions: PathLike, *, photos: PathLike | None = None, model: str | None = None
    ) -> Evaluation:
        """Recall on a table of one's own captions: ``path<TAB>caption`` lines.

        Paths count from ``photos``, or from the table's folder.

        Raises PathError or UsageError for a table that cannot be used.
        """
        space = self._space(model)
        base = None if photos is None else _absolute(photos)
        labels = Labels.read(_absolute(captions), base)
        return evaluate(self._store, self._encoders.get(space.model), space, labels)

    def status(self) -> Status:
        """What the library holds. Raises NoLibrary if there is none."""
        store = self._store
        catalog = store.catalog
        space = catalog.active_space()
        return Status(
            library=self.path,
            counts=catalog.counts(space.id if space else None),
            roots=tuple(catalog.roots()),
            model=space.model if space else None,
            dimension=space.dimension if space else None,
            bytes=store.bytes(),
        )

    def failed(self) -> list[FailedFile]:
        """Every file and folder that cannot be searched, with the reason."""
        return self._store.catalog.failed_files()

    def thumbnail(self, content_hash: bytes) -> Path:
        """Where the thumbnail of a content is, if it was made."""
        return self._store.thumbnails.path(content_hash)

    def __repr__(self) -> str:
        return f"Library({str(self.path)!r})"

    def _known_roots(self) -> list[Path]:
        try:
            return [root.path for root in self._store.catalog.roots()]
        except NoLibrary:
            return []

    @property
    def _store(self) -> Store:
        with self._opening:
            if self._opened is None:
                self._opened = Store.open(self.path)
            return self._opened

    def _space(self, model: str | None) -> SpaceRecord:
        """The space in use, or that of a model."""
        if model is not None:
            return space_of(self._store, model)
        space = self._store.catalog.active_space()
        if space is None:
            raise NoLibrary(f"{self.path}: nothing indexed yet; run: photoseek index FOLDER")
        return space


def _opener(encoder: Encoder) -> OpenExample:
    def open_it(path: Path) -> Example:
        from photoseek.examples import open_example  # brings every picture decoder

        return open_example(path, encoder.info)

    return open_it


def default_path() -> Path:
    """``$PHOTOSEEK_LIBRARY`` if it is set, else the platform's user-data folder."""
    chosen = os.environ.get("PHOTOSEEK_LIBRARY")
    return _absolute(chosen) if chosen else user_data_path("photoseek", appauthor=False) / "library"


def _absolute(path: PathLike) -> Path:
    """An absolute path; ``~`` is a home in a string, and nothing special in a Path."""
    if not os.fspath(path):
        raise PathError("an empty path was given; is a variable unset?")
    expanded = os.path.expanduser(path) if isinstance(path, str) else path  # noqa: PTH111
    return Path(expanded).absolute()


def _folder(path: PathLike, known: Sequence[Path]) -> Path:
    """A folder that is there, or that the library knows: its drive may be away."""
    folder = _absolute(path)
    try:
        resolved = folder.resolve()
        if resolved in known or folder.is_dir():
            return _outside_libraries(resolved)
        exists = folder.exists()
    except OSError as error:
        raise PathError(f"{folder}: cannot be looked at ({error.strerror})") from error
    if exists:
        raise PathError(f"{folder}: not a folder; to index the one it is in: {folder.parent}")
    raise PathError(f"{folder}: no such folder")


def _outside_libraries(folder: Path) -> Path:
    for above in (folder, *folder.parents):
        if (above / "catalog.db").exists() and holds_library(os.listdir(above)):  # noqa: PTH208
            raise PathError(f"{folder}: is a library's own; index a folder of photographs")
    return folder
