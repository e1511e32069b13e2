"""Indexing from the page: one run at a time, in a thread, that can be paused and ended."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from errors import PathError, PhotoseekError
from photoseek.library import Library
from photoseek.web import schemas
from photoseek.web.problems import Refused, without_paths

if TYPE_CHECKING:
    from indexer import IndexReport, Progress

MOST_FAILURES = 200
"""Named in a report; ``/failed`` names all."""
_MOST_OFTEN = 0.2
"""Seconds between two states of a stream."""


class IndexRun:
    """The state of indexing in this process, as ``schemas.IndexState`` values."""

    def __init__(self, library: Library, hidden: Callable[[], Sequence[Path]]) -> None:
        self._library = library
        self._hidden = hidden
        self._state = schemas.IndexState(state="idle")
        self._changing = threading.RLock()
        self._going_on = threading.Event()
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def state(self) -> schemas.IndexState:
        return self._state

    @property
    def is_running(self) -> bool:
        return self._state.state in ("running", "paused")

    def start(self, folders: Sequence[Path], request: schemas.IndexRequest) -> schemas.IndexState:
        """Begin a run. Raises Refused if one is going on."""
        with self._changing:
            if self.is_running:
                raise Refused(409, "an index run is going on; wait for it, or cancel it")
            self._cancelled.clear()
            self._going_on.set()
            self._set(schemas.IndexState(state="running", folder=request.folder, stage="scan"))
            self._thread = threading.Thread(
                target=self._run, args=(folders, request), name="indexing", daemon=True
            )
            self._thread.start()
        return self._state

    def pause(self) -> schemas.IndexState:
        """Hold a run before its next file; it goes on being the library's one writer."""
        return self._turn("running", "paused", self._going_on.clear)

    def resume(self) -> schemas.IndexState:
        return self._turn("paused", "running", self._going_on.set)

    def cancel(self) -> schemas.IndexState:
        """End a run; what is committed stays. Raises Refused if none is going on."""
        if not self.is_running:
            raise Refused(409, "no index run is going on")
        self._cancelled.set()
        self._going_on.set()
        return self._state

    def close(self) -> None:
        """End whatever is going on, and wait for it."""
        self._closed = True
        self._cancelled.set()
        self._going_on.set()
        if self._thread is not None:
            self._thread.join()

    async def states(self) -> AsyncIterator[schemas.IndexState]:
        """The state now and after each change, until a run ends. Holds no thread while it waits."""
        last: schemas.IndexState | None = None
        while not self._closed:
            if self._state is not last:
                last = self._state
                yield last
            if not self.is_running:
                return
            await anyio.sleep(_MOST_OFTEN)

    def _turn(self, before: str, after: str, turn: Callable[[], None]) -> schemas.IndexState:
        with self._changing:
            if self._state.state != before:
                raise Refused(409, f"the index run is {self._state.state}, not {before}")
            turn()
            self._set(self._state.model_copy(update={"state": after}))
        return self._state

    def _set(self, state: schemas.IndexState) -> None:
        with self._changing:
            self._state = state

    def _run(self, folders: Sequence[Path], request: schemas.IndexRequest) -> None:
        from indexer import IndexOptions

        begun = time.monotonic()
        options = IndexOptions(retry_failed=request.retry_failed, rehash=request.full)

        def on_progress(progress: "Progress") -> None:
            self._going_on.wait()
            if self._cancelled.is_set():
                raise KeyboardInterrupt  # as Ctrl-C ends a run: what is committed stays
            update = {
                "stage": progress.stage,
                "done": progress.done,
                "total": progress.total,
                "failed": progress.failed,
                "seconds": time.monotonic() - begun,
            }
            self._set(self._state.model_copy(update=update))

        try:
            report = self._library.index(*folders, options=options, on_progress=on_progress)
        except KeyboardInterrupt:
            self._end("cancelled")
        except PhotoseekError as error:
            self._end("failed", error=without_paths(str(error), self._hidden()))
        except Exception:
            self._end("failed", error="something went wrong here; the server's log has it")
            raise
        else:
            self._end("cancelled" if report.interrupted else "done", **_reported(report))

    def _end(self, state: str, **fields: object) -> None:
        self._set(self._state.model_copy(update={"state": state, "stage": None, **fields}))


def _reported(report: "IndexReport") -> dict[str, object]:
    failures = report.failed[:MOST_FAILURES]
    return {
        "counts": report.counts(),
        "seconds": report.seconds,
        "failures": [schemas.FailedFile(path=str(f.path), reason=f.reason) for f in failures],
        "notes": [f"{one.path.name} is offline: {one.reason}" for one in report.offline],
    }


def allowed_folder(folder: str, roots: Sequence[Path]) -> Path:
    """A folder that may be indexed. Raises Refused if it is below none of ``roots``."""
    try:
        path = Path(folder).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise PathError(f"{folder}: no such folder") from error
    if not any(path.is_relative_to(root) for root in roots):
        raise Refused(403, "this folder is not below one that was allowed when the server started")
    return path


def folders_below(path: Path, known: Sequence[Path]) -> list[schemas.Folder]:
    """The folders right below one, by name; hidden ones are left out."""
    try:
        found = sorted(
            (one for one in path.iterdir() if not one.name.startswith(".") and one.is_dir()),
            key=lambda one: one.name.casefold(),
        )
    except OSError as error:
        raise PathError(f"{path.name}: cannot be listed ({error.strerror})") from error
    return [as_folder(one, known) for one in found]


def as_folder(path: Path, known: Sequence[Path]) -> schemas.Folder:
    return schemas.Folder(
        path=str(path),
        name=path.name or str(path),
        indexed=any(path.is_relative_to(root) for root in known),
        folders=_has_folders(path),
    )


def _has_folders(path: Path) -> bool:
    try:
        return any(not one.name.startswith(".") and one.is_dir() for one in path.iterdir())
    except OSError:
        return False
