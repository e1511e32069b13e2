"""Processes that decode: ended when stuck, replaced when they die, gone with their parent."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from blake3 import blake3
from PIL import Image

from conftest import PHOTOS
from errors import PictureError
from indexer import IndexOptions
from photoseek import Library
from pictures import Allowance, Decoder, Decoders, decode_apart, read_picture
from pictures.decoder import AT_ONCE, one_large_at_a_time
from pictures.limits import MIB, machine_memory
from pictures.messages import Ready, send
from pictures.process import WorkerProcess
from pictures.reserve import reserve
from pictures.watch import Watch

SIDE = 64
QUICK = Allowance(seconds=1.0)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No process of an earlier test, and none left behind."""
    reserve.close()
    yield
    reserve.close()
    assert workers() == []


def workers() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "pictures.worker" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
    return found


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.effect_noise((200, 150), 60).convert("RGB").save(path)
    return path


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    decoder = Decoder(QUICK)
    yield decoder
    decoder.close()


def endless(side: int = 3000, scans: int = 20_000) -> bytes:
    """A small progressive JPEG whose last scan comes again and again: minutes of work.

    "Two Issues with the JPEG Standard", libjpeg-turbo project, 2015: no decoder may refuse it.
    """
    stream = io.BytesIO()
    Image.new("L", (side, side), 128).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def test_pixels_facts_and_thumbnail_are_those_of_the_same_decoder_in_this_process(
    decoder: Decoder, picture: Path
) -> None:
    content = decoder.read(picture)
    decoded = decoder.decode(SIDE)
    here = read_picture(picture, short_side=SIDE)
    assert content.bytes == picture.stat().st_size
    assert decoded.image.tobytes() == here.image.tobytes()
    assert (decoded.width, decoded.height, decoded.format) == (200, 150, "PNG")
    assert decoded.exif == here.exif
    with Image.open(io.BytesIO(decoded.thumbnail)) as thumbnail:
        assert thumbnail.format == "JPEG"


def test_nothing_is_started_before_it_is_needed(picture: Path) -> None:
    with Decoders(4, QUICK) as decoders:
        assert workers() == []
        for _ in range(3):
            with decoders.borrowed() as decoder:
                decoder.read(picture)
        assert len(workers()) == 1


def test_a_process_is_kept_for_the_next_run(picture: Path) -> None:
    with Decoders(1, QUICK) as first, first.borrowed() as decoder:
        decoder.read(picture)
        (worker,) = workers()
    with Decoders(1, QUICK) as second, second.borrowed() as decoder:
        decoder.read(picture)
        assert workers() == [worker]


