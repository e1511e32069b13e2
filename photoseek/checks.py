"""What ``doctor`` looks at: the machine, the model, the library, the drives."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import psutil

from encoder.registry import DEFAULT_MODEL, installed_models, models_home
from errors import EngineError
from store import ObjectPath, Store

Verdict = Literal["ok", "warning", "problem"]

LITTLE_DISK, TOO_LITTLE_DISK = 2_000_000_000, 200_000_000
LITTLE_MEMORY, TOO_LITTLE_MEMORY = 1_000_000_000, 300_000_000
"""Bytes free; an index run with the bundled model holds about 600 MB."""
CLOCK_SLACK = timedelta(minutes=5)
RELEASED = datetime(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``way_out`` says what to do unless it is ``ok``."""

    name: str
    verdict: Verdict
    found: str
    way_out: str | None = None


def machine_checks(library: Path) -> Iterator[Check]:
    """What is the same for every library on this machine, and the room where it lies."""
    yield from _codecs()
    yield _memory()
    yield _disk(library)


def _codecs() -> Iterator[Check]:
    from indexer.codecs import missing_codecs, working_codecs

    lacking = missing_codecs()
    if not lacking:
        yield Check("codecs", "ok", ", ".join(working_codecs()))
        return
    verdict: Verdict = "problem" if {"JPEG", "PNG"} & lacking.keys() else "warning"
    for name, way_out in lacking.items():
        yield Check("codecs", verdict, f"{name} cannot be read", way_out)


def _memory() -> Check:
    available = psutil.virtual_memory().available
    found = f"{available / 1e9:,.1f} GB available"
    verdict = _grade(available, LITTLE_MEMORY, TOO_LITTLE_MEMORY)
    return Check("memory", verdict, found, _unless_ok(verdict, "close other programs"))


def _disk(library: Path) -> Check:
    place = next(folder for folder in (library, *library.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    verdict = _grade(free, LITTLE_DISK, TOO_LITTLE_DISK)
    found = f"{free / 1e9:,.1f} GB free at {place}"
    return Check(
        "disk", verdict, found, _unless_ok(verdict, "make room, or give another --library")
    )


def _grade(amount: int, little: int, too_little: int) -> Verdict:
    if amount < too_little:
        return "problem"
    return "warning" if amount < little else "ok"


def _unless_ok(verdict: Verdict, way_out: str) -> str | None:
    return None if verdict == "ok" else way_out


def model_check(model: str | None) -> Check:
    """The model that searches use, or the one that a first run would use."""
    name = model or DEFAULT_MODEL
    found = {installed.name: installed for installed in installed_models()}.get(name)
    if found is None:
        missing = f"{name} is neither bundled nor in {models_home()}"
        return Check("model", "problem", missing, f"photoseek models add {name}")
    if found.problem:
        return Check("model", "problem", found.problem, f"photoseek models check {name}")
    return Check("model", "ok", f"{name} in {found.folder}")


def library_checks(store: Store, *, now: datetime | None = None) -> Iterator[Check]:
    """What concerns one library; ``now`` is UTC without a zone."""
    yield _permissions(store)
    yield _clock(store, now or datetime.now(UTC).replace(tzinfo=None))
    yield from _snapshots(store)
    yield from _folders(store)


def no_library_checks(now: datetime | None = None) -> Iterator[Check]:
    yield Check("library", "ok", "none yet")
    yield _clock(None, now or datetime.now(UTC).replace(tzinfo=None))


def _permissions(store: Store) -> Check:
    from indexer.filesystems import file_system

    where = store.home.describe()
    if not store.home.may_write():
        return Check(
            "library", "warning", f"{where} is read-only", "give write permission to index"
        )
    if not store.home.is_a_folder:
        return Check("library", "ok", f"{where} can be written")
    folder = store.folder.path
    system = file_system(folder)
    if system.is_network:
        found = f"{folder} is on a network share ({system.kind})"
        return Check(
            "library", "warning", found, "keep the library on a local disk: SQLite asks it"
        )
    return Check("library", "ok", f"{folder} can be written ({system.kind})")


def _clock(store: Store | None, now: datetime) -> Check:
    last = store.catalog.last_run() if store else None
    newest = max(RELEASED, last.began_at if last else RELEASED)
    if now + CLOCK_SLACK < newest:
        found = f"it is {now:%Y-%m-%d %H:%M} UTC here, but {newest:%Y-%m-%d %H:%M} has been"
        return Check("clock", "problem", found, "set the clock: files still written are told by it")
    return Check("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")


def _snapshots(store: Store) -> Iterator[Check]:
    for space in store.catalog.spaces():
        if space.active:
            try:
                stale = store.caches.why_stale(space)
            except EngineError as error:
                yield Check("cache", "problem", str(error), "see the message")
                continue
            verdict: Verdict = "warning" if stale else "ok"
            way_out = _unless_ok(verdict, "nothing is lost; the next run writes a new one")
            yield Check("cache", verdict, stale or "up to date", way_out)


def _folders(store: Store) -> Iterator[Check]:
    for root in store.catalog.roots():
        if root.offline:
            found = f"{root.path} is offline: {root.offline_reason}"
            yield Check("folder", "warning", found, "connect its drive, or: photoseek prune FOLDER")
        elif not _can_list(root.path):
            found = f"{root.path} cannot be read"
            yield Check("folder", "problem", found, "give read permission, or connect its drive")
        else:
            yield Check("folder", "ok", f"{root.path} can be read")


def _can_list(folder: Path) -> bool:
    try:
        if isinstance(folder, ObjectPath):
            from indexer.objects import Objects

            Objects(str(folder)).entries("")
            return True
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError:
        return False
    return True


def python_check(version: str) -> Check:
    python = ".".join(map(str, sys.version_info[:3]))
    return Check("photoseek", "ok", f"{version} on Python {python}, {sys.platform}")
