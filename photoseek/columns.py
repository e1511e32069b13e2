"""Embeddings as files that other programs read: Parquet, NumPy, CSV, and clip-retrieval's folder.

clip-retrieval (https://github.com/rom1504/clip-retrieval) keeps ``img_emb/img_emb_0.npy`` with a
row a picture, and ``metadata/metadata_0.parquet`` with ``image_path`` and ``caption`` in the same
order; large sets have several such pairs, numbered.
"""

import csv
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from encoder import Vectors
from errors import PathError, StorageError, UsageError
from photoseek.placing import new_file
from store import Photo
from store.files import scratch_name

Format = Literal["parquet", "npy", "csv", "clip-retrieval"]
FORMATS: tuple[Format, ...] = get_args(Format)

SIDECAR = "photoseek.json"
_NUMBERED = re.compile(r"img_emb_(\d+)\.npy$")
_FACTS = ("path", "taken_at", "camera", "latitude", "longitude", "width", "height", "tags")


@dataclass(frozen=True, slots=True)
class Embeddings:
    """``vectors`` float16 (n, d) of ``photos``, by a model; ``tags`` of each."""

    model: str
    fingerprint: str
    photos: Sequence[Photo]
    tags: Sequence[Sequence[str]]
    vectors: npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a folder of clip-retrieval holds: float32 (n, d) rows of unit length, and their paths.

    ``model`` and ``fingerprint`` are known only if Photoseek wrote it.
    """

    paths: tuple[str, ...]
    vectors: Vectors
    model: str | None = None
    fingerprint: str | None = None


def write_embeddings(embeddings: Embeddings, out: Path, form: Format) -> None:
    """Write a file or, for ``npy`` and ``clip-retrieval``, a folder: whole or not at all.

    Raises PathError if ``out`` exists, UsageError if an extra is missing, StorageError if the disk
    refuses.
    """
    new_file(out)
    if form in ("parquet", "clip-retrieval"):
        _pyarrow()
    writers = {"parquet": _parquet, "npy": _npy, "csv": _csv, "clip-retrieval": _clip_retrieval}
    scratch = scratch_name(out)
    try:
        writers[form](embeddings, scratch)
        scratch.rename(out)
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.unlink(missing_ok=True)


def read_clip_retrieval(folder: Path) -> Foreign:
    """Read a folder in the format of clip-retrieval.

    Raises PathError if there is none, UsageError for one that is damaged or does not add up.
    """
    parts = _parts(folder)
    if not parts:
        raise PathError(f"{folder}: no img_emb/img_emb_0.npy in it; give a clip-retrieval folder")
    paths: list[str] = []
    rows: list[Vectors] = []
    for array, table in parts:
        vectors = _load(array)
        names = _image_paths(table)
        if len(names) != len(vectors):
            raise UsageError(f"{table}: {len(names)} rows, but {array.name} has {len(vectors)}")
        if rows and rows[0].shape[1] != vectors.shape[1]:
            raise UsageError(f"{array}: {vectors.shape[1]} dimensions, others {rows[0].shape[1]}")
        paths += names
        rows.append(vectors)
    sidecar = _sidecar(folder)
    vectors = np.concatenate(rows)
    usable = np.flatnonzero(np.linalg.norm(vectors, axis=1) > 1e-6)
    kept = vectors[usable] / np.linalg.norm(vectors[usable], axis=1, keepdims=True)
    named = tuple(paths[row] for row in usable.tolist())
    return Foreign(named, kept, sidecar.get("model"), sidecar.get("fingerprint"))


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError("Parquet needs an extra: pip install 'photoseek[columns]'") from error
    return pyarrow


def _text(path: Path) -> str:
    """As UTF-8; bytes that are none are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _facts(embeddings: Embeddings) -> dict[str, list[Any]]:
    photos = embeddings.photos
    return {
        "id": [photo.id for photo in photos],
        "path": [_text(photo.paths[0]) for photo in photos],
        "hash": [photo.hash.hex() for photo in photos],
        "width": [photo.width for photo in photos],
        "height": [photo.height for photo in photos],
        "taken_at": [photo.taken_at.isoformat() if photo.taken_at else None for photo in photos],
        "camera": [photo.camera for photo in photos],
        "latitude": [photo.latitude for photo in photos],
        "longitude": [photo.longitude for photo in photos],
        "tags": [", ".join(tags) for tags in embeddings.tags],
    }


