"""What can be counted and laid out of all photographs at once: the catalog in columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine, Row, func, select

from store.database import reading
from store.schema import Content, File, FileState, Place, PlaceCity, Root
from store.statements import last_change

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


NO_DAY = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1)
_PRESENT = File.state == FileState.PRESENT


@dataclass(frozen=True, slots=True)
class Named:
    """A column of names: ``names[codes[row]]``; -1 where there is none."""

    names: tuple[str, ...]
    codes: Ints

    def counts(self) -> dict[str, int]:
        """How often each name is there, the most frequent first."""
        found = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))
        order = np.argsort(-found, kind="stable")
        return {self.names[place]: int(found[place]) for place in order if found[place]}


@dataclass(frozen=True, slots=True)
class Columns:
    """Present, readable photographs, newest first; all columns are of one length.

    ``days`` since 1970, local, are of the camera or else of the file, ``NO_DAY`` where neither can
    be told; ``ratios`` are width to height; coordinates are NaN where there are none. ``folders``
    holds (row, place in ``folder_names``) pairs, for a photograph may be in several.
    """

    change: int
    ids: Ints
    days: Ints
    widths: Ints
    heights: Ints
    latitudes: Floats
    longitudes: Floats
    formats: Named
    cameras: Named
    lenses: Named
    cities: Named
    folder_names: tuple[tuple[str, ...], ...]
    folders: Ints

    def among(self, ids: Ints | None) -> "Columns":
        """The rows of some photographs; None for all."""
        if ids is None:
            return self
        kept = np.isin(self.ids, ids)
        place = np.cumsum(kept) - 1
        pairs = self.folders[kept[self.folders[:, 0]]]
        arrays = ("ids", "days", "widths", "heights", "latitudes", "longitudes")
        named = ("formats", "cameras", "lenses", "cities")
        columns: dict[str, Any] = {name: getattr(self, name)[kept] for name in arrays}
        columns |= {name: _rows(getattr(self, name), kept) for name in named}
        folders = np.column_stack([place[pairs[:, 0]], pairs[:, 1]])
        return replace(self, folders=folders, **columns)

    def folder_counts(self) -> dict[tuple[str, ...], int]:
        """Photographs below each folder, at any depth, by its names from its root on."""
        codes = {name: code for code, name in enumerate(self.folder_names)}
        around = np.array([codes.get(name[:-1], -1) for name in self.folder_names], dtype=np.int64)
        level, pairs = self.folders, [self.folders]
        while len(level):
            level = np.column_stack([level[:, 0], around[level[:, 1]]])
            level = level[level[:, 1] >= 0]
            pairs.append(level)
        once = np.unique(np.concatenate(pairs), axis=0)
        counts = np.bincount(once[:, 1], minlength=len(self.folder_names)).tolist()
        return dict(sorted(zip(self.folder_names, counts, strict=True)))


class Laying:
    """The part of ``Catalog`` that reads everything at once."""

    _engine: Engine

    def columns(self) -> Columns:
        """Every photograph that is present and readable, in columns."""
        with reading(self._engine) as connection:
            change = last_change(connection)
            rows = _photographs(connection)
            cities = _cities(connection)
            files = _files(connection)
        seconds = np.array([_seconds(row) for row in rows], dtype=np.float64)
        order = np.argsort(-seconds, kind="stable")
        rows = [rows[place] for place in order]
        ids = np.array([row.id for row in rows], dtype=np.int64)
        names, folders = _folders(ids, files)
        known = np.isfinite(seconds[order])
        days = np.full(len(ids), NO_DAY, dtype=np.int64)
        days[known] = np.floor_divide(seconds[order][known], 86400)
        return Columns(
            change=change,
            ids=ids,
            days=days,
            widths=np.array([row.width for row in rows], dtype=np.int64),
            heights=np.array([row.height for row in rows], dtype=np.int64),
            latitudes=np.array([row.latitude for row in rows], dtype=np.float64),
            longitudes=np.array([row.longitude for row in rows], dtype=np.float64),
            formats=_named([row.format for row in rows]),
            cameras=_named([row.camera for row in rows]),
            lenses=_named([row.lens for row in rows]),
            cities=_named([cities.get(row.id) for row in rows]),
            folder_names=names,
            folders=folders,
        )


_Rows = Sequence[Row[*tuple[object, ...]]]


def _photographs(connection: Connection) -> list[Row[*tuple[object, ...]]]:
    mtime_ns = func.min(File.mtime_ns).label("mtime_ns")
    facts = (Content.width, Content.height, Content.format, Content.camera, Content.lens)
    places = (Content.taken_at, Content.latitude, Content.longitude)
    statement = (
        select(Content.id, *facts, *places, mtime_ns)
        .join(File, File.content_id == Content.id)
        .where(_PRESENT, Content.failure.is_(None))
        .group_by(Content.id)
        .order_by(Content.id)
    )
    return list(connection.execute(statement))


def _cities(connection: Connection) -> dict[int, str]:
    statement = (
        select(Place.content_id, PlaceCity.name, PlaceCity.country)
        .join(PlaceCity, PlaceCity.id == Place.city_id)
        .where(Place.nearest)
    )
    return {key: f"{name}, {country}" for key, name, country in connection.execute(statement)}


def _files(connection: Connection) -> _Rows:
    statement = (
        select(File.content_id, Root.path.label("root"), File.path)
        .join(Root, Root.id == File.root_id)
        .where(_PRESENT, File.content_id.is_not(None))
    )
    return list(connection.execute(statement))


def _seconds(row: Row[*tuple[object, ...]]) -> float:
    """Local time since 1970; -inf where a file system holds nonsense."""
    try:
        taken = row.taken_at or datetime.fromtimestamp(row.mtime_ns // 10**9)
    except (OSError, OverflowError, ValueError):
        return -np.inf
    return float((taken - _EPOCH).total_seconds())


def _folders(ids: Ints, files: _Rows) -> tuple[tuple[tuple[str, ...], ...], Ints]:
    """Names of all folders that hold photographs, at any depth, and who is in which."""
    row_of = {int(key): row for row, key in enumerate(ids)}
    codes: dict[tuple[str, ...], int] = {}
    by_text: dict[tuple[str, str], int] = {}
    pairs = []
    for file in files:
        if file.content_id in row_of:
            text = (file.root, file.path.rpartition("/")[0])
            if text not in by_text:
                by_text[text] = _code(codes, text)
            pairs.append((row_of[file.content_id], by_text[text]))
    return tuple(codes), np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _code(codes: dict[tuple[str, ...], int], text: tuple[str, str]) -> int:
    """The number of a folder, after those of the folders around it."""
    root, below = text
    names = (PurePosixPath(root.replace("\\", "/")).name or root, *below.split("/"))
    names = tuple(name for name in names if name)
    for depth in range(1, len(names) + 1):
        codes.setdefault(names[:depth], len(codes))
    return codes[names]


def _named(values: Sequence[str | None]) -> Named:
    names = sorted({value for value in values if value is not None})
    codes = {name: code for code, name in enumerate(names)}
    numbers = [-1 if value is None else codes[value] for value in values]
    return Named(tuple(names), np.array(numbers, dtype=np.int64))


def _rows(column: Named, kept: npt.NDArray[np.bool_]) -> Named:
    return Named(column.names, column.codes[kept])
