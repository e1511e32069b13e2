"""The one object behind every door: a library of photographs that can be indexed and searched.

Its methods are grouped by noun, a module each; ``Library`` puts them together.
"""

import os
from types import TracebackType

from encoder import Encoder, load_encoder
from photoseek.library.comparing import Comparing
from photoseek.library.duplicates import Duplicating
from photoseek.library.keeping import Keeping, Status
from photoseek.library.organising import Organising
from photoseek.library.paths import PathLike, default_place, place_at
from photoseek.library.reconciling import Pruned, RootStatus
from photoseek.library.safekeeping import Repair, Safekeeping, Soundness
from photoseek.library.sharing import Sharing
from photoseek.library.watching import Watching
from store import Address

__all__ = [
    "Library",
    "PathLike",
    "Pruned",
    "Repair",
    "RootStatus",
    "Soundness",
    "Status",
    "default_place",
]


class Library(Safekeeping, Watching, Comparing, Duplicating, Organising, Sharing, Keeping):
    """A library folder. Safe to search from several threads; close it, or use it in a ``with``.

    Open one with ``Library.open``; nothing is created before the first ``index``.
    """

    @classmethod
    def open(
        cls,
        path: PathLike | Address | None = None,
        *,
        encoder: Encoder | None = None,
        shared: bool = False,
        vectors: str | None = None,
    ) -> "Library":
        """Open the library at ``path``, or the default one (``$PHOTOSEEK_LIBRARY``, or the
        platform's user-data folder). A text like ``postgresql+psycopg://user@host/database`` is
        the address of one on a server, see docs/engines.md. ``encoder`` takes the place of every
        installed model. Of one that is ``shared`` by many threads, questions that come together are
        embedded together. ``vectors`` (or ``$PHOTOSEEK_VECTORS``) are kept on a Milvus instead of
        in the folder, see docs/engines.md."""
        load = load_encoder if encoder is None else lambda _: encoder
        where = default_place() if path is None else place_at(path)
        vectors = vectors or os.environ.get("PHOTOSEEK_VECTORS") or None
        return cls(where, load, shared=shared, vectors=vectors)

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Library({str(self.place)!r})"