def test_a_picture_that_takes_for_ever_is_given_up_and_the_next_one_read(
    decoder: Decoder, picture: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(endless())
    decoder.read(bad)
    begun = time.monotonic()
    with pytest.raises(PictureError, match=r"^took longer than 1 s$"):
        decoder.decode(SIDE)
    assert time.monotonic() - begun < 10
    decoder.read(picture)
    assert decoder.decode(SIDE).width == 200


def test_a_decoder_that_does_nothing_any_more_is_given_up(decoder: Decoder, picture: Path) -> None:
    decoder.read(picture)
    (worker,) = workers()
    worker.suspend()
    with pytest.raises(PictureError, match=r"^took longer than 1 s$"):
        decoder.decode(SIDE)
    decoder.read(picture)
    assert decoder.decode(SIDE).width == 200


@pytest.mark.parametrize(
    ("with_signal", "reason"),
    [
        (signal.SIGSEGV, r"^decoder crashed \(SIGSEGV\)$"),
        (signal.SIGABRT, r"^decoder crashed \(SIGABRT\)$"),
        (signal.SIGKILL, r"^decoder was killed: out of memory\?$"),
    ],
)
def test_a_decoder_that_dies_costs_one_picture(
    decoder: Decoder, picture: Path, with_signal: signal.Signals, reason: str
) -> None:
    decoder.read(picture)
    (worker,) = workers()
    worker.suspend()

    def strike() -> None:
        worker.send_signal(with_signal)
        with suppress(psutil.NoSuchProcess):  # SIGKILL needs no waking
            worker.resume()

    timer = threading.Timer(0.1, strike)
    timer.start()
    with pytest.raises(PictureError, match=reason):
        decoder.decode(SIDE)
    timer.join()
    decoder.read(picture)
    assert decoder.decode(SIDE).width == 200


def test_one_that_died_idle_costs_no_picture(decoder: Decoder, picture: Path) -> None:
    decoder.read(picture)
    (worker,) = workers()
    worker.kill()
    decoder.read(picture)
    assert decoder.decode(SIDE).width == 200


def test_closing_ends_what_is_stuck_at_once(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(endless())
    decoders, reasons = Decoders(1, Allowance(seconds=600)), []

    def stuck() -> None:
        with decoders.borrowed() as decoder:
            try:
                decoder.read(bad)
                decoder.decode(SIDE)
            except PictureError as error:
                reasons.append(str(error))

    thread = threading.Thread(target=stuck)
    thread.start()
    while not any(worker.cpu_times().user > 0.5 for worker in workers()):
        time.sleep(0.02)
    begun = time.monotonic()
    decoders.close()
    thread.join()
    assert time.monotonic() - begun < 5
    assert len(reasons) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel limits memory on Linux")
def test_a_picture_that_needs_more_memory_than_it_may_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (9000, 9000)).save(path, compress_level=1)
    decoder = Decoder(Allowance(ordinary=200 * MIB, large=300 * MIB))
    decoder.read(path)
    with pytest.raises(PictureError, match=r"^needs more than 300 MiB of memory$"):
        decoder.decode(SIDE)
    decoder.close()
    decoder = Decoder(Allowance(ordinary=200 * MIB, large=2048 * MIB))
    decoder.read(path)
    assert decoder.decode(SIDE).width == 9000
    decoder.close()


def test_where_the_kernel_does_not_limit_memory_it_is_looked_at() -> None:
    worker = WorkerProcess()
    with Watch(worker.process, 30, 1 * MIB, by_looking=True) as watch:
        worker.process.wait(10)
    assert watch.verdict == "needs more than 1 MiB of memory"
    worker.end()


def test_large_pictures_are_decoded_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("L", (7000, 7000)).save(path, compress_level=1)
    with closing(Decoder(Allowance())) as decoder:
        decoder.read(path)
        thread = threading.Thread(target=decoder.decode, args=(SIDE,))
        with one_large_at_a_time:
            thread.start()
            thread.join(1.5)
            assert thread.is_alive()
        thread.join(30)
        assert not thread.is_alive()


def test_memory_is_the_machines_or_its_control_groups(tmp_path: Path) -> None:
    machine = psutil.virtual_memory().total
    assert machine_memory(tmp_path) == machine
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/user.slice/session\n3:memory:/docker/1\n")
    group = tmp_path / "sys/fs/cgroup/user.slice"
    (group / "session").mkdir(parents=True)
    (group / "session/memory.max").write_text("max\n")
    assert machine_memory(tmp_path) == machine
    (group / "memory.max").write_text(f"{512 * MIB}\n")
    assert machine_memory(tmp_path) == 512 * MIB
    older = tmp_path / "sys/fs/cgroup/memory/docker"
    older.mkdir(parents=True)
    (older / "memory.limit_in_bytes").write_text(f"{256 * MIB}\n")
    assert machine_memory(tmp_path) == 256 * MIB
    allowance = Allowance.of_machine(30, 4)
    assert 256 * MIB <= allowance.ordinary <= allowance.large <= max(machine // 2, 512 * MIB)


STUCK = """
import sys, time
from pathlib import Path
from pictures import Allowance, Decoder
decoder = Decoder(Allowance(seconds=float(sys.argv[2])))
decoder.read(Path(sys.argv[1]))
print("read", flush=True)
decoder.decode(64)
time.sleep(60)
"""


@pytest.mark.parametrize("file", ["a.png", "bad.jpg"])
def test_decoders_end_with_a_parent_that_is_killed(picture: Path, file: str) -> None:
    """Idle ones because their pipe ends; one that is stuck by its own alarm."""
    (picture.parent / "bad.jpg").write_bytes(endless())
    command = [sys.executable, "-c", STUCK, str(picture.parent / file), "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        time.sleep(0.3)
        (*_, worker) = psutil.Process(parent.pid).children()
        parent.kill()
    worker.wait(15)


def test_a_decoder_that_is_taken_over_can_make_no_objects_here() -> None:
    """What it answers is read as messages only: no class of elsewhere is called."""
    evil = b"cos\nsystem\n(S'touch /tmp/evil'\ntR."
    worker = WorkerProcess()
    read, write = os.pipe()
    os.write(write, evil)
    os.close(write)
    worker._answers.close()
    worker._answers = os.fdopen(read, "rb")
    assert worker.exchange(Ready()) is None  # type: ignore[arg-type]
    worker.end()


def test_the_worker_ends_at_what_is_no_request() -> None:
    worker = WorkerProcess()
    send(worker._requests, Ready())
    assert worker.process.wait(10) == 0
    worker.end()


def test_a_query_picture_is_decoded_apart(picture: Path) -> None:
    assert decode_apart(picture, short_side=SIDE).width == 200
    assert len(workers()) == 1
    with pytest.raises(PictureError, match="No such file"):
        decode_apart(picture.parent / "gone.jpg", short_side=SIDE)


def test_another_picture_than_the_known_one_is_refused(picture: Path) -> None:
    known = blake3(picture.read_bytes()).digest()
    assert decode_apart(picture, short_side=SIDE, known=known).width == 200
    with pytest.raises(PictureError, match="is another picture"):
        decode_apart(picture, short_side=SIDE, known=bytes(32))


def test_many_threads_are_decoded_for_by_a_few_processes(picture: Path) -> None:
    with ThreadPoolExecutor(20) as threads:
        decoded = threads.map(lambda _: decode_apart(picture, short_side=SIDE).width, range(20))
        assert [*decoded] == [200] * 20
    assert len(workers()) <= AT_ONCE


def test_a_run_goes_on_past_pictures_that_stall_and_names_them(
    library: Library, photos: Path
) -> None:
    for number in range(5):
        Image.new("RGB", (40, 30), (number, 50, 50)).save(photos / f"{number}.png")
    (photos / "2.jpg").write_bytes(endless())
    report = library.index(photos, options=IndexOptions(decode_timeout=1))
    assert report.indexed == 5
    (failed,) = report.failed
    assert (failed.path.name, failed.reason[:21]) == ("2.jpg", "took longer than 1 s ")


def test_a_run_with_nothing_to_read_starts_no_process(library: Library, photos: Path) -> None:
    Image.new("RGB", (40, 30), "red").save(photos / "a.png")
    library.index(photos)
    assert len(workers()) == 1
    reserve.close()
    assert library.index().unchanged == 1
    assert workers() == []


def test_a_thread_that_comes_after_the_end_is_told_so() -> None:
    path = next(PHOTOS.rglob("*.jpg"))
    decoders = Decoders(2, Allowance.of_machine(30, 2))
    decoders.close()
    told: list[str] = []

    def late() -> None:
        with decoders.borrowed() as decoder:
            try:
                decoder.read(path)
            except PictureError as error:
                told.append(str(error))

    thread = threading.Thread(target=late, daemon=True)
    thread.start()
    thread.join(20)
    assert told == ["the run was ended"]
