"""When a watch looks: bursts, events that do not matter, folders without events."""

import errno
import time
from collections import namedtuple
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from watchdog.events import (
    DirDeletedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
)
from watchdog.observers.api import BaseObserver

from indexer.filesystems import file_system
from indexer.watching import Bursts, FolderWatch, _Notice

HERE, THERE = Path("/photos"), Path("/more")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(0.01, 1.9), max_size=10))
def test_a_burst_is_one_look_after_it_is_over(pauses: list[float]) -> None:
    clock = Clock()
    bursts = Bursts(quiet=2, longest=1000, clock=clock)
    bursts.note(HERE)
    for pause in pauses:
        clock.now += pause
        assert bursts.take() == []
        bursts.note(HERE)
    clock.now += 2
    assert bursts.take() == [HERE]
    assert bursts.take() == []


def test_a_burst_that_does_not_end_is_looked_at_all_the_same() -> None:
    clock = Clock()
    bursts = Bursts(quiet=2, longest=30, clock=clock)
    looks = 0
    for _ in range(100):
        bursts.note(HERE)
        clock.now += 1
        looks += len(bursts.take())
    assert looks == 3


def test_an_appointment_is_kept_and_holds_up_nothing() -> None:
    clock = Clock()
    bursts = Bursts(quiet=2, longest=30, clock=clock)
    bursts.appoint(HERE, 60)
    bursts.note(HERE)
    bursts.note(THERE)
    clock.now += 2
    assert bursts.take() == [THERE, HERE]
    bursts.appoint(HERE, 60)
    clock.now += 59
    assert bursts.take() == []
    clock.now += 1
    assert bursts.take() == [HERE]


# --- which events matter ---


@pytest.fixture
def watch(tmp_path: Path) -> FolderWatch:
    photos = tmp_path / "photos"
    photos.mkdir()
    return FolderWatch(photos, Bursts(quiet=0), apart=photos / "library")


def test_only_pictures_and_folders_matter_and_our_own_library_does_not(watch: FolderWatch) -> None:
    notice = _Notice(watch)
    idle: list[FileSystemEvent] = [
        FileModifiedEvent(str(watch.folder / "notes.txt")),
        FileCreatedEvent(str(watch.folder / "library" / "thumbnails" / "a.jpg")),
        FileMovedEvent(str(watch.folder / ".a.tmp"), str(watch.folder / "b.tmp")),
    ]
    for event in idle:
        notice.on_any_event(event)
        assert watch.bursts.take() == []
    for event in (
        FileCreatedEvent(str(watch.folder / "a.JPG")),
        FileMovedEvent(str(watch.folder / ".a.tmp"), str(watch.folder / "a.jpg")),
        FileMovedEvent(str(watch.folder / "a.jpg"), "/elsewhere"),
        DirDeletedEvent(str(watch.folder / "2023")),
        FileCreatedEvent(b"/photos/caf\xe9.png"),
    ):
        notice.on_any_event(event)
        assert watch.bursts.take() == [watch.folder]


def test_reading_is_no_change(watch: FolderWatch) -> None:
    path = watch.folder / "a.jpg"
    path.write_bytes(b"?")
    watch.start()
    try:
        assert (watch.why_not, watch.interval) == (None, 3600)
        path.read_bytes()
        list(watch.folder.iterdir())
        time.sleep(0.3)
        assert watch.bursts.take() == []
        path.write_bytes(b"!")
        assert _within(5, watch)
    finally:
        watch.stop()


def _within(seconds: float, watch: FolderWatch) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        watch.look()
        if watch.bursts.take() == [watch.folder]:
            return True
        time.sleep(0.05)
    return False


def test_a_folder_that_goes_away_comes_back_and_is_watched_again(
    watch: FolderWatch, tmp_path: Path
) -> None:
    watch.start()
    try:
        watch.folder.rename(tmp_path / "away")
        assert _within(5, watch)
        (tmp_path / "away").rename(watch.folder)
        assert _within(5, watch)
        time.sleep(0.2)
        watch.bursts.take()
        (watch.folder / "new.jpg").write_bytes(b"?")
        assert _within(5, watch)
    finally:
        watch.stop()


# --- where there are no events ---

Mount = namedtuple("Mount", "device mountpoint fstype opts")


@pytest.mark.parametrize(
    ("kind", "options", "is_network"),
    [
        ("ext4", "rw", False),
        ("fuseblk", "rw", False),
        ("nfs4", "rw", True),
        ("cifs", "rw", True),
        ("fuse.sshfs", "rw", True),
        ("NTFS", "rw,fixed", False),
        ("NTFS", "rw,remote", True),
    ],
)
def test_a_network_share_is_known_by_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, options: str, is_network: bool
) -> None:
    inner = tmp_path / "share" / "photos"
    inner.mkdir(parents=True)
    mounts = [Mount("/dev/a", "/", "ext4", "rw"), Mount("b", str(inner.parent), kind, options)]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    assert (file_system(inner).kind, file_system(inner).is_network) == (kind, is_network)
    assert file_system(tmp_path).kind == "ext4"


def test_a_share_is_looked_at_by_the_clock_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = [Mount("nas:/photos", "/", "nfs4", "rw")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    clock = Clock()
    watch = FolderWatch(tmp_path, Bursts(clock=clock), apart=tmp_path / "library")
    watch.start()
    assert watch.why_not == "nfs4 does not tell of changes that others make"
    assert watch.interval == 60
    clock.now += 60
    watch.look()
    assert watch.bursts.take() == [tmp_path]
    watch.took(12)  # a slow share is looked at more rarely
    assert watch.interval == 120


def test_a_system_that_has_no_more_watches_is_looked_at_by_the_clock(
    watch: FolderWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def used_up(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(BaseObserver, "schedule", used_up)
    watch.start()
    assert watch.why_not == "the system cannot watch it (inotify watch limit reached)"
    assert watch.interval == 60
    watch.stop()
