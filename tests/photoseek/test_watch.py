"""``photoseek watch`` as a real process: current within seconds, whatever happens to folders."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from colours import ColourEncoder
from conftest import PHOTOS, Paint
from photoseek import Library
from photoseek.library import watching
from photoseek.library.watching import Delayed
from store import Store

FOOD = sorted((PHOTOS / "food").glob("*.jpg"))


class Watch:
    """A running ``photoseek watch --json``: its lines, read as they come."""

    def __init__(self, *arguments: object, library: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "photoseek", "watch", "--json", *map(str, arguments)],
            env={**os.environ, "PHOTOSEEK_LIBRARY": str(library)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.events: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            with self._arrived:
                self.events.append(json.loads(line))
                self._arrived.notify()

    def wait(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """The first event of a kind, from now on or before; events up to it are taken off."""
        end = time.monotonic() + seconds
        with self._arrived:
            while True:
                for number, event in enumerate(self.events):
                    if wanted(event):
                        del self.events[: number + 1]
                        return event
                if not self._arrived.wait(max(0.0, end - time.monotonic())):
                    raise AssertionError(f"not within {seconds} s; there was {self.events}")

    def end(self, number: int = signal.SIGINT) -> int:
        self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=30)
        assert "Traceback" not in errors, errors
        return self._process.returncode

    def kill(self) -> None:
        with self._process:  # closes its streams
            self._process.kill()


@contextmanager
def running(*arguments: object, library: Path) -> Iterator[Watch]:
    watch = Watch(*arguments, library=library)
    try:
        yield watch
    finally:
        watch.kill()


def has(**fields: object) -> Callable[[dict[str, Any]], bool]:
    return lambda event: all(event.get(name) == count for name, count in fields.items())


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process there")
def test_a_watched_folder_is_current_through_bursts_moves_and_drives_that_go(
    photos: Path, tmp_path: Path
) -> None:
    library, away = tmp_path / "library", tmp_path / "away"
    shutil.copy(FOOD[0], photos / "first.jpg")
    with running(photos, library=library) as watch:
        watch.wait(has(event="indexed", indexed=1))
        how = watch.wait(has(event="watching"))
        assert (how["folder"], how["how"]) == (str(photos), "events")

        for number, path in enumerate(FOOD[1:5]):
            shutil.copy(path, photos / f"{number}.jpg")
            time.sleep(0.3)
        runs = [watch.wait(lambda event: event["indexed"] > 0)]
        while sum(run["indexed"] for run in runs) < 4:
            runs.append(watch.wait(lambda event: event["indexed"] > 0))
        assert len(runs) <= 2  # gathered, but for what the first look may have met

        store = Store.open(library)  # the lock is free while there is nothing to write
        with store.writer() as writer:
            writer.note_coverage()
        store.close()

        (photos / "deep").mkdir()
        (photos / "0.jpg").rename(photos / "deep" / "moved.jpg")
        watch.wait(has(event="indexed", moved=1, unchanged=4, missing=0))

        photos.rename(away)
        gone = watch.wait(lambda event: bool(event.get("offline")))
        assert gone["offline"][0]["path"] == str(photos)
        shutil.copy(FOOD[5], away / "new.jpg")
        away.rename(photos)
        watch.wait(has(event="indexed", indexed=1, unchanged=5, offline=[]))

        (photos / "first.jpg").unlink()
        watch.wait(has(event="indexed", missing=1))
        assert watch.end() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM to another process there")
def test_a_folder_without_events_is_looked_at_by_the_clock(photos: Path, tmp_path: Path) -> None:
    with running(photos, "--poll", "0.5", library=tmp_path / "library") as watch:
        how = watch.wait(has(event="watching"))
        assert (how["how"], how["seconds"], how["why"]) == ("polling", 0.5, "as asked")
        shutil.copy(FOOD[0], photos / "new.jpg")
        watch.wait(has(event="indexed", indexed=1))
        time.sleep(1.5)
        assert watch.events == []  # nothing to do is nothing to say
        assert watch.end(signal.SIGTERM) == 0


# --- in this process ---


@contextmanager
def watching_thread(library: Library, folder: Path) -> Iterator[list[object]]:
    events: list[object] = []
    stop = threading.Event()
    thread = threading.Thread(
        target=lambda: library.watch(folder, on_event=events.append, stop=stop, poll=0.1)
    )
    thread.start()
    try:
        yield events
    finally:
        stop.set()
        thread.join(timeout=20)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_library_that_another_process_writes_is_waited_for(
    library: Library, photos: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRY_S", 0.2)
    monkeypatch.setattr("store.store.WAIT_FOR_READERS", 0.0)
    paint(photos / "red.png")
    with watching_thread(library, photos) as events:
        until(lambda: len(events) >= 2)
        with Library.open(library.path, encoder=ColourEncoder()) as other:
            with other._store.writer():
                paint(photos / "blue.png", "blue")
                until(lambda: any(isinstance(event, Delayed) for event in events))
            until(lambda: other.status().counts.photos == 2)


def test_a_file_that_was_not_finished_is_read_again_without_an_event(
    library: Library, photos: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.settle.RECENT_S", 2)
    path = paint(photos / "red.png")
    whole, status = path.read_bytes(), path.stat()
    path.write_bytes(bytes(len(whole)))
    with watching_thread(library, photos) as events:
        until(lambda: len(events) >= 2)
        path.write_bytes(whole)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        until(lambda: library.status().counts.photos == 1)
    assert library.unsearchable() == []
