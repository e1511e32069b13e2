"""``photoseek search`` beside a running server: the same answers, and nobody else is believed."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from fastapi.testclient import TestClient

from conftest import PHOTOS
from photoseek import __version__, server_note
from photoseek.cli.server import ask_server
from photoseek.server_note import ServerNote

from .conftest import server

TOKEN = "a-token-of-the-test"
Done: TypeAlias = "subprocess.CompletedProcess[bytes]"
QUESTION: dict[str, Any] = {
    "words": ["a dog"],
    "texts": [],
    "model": None,
    "settings": {"limit": 3},
    "form": "paths",
    "everything": True,
    "colour": False,
    "here": "/",
}


@pytest.fixture(scope="module")
def served(real: Path) -> Iterator[Path]:
    """The same, with a server that asks for a token."""
    with server(real, "--token", TOKEN):
        yield real


@pytest.fixture
def note(real: Path, tmp_path: Path) -> ServerNote:
    """A note of this process, on a copy of the library, with nobody listening."""
    shutil.copytree(real, tmp_path / "copy")
    catalog = server_note.identity(tmp_path / "copy")
    assert catalog is not None
    return ServerNote("127.0.0.1", 1, "s" * 64, __version__, os.getpid(), catalog)


def search(library: Path, *arguments: str, served: bool) -> Done:
    """Run ``photoseek search``; with ``served``, in a process that cannot load NumPy or a catalog:
    so the answer is the server's."""
    without = "import sys; sys.modules.update(numpy=None, sqlalchemy=None, onnxruntime=None); "
    main = "from photoseek.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", (without if served else "") + main, "search", *arguments],
        capture_output=True,
        env={
            **os.environ,
            "PHOTOSEEK_LIBRARY": str(library),
            "PHOTOSEEK_SERVER": "on" if served else "off",
        },
        timeout=120,
        cwd=PHOTOS,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("a dog in the woods",),
        ("dog", "-people", "orientation:landscape", "-k", "5", "--csv"),
        ("a bar of gold", "--all"),
        ("a bar of gold",),
        ("--text", "a red flower", "--paths"),
        ("sea", "-0", "--sort", "date"),
        ("sea", "--sort", "name", "--no-group", "--offset", "3"),
        ("july 2023", "--literal", "--only", "meaning", "--strictness", "80"),
        ("nothing after:2199",),
        ("dog", "--model", "mini"),
    ],
)
def test_a_served_answer_is_byte_for_byte_the_usual_one(
    served: Path, arguments: tuple[str, ...]
) -> None:
    ours, theirs = (search(served, *arguments, served=one) for one in (False, True))
    assert (theirs.returncode, theirs.stdout, theirs.stderr) == (
        ours.returncode,
        ours.stdout,
        ours.stderr,
    )


def test_a_served_answer_in_json_is_the_usual_one_but_for_its_time(served: Path) -> None:
    ours, theirs = (
        json.loads(search(served, "dog", "--json", served=one).stdout) for one in (False, True)
    )
    assert ours.pop("seconds") > 0
    assert theirs.pop("seconds") > 0
    assert theirs == ours


def test_what_is_wrong_with_a_question_is_said_the_usual_way(served: Path) -> None:
    ours = search(served, "after:never", served=False)
    done = subprocess.run(
        [sys.executable, "-m", "photoseek", "search", "after:never", "--library", str(served)],
        capture_output=True,
        timeout=120,
    )
    assert ours.returncode == 2
    assert (done.returncode, done.stderr) == (ours.returncode, ours.stderr)


def test_a_picture_by_its_path_is_read_by_who_has_it(served: Path) -> None:
    picture = str(PHOTOS / "animals" / "tabby-cat.jpg")
    assert ask_server(served, QUESTION | {"words": [picture]}) is None
    assert ask_server(served, QUESTION) is not None


def test_the_note_is_its_owners_alone_and_goes_with_the_server(real: Path, tmp_path: Path) -> None:
    path = tmp_path / "library"
    shutil.copytree(real, path, ignore=shutil.ignore_patterns("server"))
    with server(path):
        left = path / server_note.NAME
        assert left.stat().st_mode & 0o777 == 0o600
        assert TOKEN not in left.read_text()
        copied = tmp_path / "copied"
        shutil.copytree(path, copied)
        assert server_note.find(path, __version__) is not None
        assert server_note.find(copied, __version__) is None  # of another catalog
        assert server_note.find(path, "0.0.0") is None
    assert not left.exists()
    assert ask_server(path, QUESTION) is None


def test_a_note_that_others_can_read_or_have_made_is_not_believed(
    note: ServerNote, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    server_note.leave(folder, note)
    assert server_note.find(folder, __version__) == note
    (folder / server_note.NAME).chmod(0o644)
    assert server_note.find(folder, __version__) is None
    (folder / server_note.NAME).chmod(0o600)
    if os.getuid() == 0:
        os.chown(folder / server_note.NAME, 12345, -1)
        assert server_note.find(folder, __version__) is None
        os.chown(folder / server_note.NAME, 0, -1)
    (folder / server_note.NAME).rename(folder / "elsewhere")
    (folder / server_note.NAME).symlink_to(folder / "elsewhere")
    assert server_note.find(folder, __version__) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"host": 1, "catalog": 2}'])
def test_a_note_that_makes_no_sense_is_no_note(note: ServerNote, tmp_path: Path, text: str) -> None:
    folder = tmp_path / "copy"
    server_note.leave(folder, note)
    (folder / server_note.NAME).write_text(text)
    assert server_note.find(folder, __version__) is None


def test_a_dead_servers_note_is_not_believed(note: ServerNote, tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    server_note.leave(tmp_path / "copy", replace(note, pid=ended.pid))
    assert server_note.find(tmp_path / "copy", __version__) is None
    server_note.leave(tmp_path / "copy", note)  # alive, but nobody listens there
    assert ask_server(tmp_path / "copy", QUESTION) is None


@contextmanager
def listening(reply: bytes) -> Iterator[int]:
    """Something that answers whatever comes with a few bytes and closes; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(1 << 16)
                line.sendall(reply)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b'HTTP/1.1 200 OK\r\n\r\n{"out": "no photographs here", "notes": [], "photos": 1}',
        b'HTTP/1.1 200 OK\r\nx-photoseek-proof: guess\r\n\r\n{"out": "", "notes": [], "photos": 1}',
        b"HTTP/1.1 500 Internal Server Error\r\n\r\n",
    ],
)
def test_whoever_has_not_the_secret_or_dies_in_the_middle_is_passed_by(
    note: ServerNote, tmp_path: Path, reply: bytes
) -> None:
    folder = tmp_path / "copy"
    with listening(reply) as port:
        server_note.leave(folder, replace(note, port=port))
        done = subprocess.run(
            [sys.executable, "-m", "photoseek", "search", "a dog in the woods", "--paths"],
            capture_output=True,
            env={**os.environ, "PHOTOSEEK_LIBRARY": str(folder)},
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert b"black-dog-in-woods.jpg" in done.stdout


def test_without_the_proof_nobody_is_answered(client: TestClient) -> None:
    for headers in ({}, {server_note.PROOF: "0" * 64}, {server_note.PROOF: "é".encode()}):
        refused = client.post(server_note.PATH, json=QUESTION, headers=headers)  # type: ignore[arg-type]
        assert refused.status_code == 403, refused.text
