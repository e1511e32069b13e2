"""``photoseek watch`` as a real process: current within seconds, whatever happens to folders."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from colours import ColourEncoder
from conftest import PHOTOS, Paint
from photoseek import Library
from photoseek.library import watching
from photoseek.library.watching import Delayed
from store import Store
from watches import has, running

FOOD = sorted((PHOTOS / "food").glob("*.jpg"))


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
