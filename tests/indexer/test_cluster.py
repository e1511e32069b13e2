"""Indexing on a real Ray cluster of two nodes on this machine: as without it, whatever dies."""

import os
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import fsspec
import psutil
import pytest
from moto.server import ThreadedMotoServer

from colours import ColourEncoder
from conftest import PHOTOS, Paint, aged
from encoder.registry import model_folder
from errors import ClusterError, PathError, UsageError
from indexer import IndexOptions, IndexReport, Progress
from indexer.settle import is_unsettled
from photoseek import Library
from workers import DEADLY, DeadlyColours, SlowColours

pytest.importorskip("ray", reason="pip install 'photoseek[cluster]'")


@dataclass(frozen=True)
class Running:
    """``address`` of a head that has no core for us; each of two nodes has one."""

    address: str
    raylets: list[int]

    def workers(self) -> list[int]:
        """The processes of our workers that are at work."""
        return [
            child.pid
            for raylet in self.raylets
            for child in psutil.Process(raylet).children()
            if child.cmdline()[:1] and child.cmdline()[0].startswith("ray::Worker")
        ]


@pytest.fixture(scope="module")
def storage() -> Iterator[Any]:
    """An S3 server on loopback, where s3:// leads in this process and in those that it starts."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield fsspec.filesystem("s3")
    server.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, storage: object) -> Iterator[Running]:  # noqa: ARG001
    """Two nodes; the second knows no installed model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        tests = Path(__file__).parent.parent
        patch.setenv("PYTHONPATH", f"{tests}{os.pathsep}{tests.parent}")  # workers import workers
        from ray.cluster_utils import Cluster

        store: dict[str, Any] = {"object_store_memory": 100 << 20}
        cluster = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 0, "include_dashboard": False, **store},
        )
        bare = str(tmp_path_factory.mktemp("bare"))
        nodes = [
            cluster.add_node(num_cpus=1, **store),
            cluster.add_node(num_cpus=1, env_vars={"PHOTOSEEK_MODELS": bare}, **store),
        ]
        raylets = [node.all_processes["raylet"][0].process.pid for node in nodes]
        yield Running(cluster.address, raylets)
        cluster.shutdown()  # type: ignore[no-untyped-call]


def contents(library: Library) -> dict[bytes, tuple[Any, ...]]:
    """All that a library knows of its photographs, and their vectors, by content hash."""
    catalog = library._store.catalog
    space = catalog.active_space()
    assert space is not None
    photos = catalog.photos(catalog.searchable())
    found = {}
    for key, photo in photos.items():
        vector = catalog.vector(key, space.id)
        assert vector is not None
        found[photo.hash] = (replace(photo, id=0, paths=()), sorted(photo.paths), vector.tobytes())
    return found


def counts(report: IndexReport) -> dict[str, int]:
    return {name: count for name, count in report.counts().items() if count}


def after(batches: int, act: Callable[[], None]) -> Callable[[Progress], None]:
    """A progress callback that acts once, when so many batches were committed."""
    seen = iter(range(1, 1_000_000))

    def on_progress(progress: Progress) -> None:
        if progress.stage == "read" and next(seen) == batches:
            act()

    return on_progress


def test_a_cluster_gives_what_one_process_does(tmp_path: Path, running: Running) -> None:
    """Contents, facts, paths, reasons and vectors bit by bit; ``file://`` is the folder itself."""
    photos = Path(shutil.copytree(PHOTOS / "animals", tmp_path / "photos"))
    shutil.copy(photos / "panda.jpg", photos / "a copy.jpg")
    aged(Path(shutil.copy(PHOTOS.parent / "photos.toml", photos / "no picture.jpg")))
    with Library.open(tmp_path / "one") as one, Library.open(tmp_path / "many") as many:
        expected = one.index(photos)
        report = many.index(photos.as_uri(), ray=running.address)
        assert counts(report) == counts(expected)
        assert report.failed == expected.failed != []
        assert contents(many) == contents(one)
        (photos / "panda.jpg").rename(photos / "moved.jpg")
        assert counts(many.index(ray=running.address)) == {
            "unchanged": expected.indexed,
            "moved": 1,
            "failed": 1,
        }
        assert counts(many.index()) == {"unchanged": expected.indexed + 1, "failed": 1}


def test_a_worker_is_killed_in_the_middle(tmp_path: Path, running: Running, paint: Paint) -> None:
    """The run ends complete, and nothing is there twice."""
    photos = tmp_path / "photos"
    for seed in range(60):
        paint(photos / f"{seed % 50}-{seed}.png", "red", seed=seed % 50)
    killed: list[int] = []

    def kill() -> None:
        killed.append(running.workers()[0])
        os.kill(killed[0], signal.SIGKILL)

    with Library.open(tmp_path / "library", encoder=SlowColours()) as library:
        options = IndexOptions(batch=5)
        report = library.index(
            photos, ray=running.address, options=options, on_progress=after(2, kill)
        )
        assert not psutil.pid_exists(killed[0])
        assert counts(report) == {"indexed": 50, "copied": 10}
        assert counts(library.index()) == {"unchanged": 60}
        status = library.status()
        assert (status.counts.files, status.counts.photos, status.counts.waiting) == (60, 50, 0)
        assert library.verify().sound
        with Library.open(tmp_path / "plain", encoder=SlowColours()) as plain:
            plain.index(photos)
            assert contents(library) == contents(plain)


