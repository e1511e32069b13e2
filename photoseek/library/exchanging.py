"""Embeddings out of a library, and into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from encoder import Encoder, Vectors
from encoder.imported import imported_fingerprint, is_imported
from errors import ModelError, PictureError, UnknownModel, UsageError
from photoseek.library.opened import OpenedLibrary
from photoseek.library.paths import PathLike, absolute
from search.collection import collect
from store import Store

CHECKED = 8
"""Photographs embedded again to see whether imported vectors are a model's own."""
AGREES = 0.97
"""Cosine; int8 against float32 of one model gives 0.98 and more."""


@dataclass(frozen=True, slots=True)
class Imported:
    """``added`` vectors; ``known`` had one already; ``unknown`` paths are not in the library.

    ``words`` says whether their model is here, so that words can be searched for.
    """

    model: str
    added: int
    known: int
    unknown: int
    words: bool


class Exchanging(OpenedLibrary):
    """Export and import of embeddings."""

    def export(self, out: PathLike, form: str = "parquet", *, model: str | None = None) -> int:
        """Write every photograph's embedding and facts; how many those are.

        ``form`` is ``parquet``, ``npy``, ``csv`` or ``clip-retrieval``. Raises PathError if ``out``
        exists, UsageError for an empty library or an unknown form.
        """
        from photoseek.columns import FORMATS, Embeddings, write_embeddings

        if form not in FORMATS:
            raise UsageError(f"format {form!r}: one of {', '.join(FORMATS)}")
        space = self._space(model)
        everything = collect(self._store, space)
        photos = self._store.catalog.photos(everything.ids.tolist())
        tags = self._store.tags.of(everything.ids.tolist())
        rows = [row for row, key in enumerate(everything.ids.tolist()) if key in photos]
        ids = everything.ids[rows].tolist()
        embeddings = Embeddings(
            model=space.model,
            fingerprint=space.fingerprint,
            photos=[photos[key] for key in ids],
            tags=[list(dict.fromkeys(tag.label for tag in tags.get(key, ()))) for key in ids],
            vectors=everything.vectors[rows],
        )
        write_embeddings(embeddings, absolute(out), form)
        return len(ids)

    def import_embeddings(
        self, folder: PathLike, *, model: str | None = None, photos: PathLike | None = None
    ) -> Imported:
        """Take over embeddings in the folder format of clip-retrieval, for photographs known here.

        ``model`` names what made them, unless Photoseek wrote the folder. Relative paths count from
        ``photos``, or from the folder. If that model is installed, a few photographs are embedded
        again to see that it is the same; else the vectors are searched by photographs alone.

        Raises PathError or UsageError for a folder that cannot be used, ModelError for vectors
        that are not the installed model's.
        """
        from photoseek.columns import read_clip_retrieval

        store = self._store
        foreign = read_clip_retrieval(absolute(folder))
        name = model or foreign.model
        if not name:
            raise UsageError(f"{folder}: says not which model made it; give its name with --model")
        base = absolute(folder if photos is None else photos)
        ids, rows = _matched(store, [base / path for path in foreign.paths])
        if not ids:
            raise UsageError(
                f"{folder}: none of its {len(foreign.paths):,} pictures is in the library, such as "
                f"{base / foreign.paths[0]}; index their folder first, or give --photos"
                if foreign.paths
                else f"{folder}: holds no vectors"
            )
        vectors = foreign.vectors[rows]
        encoder = self._encoder_for(name, vectors, ids)
        dimension = vectors.shape[1]
        fingerprint = encoder.info.fingerprint if encoder else imported_fingerprint(name, dimension)
        with store.writer() as writer:
            space = writer.open_space(name, fingerprint, dimension)
            added = writer.add_vectors(space.id, ids, vectors)
            store.caches.save(space)
        words = encoder is not None and "text" in encoder.info.modalities
        unknown = len(foreign.paths) - len(rows)
        return Imported(name, added, len(ids) - added, unknown, words)

    def _encoder_for(self, name: str, vectors: Vectors, ids: Sequence[int]) -> Encoder | None:
        """The installed model of a name, if it made the vectors; None if there is none.

        Raises ModelError if it is another.
        """
        try:
            encoder = self._encoders.get(name)
        except UnknownModel:
            return None
        if is_imported(encoder.info.fingerprint):
            return None
        if encoder.info.dimension != vectors.shape[1]:
            raise ModelError(
                f"{name} here has {encoder.info.dimension} dimensions, these vectors "
                f"{vectors.shape[1]}; give their model's name with --model"
            )
        agreement = self._agreement(encoder, vectors, ids)
        if agreement is not None and agreement < AGREES:
            raise ModelError(
                f"these vectors are not of the {name} that is installed here (cosine "
                f"{agreement:.2f} on the same photographs); give another name with --model"
            )
        return encoder if agreement is not None else None

    def _agreement(self, encoder: Encoder, vectors: Vectors, ids: Sequence[int]) -> float | None:
        """Median cosine with what the encoder makes of some of the photographs; None if of none."""
        from indexer.read import short_side
        from pictures import decode_apart

        photos = self._store.catalog.photos(ids)
        chosen = np.unique(np.linspace(0, len(ids) - 1, CHECKED).astype(int)).tolist()
        cosines = []
        for row in chosen:
            try:
                path = photos[ids[row]].paths[0]
                image = decode_apart(path, short_side=short_side(encoder.info)).image
            except PictureError:
                continue
            cosines.append(float(encoder.embed_images([image])[0] @ vectors[row]))
        return float(np.median(cosines)) if cosines else None


def _matched(store: Store, paths: Sequence[Path]) -> tuple[list[int], list[int]]:
    """Content ids of paths that are known, each once, and the rows they stand in."""
    found = store.catalog.contents_at(dict.fromkeys(paths))
    rows: dict[int, int] = {}
    for row, path in enumerate(paths):
        if path in found:
            rows.setdefault(found[path], row)
    readable = store.catalog.photos(rows)
    return [key for key in rows if key in readable], [
        row for key, row in rows.items() if key in readable
    ]
