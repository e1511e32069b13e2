"""What all methods of a library share: its folder, its store once it is opened, its encoders."""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from encoder import Encoder, load_encoder
from encoder.imported import ImportedVectors, is_imported
from errors import NoLibrary, NotALibrary
from photoseek.library.paths import PathLike, default_place, place_at
from photoseek.models import Encoders, LoadEncoder, space_of
from store import Address, Place, SpaceRecord, Store
from store.folder import caches_home


class OpenedLibrary:
    """The base of the classes that ``Library`` is put together from."""

    def __init__(
        self,
        place: Place,
        load: LoadEncoder = load_encoder,
        *,
        shared: bool = False,
        vectors: str | None = None,
    ) -> None:
        self.place = place
        self.path = place if isinstance(place, Path) else caches_home()
        """The folder that is the library's own: of one on a server, that of all such caches."""
        self._vectors = vectors
        self._load = load
        self._encoders = Encoders(lambda name: self._imported(name) or load(name), shared=shared)
        self._opened: Store | None = None
        self._opening = threading.Lock()

    @classmethod
    def open(
        cls,
        path: PathLike | Address | None = None,
        *,
        encoder: Encoder | None = None,
        load: LoadEncoder | None = None,
        shared: bool = False,
        vectors: str | None = None,
    ) -> Self:
        """Open the library at ``path``, or the default one (``$PHOTOSEEK_LIBRARY``, or the
        platform's user-data folder). A text like ``postgresql+psycopg://user@host/database`` is
        the address of one on a server, see docs/engines.md. ``encoder`` takes the place of every
        installed model, ``load`` that of finding one by its name. Of one that is ``shared`` by many
        threads, questions that come together are embedded together. ``vectors`` (or
        ``$PHOTOSEEK_VECTORS``) are kept on a Milvus instead of in the folder, see
        docs/engines.md."""
        find = (load or load_encoder) if encoder is None else lambda _: encoder
        where = default_place() if path is None else place_at(path)
        vectors = vectors or os.environ.get("PHOTOSEEK_VECTORS") or None
        return cls(where, find, shared=shared, vectors=vectors)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.place)!r})"

    def close(self) -> None:
        """Let go of the catalog. The library opens again by itself if it is used."""
        self._encoders.close()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def waiting(self) -> int:
        """Questions that wait for an encoder, of a library that was opened to be shared."""
        return self._encoders.waiting

    def _created(self) -> Store:
        """The store of a library that is made if there is none."""
        with self._opening:
            if self._opened is None or not self._opened.is_at_home():
                self._opened = Store.create(self.place, self._vectors)
            return self._opened

    @property
    def _store(self) -> Store:
        with self._opening:
            if self._opened is not None and not self._opened.is_at_home():
                self._opened.close()  # deleted, or restored by another process
                self._opened = None
            if self._opened is None:
                self._opened = Store.open(self.place, self._vectors)
            return self._opened

    def _imported(self, model: str) -> Encoder | None:
        """The stand-in for a model whose vectors were imported here while it was not installed."""
        try:
            spaces = self._store.catalog.spaces()
        except (NoLibrary, NotALibrary):
            return None
        for space in spaces:
            if space.model == model and is_imported(space.fingerprint):
                return ImportedVectors(model, space.fingerprint, space.dimension)
        return None

    def _space(self, model: str | None) -> SpaceRecord:
        """The space in use, or that of a model."""
        if model is not None:
            return space_of(self._store, model)
        space = self._store.catalog.active_space()
        if space is None:
            raise NoLibrary(f"{self.place}: nothing indexed yet; run: photoseek index FOLDER")
        return space