def test_a_picture_that_ends_every_worker_is_left_to_the_next_run(
    tmp_path: Path, running: Running, paint: Paint
) -> None:
    photos = tmp_path / "photos"
    for seed in range(6):
        paint(photos / f"{seed}.png", "green", seed=seed)
    paint(photos / "deadly.png", DEADLY)
    with Library.open(tmp_path / "library", encoder=DeadlyColours()) as library:
        report = library.index(photos, ray=running.address, options=IndexOptions(batch=1))
        assert counts(report) == {"indexed": 6, "failed": 1}
        assert [file.path.name for file in report.failed] == ["deadly.png"]
        assert is_unsettled(report.failed[0].reason)
    with Library.open(tmp_path / "library", encoder=ColourEncoder()) as library:
        assert counts(library.index()) == {"unchanged": 6, "indexed": 1}


def test_a_node_without_the_model_is_left_out_and_named(
    tmp_path: Path,
    running: Running,
    photos: Path,
    paint: Paint,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other one does it all; where none is left, nothing that was there is lost."""
    for seed in range(8):
        paint(photos / f"{seed}.png", "blue", seed=seed)
    mine = Path(os.environ["PHOTOSEEK_MODELS"]) / "mine"
    shutil.copytree(model_folder("mini"), mine)
    try:
        with Library.open(tmp_path / "library") as library:
            assert counts(library.index(photos, ray=running.address, model="mine")) == {
                "indexed": 8
            }
            (line,) = caplog.messages
            assert "is left out: unknown model 'mine'" in line
            assert "\n" not in line
            there = contents(library)
            paint(photos / "new.png", "red")
            elsewhere = tmp_path / "elsewhere"
            shutil.move(mine, elsewhere / "mine")
            monkeypatch.setenv("PHOTOSEEK_MODELS", str(elsewhere))
            with pytest.raises(ClusterError, match="no node of the cluster can work") as raised:
                library.index(ray=running.address)
            assert str(raised.value).count("unknown model 'mine'") == 2
            assert "\n" not in str(raised.value)
            assert contents(library) == there
            assert counts(library.index()) == {"unchanged": 8, "indexed": 1}
    finally:
        shutil.rmtree(mine, ignore_errors=True)


def test_an_interrupted_run_is_taken_up(tmp_path: Path, running: Running, paint: Paint) -> None:
    photos = tmp_path / "photos"
    for seed in range(30):
        paint(photos / f"{seed}.png", "cyan", seed=seed)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with Library.open(tmp_path / "library", encoder=ColourEncoder()) as library:
        options = IndexOptions(batch=4)
        stopped = after(2, interrupt)
        report = library.index(photos, ray=running.address, options=options, on_progress=stopped)
        assert report.interrupted
        assert report.indexed == 8
        assert counts(library.index()) == {"unchanged": 8, "indexed": 22}


def test_a_bucket_of_s3(tmp_path: Path, running: Running, storage: Any) -> None:
    """Its objects are fetched by the nodes; a plain run goes on where they ended."""
    photos = Path(shutil.copytree(PHOTOS / "food", tmp_path / "photos"))
    storage.mkdir("bucket")
    storage.put(f"{photos}/", "bucket/2024/", recursive=True)
    with Library.open(tmp_path / "one") as one, Library.open(tmp_path / "many") as many:
        expected = one.index(photos)
        report = many.index("s3://bucket/2024", ray=running.address)
        assert counts(report) == counts(expected) == {"indexed": 6}
        found, wanted = contents(many), contents(one)
        assert {key: value[2] for key, value in found.items()} == {
            key: value[2] for key, value in wanted.items()
        }
        assert str(many.search("coffee")[0].path) == "s3://bucket/2024/espresso.jpg"
        assert counts(many.index()) == {"unchanged": 6}
        storage.rm("bucket/2024/broccoli.jpg")
        storage.put(str(photos / "broccoli.jpg"), "bucket/2024/greens.jpg")
        storage.put(str(PHOTOS / "animals" / "panda.jpg"), "bucket/2024/espresso.jpg")
        assert counts(many.index()) == {"unchanged": 4, "indexed": 1, "moved": 1}
        with pytest.raises(PathError, match="no such bucket or folder"):
            many.index("s3://nobody/2024")


class Silent(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(100)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("listens", [False, True])
def test_an_address_without_a_cluster(tmp_path: Path, photos: Path, listens: bool) -> None:
    """One line, exit code 1, and no library is made."""
    with socketserver.TCPServer(("127.0.0.1", 0), Silent) as server:
        address = f"127.0.0.1:{server.server_address[1]}"
        if listens:
            threading.Thread(target=server.handle_request, daemon=True).start()
        else:
            server.server_close()
        command = [sys.executable, "-m", "photoseek", "index", str(photos), "--ray", address]
        library = tmp_path / "library"
        done = subprocess.run([*command, "--library", str(library)], capture_output=True)
    printed = done.stderr.decode()
    assert done.returncode == 1
    assert printed.count("\n") == 1
    assert f"{address}: no Ray cluster answers there" in printed
    assert not library.exists()


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "head:port", ":6379"])
def test_what_is_no_address(tmp_path: Path, photos: Path, address: str) -> None:
    with Library.open(tmp_path / "library") as library, pytest.raises(UsageError, match="--ray"):
        library.index(photos, ray=address)
