"""Fixtures: a library in a temporary folder, a real tiny encoder, and a brush."""

import os

# Tests run beside each other: a team of threads that waits for its core at every step burns it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import settings
from PIL import Image

import postgres
from colours import COLOURS, ColourEncoder
from photoseek import Library
from store import Place

Paint: TypeAlias = Callable[..., Path]

settings.register_profile("untimed", deadline=None)  # speed is the benchmarks' business
settings.load_profile("untimed")

PHOTOS = Path(__file__).parent.parent / "data" / "photos"


@pytest.fixture(autouse=True)
def _no_library_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHOTOSEEK_LIBRARY", raising=False)
    monkeypatch.delenv("PHOTOSEEK_VECTORS", raising=False)


@pytest.fixture(scope="session", autouse=True)
def _models_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Models installed by a person are not tested, nor are notes left among them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHOTOSEEK_MODELS", str(tmp_path_factory.mktemp("models")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _caches_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHOTOSEEK_CACHE", str(tmp_path_factory.mktemp("caches")))
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL for this process's tests; started when the first of them asks for it."""
    with postgres.running() as started:
        yield started


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Place]:
    """Makes places where a library may be: folders, or schemas on a server."""
    if request.param == "sqlite":
        return lambda: tmp_path_factory.mktemp("place") / "library"
    server: postgres.Server = request.getfixturevalue("server")
    return server.schema


@pytest.fixture
def place(new_place: Callable[[], Place]) -> Place:
    """Where a library may be made."""
    return new_place()


in_a_folder = pytest.mark.parametrize("new_place", ["sqlite"], indirect=True)
"""For tests about the catalog's file, which a server does not show."""
on_a_server = pytest.mark.parametrize("new_place", ["postgresql"], indirect=True)


@pytest.fixture
def encoder() -> ColourEncoder:
    return ColourEncoder()


@pytest.fixture
def library(tmp_path: Path, encoder: ColourEncoder) -> Iterator[Library]:
    """A library with nothing in it yet."""
    with Library.open(tmp_path / "library", encoder=encoder) as opened:
        yield opened


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """An empty folder to put photographs in."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def aged(path: Path) -> Path:
    """A file as it is when its writer has long finished: one of this minute may yet be whole."""
    os.utime(path, (1_600_000_000, 1_600_000_000))
    return path


@pytest.fixture
def paint() -> Paint:
    """Writes a picture of one colour; another ``seed`` makes another content of that colour."""

    def painted(
        path: Path,
        colour: str = "red",
        size: tuple[int, int] = (64, 48),
        *,
        seed: int = 0,
        **options: Any,
    ) -> Path:
        image = Image.new("RGB", size, COLOURS[colour])
        for bit in range(16):
            if seed >> bit & 1:
                image.putpixel((bit, 0), (128, 128, 128))
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, **options)
        return path

    return painted