def _parquet(embeddings: Embeddings, out: Path) -> None:
    arrow = _pyarrow()
    flat = arrow.array(embeddings.vectors.astype(np.float32).ravel())
    width = embeddings.vectors.shape[1]
    table = arrow.table(
        {**_facts(embeddings), "vector": arrow.FixedSizeListArray.from_arrays(flat, width)}
    )
    about = {"model": embeddings.model, "fingerprint": embeddings.fingerprint}
    table = table.replace_schema_metadata({"photoseek": json.dumps(about)})
    arrow.parquet.write_table(table, out)


def _csv(embeddings: Embeddings, out: Path) -> None:
    columns = [f"v{number}" for number in range(embeddings.vectors.shape[1])]
    with out.open("x", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        facts = _facts(embeddings)
        writer.writerow([*facts, *columns])
        for row, vector in zip(zip(*facts.values(), strict=True), embeddings.vectors, strict=True):
            writer.writerow([*row, *(f"{value:.5g}" for value in vector.tolist())])


def _npy(embeddings: Embeddings, out: Path) -> None:
    out.mkdir()
    np.save(out / "vectors.npy", embeddings.vectors)
    with (out / "photos.csv").open("x", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        facts = _facts(embeddings)
        writer.writerow(facts)
        writer.writerows(zip(*facts.values(), strict=True))
    _write_sidecar(embeddings, out)


def _clip_retrieval(embeddings: Embeddings, out: Path) -> None:
    arrow = _pyarrow()
    for name in ("img_emb", "metadata"):
        (out / name).mkdir(parents=True)
    np.save(out / "img_emb" / "img_emb_0.npy", embeddings.vectors)
    facts = _facts(embeddings)
    table = arrow.table(
        {
            "image_path": facts["path"],
            "caption": facts["tags"],
            **{name: facts[name] for name in _FACTS if name not in ("path", "tags")},
        }
    )
    arrow.parquet.write_table(table, out / "metadata" / "metadata_0.parquet")
    _write_sidecar(embeddings, out)


def _write_sidecar(embeddings: Embeddings, out: Path) -> None:
    about = {
        "model": embeddings.model,
        "fingerprint": embeddings.fingerprint,
        "dimension": int(embeddings.vectors.shape[1]),
        "photos": len(embeddings.photos),
    }
    (out / SIDECAR).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _sidecar(folder: Path) -> dict[str, str]:
    try:
        read = json.loads((folder / SIDECAR).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {k: v for k, v in read.items() if isinstance(v, str)} if isinstance(read, dict) else {}


def _parts(folder: Path) -> list[tuple[Path, Path]]:
    """Arrays with their tables, in the order of their numbers."""
    try:
        names = sorted((folder / "img_emb").iterdir())
    except OSError:
        return []
    found = [(match[1], path) for path in names if (match := _NUMBERED.match(path.name))]
    found.sort(key=lambda part: int(part[0]))
    return [(path, folder / "metadata" / f"metadata_{number}.parquet") for number, path in found]


def _load(path: Path) -> Vectors:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UsageError(f"{path}: not a NumPy array ({error})") from error
    if array.ndim != 2 or not array.shape[1] or array.dtype.kind != "f":
        raise UsageError(f"{path}: {array.dtype} {array.shape}; wanted a row of floats a picture")
    vectors = np.asarray(array, dtype=np.float32)
    if not np.isfinite(vectors).all():
        raise UsageError(f"{path}: holds numbers that are not finite")
    return vectors


def _image_paths(path: Path) -> list[str]:
    arrow = _pyarrow()
    try:
        column = arrow.parquet.read_table(path, columns=["image_path"]).column("image_path")
    except (OSError, KeyError, arrow.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"{path}: no table with image_path ({reason})") from error
    return [str(value) for value in _values(column)]


def _values(column: Any) -> Iterator[Any]:
    yield from column.to_pylist()
