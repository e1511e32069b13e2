"""The shape of the house, proven on the syntax trees: docs/design.md says why."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "errors": set[str](),
    "pictures": {"errors"},
    "encoder": {"errors"},
    "store": {"errors"},
    "indexer": {"errors", "encoder", "pictures", "store"},
    "search": {"errors", "encoder", "store"},
    "photoseek": {"errors", "encoder", "pictures", "store", "indexer", "search"},
}
TORCH_MODULES = {
    "encoder/export.py",
    "encoder/openclip.py",
    "encoder/pretrained.py",
    "encoder/yolo.py",
}
WANTS_NOT = {
    "pictures": {"sqlalchemy", "faiss", "onnxruntime", "torch", "open_clip"},
    "encoder": {"sqlalchemy", "faiss"},
    "store": {"torch", "PIL", "onnxruntime", "open_clip"},
    "indexer": {"sqlalchemy", "faiss", "onnxruntime", "torch", "open_clip"},
    "search": {"sqlalchemy", "faiss", "onnxruntime", "torch", "open_clip"},
    "photoseek": {"sqlalchemy", "faiss", "onnxruntime", "torch", "open_clip"},
}


def modules(room: str) -> Iterator[Path]:
    yield from sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_go_downwards_only(room: str) -> None:
    for path in modules(room):
        upwards = set(imported(path)) & MAY_IMPORT.keys() - MAY_IMPORT[room] - {room}
        assert not upwards, f"{path} imports {upwards}"


@pytest.mark.parametrize("room", WANTS_NOT)
def test_a_room_does_not_know_what_is_not_its_business(room: str) -> None:
    for path in modules(room):
        assert not set(imported(path)) & WANTS_NOT[room] or (
            str(path.relative_to(ROOT)) in TORCH_MODULES
        ), path


def test_torch_is_imported_only_where_it_is_needed() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for room in MAY_IMPORT
        for path in modules(room)
        if {"torch", "open_clip"} & set(imported(path))
    }
    assert importers == TORCH_MODULES


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_what_is_public_is_declared(room: str) -> None:
    package = importlib.import_module(room)
    assert len(package.__all__) == len(set(package.__all__))
    for name in package.__all__:
        assert getattr(package, name) is not None


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_modules_stay_small_and_typed(room: str) -> None:
    assert (ROOT / room / "py.typed").exists()
    for path in modules(room):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path


def test_every_error_is_in_the_tree_of_the_docstring() -> None:
    errors = importlib.import_module("errors")
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.PhotoseekError)
        assert name in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import photoseek.cli", {"torch", "faiss", "sqlalchemy", "onnxruntime", "PIL", "rich"}),
        ("import pictures.worker", {"torch", "faiss", "sqlalchemy", "onnxruntime", "store"}),
        ("from photoseek import Library", {"torch", "open_clip", "alembic", "rich"}),
    ],
)
def test_importing_is_cheap(statement: str, unwanted: set[str]) -> None:
    program = f"{statement}; import sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert not unwanted & set(loaded)
