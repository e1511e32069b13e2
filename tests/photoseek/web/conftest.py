"""A small library that is served, in this process or in one of its own."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from fastapi.testclient import TestClient

from conftest import PHOTOS, Paint
from photoseek import Library
from photoseek.web.app import create_app
from photoseek.web.settings import ServeSettings

Serve: TypeAlias = Callable[..., TestClient]
SHAPES = {"red": (64, 48), "green": (48, 64), "blue": (48, 48)}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of data/photos, made with the bundled model."""
    path = tmp_path_factory.mktemp("real") / "library"
    with Library.open(path) as library:
        library.index(PHOTOS)
    return path


@pytest.fixture
def filled(library: Library, photos: Path, paint: Paint) -> Library:
    """Four pictures of each of three colours, in a folder for each."""
    for colour, size in SHAPES.items():
        for seed in range(4):
            paint(photos / colour / f"{colour}-{seed}.png", colour, size, seed=seed)
    library.index(photos)
    return library


@pytest.fixture
def serve(filled: Library) -> Iterator[Serve]:
    """Clients of the filled library, by the settings of its server."""
    with _clients(filled) as make:
        yield make


@pytest.fixture
def client(serve: Serve) -> TestClient:
    return serve()


@contextmanager
def _clients(library: Library) -> Iterator[Serve]:
    opened: list[TestClient] = []

    def make(**settings: object) -> TestClient:
        app = create_app(library, ServeSettings(**settings))  # type: ignore[arg-type]
        one = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
        opened.append(one.__enter__())
        return one

    try:
        yield make
    finally:
        for one in opened:
            one.__exit__(None, None, None)


@contextmanager
def server(library: Path, *options: str) -> Iterator[str]:
    """A real ``photoseek serve`` on a free port; its address."""
    command = [sys.executable, "-m", "photoseek", "serve", "--port", "0", "--library", str(library)]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        try:
            assert found, process.stderr.read() if process.stderr else ""
            yield found[0].rstrip("/")
        finally:
            process.terminate()
            process.communicate(timeout=20)
