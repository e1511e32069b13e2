"""Each wrong request gets one clear answer, and the server goes on."""

import io
import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from colours import ColourEncoder
from photoseek import Library
from photoseek.web.app import create_app
from photoseek.web.cursors import Cursor, digest
from photoseek.web.problems import Refused

from .conftest import Serve

API = "/api/v1"


def problem(answer: Any, status: int) -> str:
    """The sentence of a problem document of that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    return str(body["detail"])


def bomb() -> bytes:
    """A PNG of 60,000 × 60,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("after:yesteryear", "column 1: after: 'yesteryear' is no date"),
        ("red camera:", "camera"),
        ('"red', "column 1: the quotes that begin here do not end"),
        ("limit:0", "limit 0"),
        ("near:99,0,1", "latitude"),
        ("/etc/passwd", "pictures by path or address are for the command line"),
        ("https://example.org/a.jpg", "pictures by path or address are for the command line"),
        ("id:999999", "id:999999: no photograph of this number here"),
        ("@nobody", "nobody"),
    ],
)
def test_mistakes_in_a_query_are_said_as_on_the_command_line(
    client: TestClient, query: str, sentence: str
) -> None:
    assert sentence in problem(client.get(f"{API}/search", params={"q": query}), 400)


def test_a_mistake_has_its_column(client: TestClient) -> None:
    body = client.get(f"{API}/search", params={"q": "red after:x"}).json()
    assert (body["column"], body["code"]) == (5, "QueryError")


@pytest.mark.parametrize("letter", ["a", "a ", '"', "-", "ü", "(", "id:1 "])
def test_queries_of_ten_thousand_letters_are_answered(client: TestClient, letter: str) -> None:
    text = (letter * 10_000)[:10_000]
    assert client.get(f"{API}/search", params={"q": text}).status_code in (200, 400)
    assert "10000" in problem(client.get(f"{API}/search", params={"q": text + "a"}), 422)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_any_text_is_answered(client: TestClient, text: str) -> None:
    assert client.get(f"{API}/search", params={"q": text}).status_code in (200, 400)


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": "x"},
        {"sort": "size"},
        {"strictness": 101},
        {"qq": "x"},
    ],
)
def test_parameters_that_make_no_sense(client: TestClient, params: dict[str, str | int]) -> None:
    assert next(iter(params)) in problem(client.get(f"{API}/search", params=params), 422)


@pytest.mark.parametrize("cursor", ["x", "", "e30", "W10", "4" * 5000, "WzEsMiwzLDRd", "\x00"])
def test_cursors_that_are_none(client: TestClient, cursor: str) -> None:
    params = {"q": "red", "cursor": cursor}
    assert "cursor" in problem(client.get(f"{API}/search", params=params), 400)


def test_a_cursor_of_another_library_or_question(
    client: TestClient, tmp_path: Path, photos: Path
) -> None:
    cursor = client.get(f"{API}/search", params={"q": "red", "limit": 1}).json()["cursor"]
    other = client.get(f"{API}/search", params={"q": "blue", "cursor": cursor})
    assert "another question" in problem(other, 400)
    with Library.open(tmp_path / "second", encoder=ColourEncoder()) as library:
        library.index(photos)
        with TestClient(create_app(library), base_url="http://localhost") as second:
            answer = second.get(f"{API}/search", params={"q": "red", "cursor": cursor})
            assert "another library" in problem(answer, 400)


@given(st.text(max_size=40), st.integers(0, 2**63 - 1), st.integers(0, 100_000), st.text())
def test_cursors_come_back(library: str, change: int, offset: int, question: str) -> None:
    cursor = Cursor(library, change, offset, question)
    assert Cursor.read(str(cursor), library, question) == cursor


@given(st.text())
def test_no_text_makes_a_cursor_crash(text: str) -> None:
    with pytest.raises(Refused):
        Cursor.read(text, "library", digest("question"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "picture"),
        (b"not a picture", "picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "picture"),
    ],
)
def test_what_is_no_picture_is_refused(client: TestClient, data: bytes, sentence: str) -> None:
    files = {"image": ("holiday.jpg", data, "image/jpeg")}
    detail = problem(client.post(f"{API}/search", files=files), 422)
    assert detail.startswith("holiday.jpg: ")
    assert sentence in detail or detail
    assert "/tmp" not in detail


def test_a_bomb_is_refused_from_its_header(client: TestClient) -> None:
    files = {"image": ("bomb.png", bomb(), "image/png")}
    assert "pixels" in problem(client.post(f"{API}/search", files=files), 422)


def test_too_much_is_refused(client: TestClient) -> None:
    big = {"image": ("big.png", bytes(65 * 2**20), "image/png")}
    assert "larger than 64 MB" in problem(client.post(f"{API}/search", files=big), 413)
    many = [("image", (f"{n}.png", b"x", "image/png")) for n in range(9)]
    assert client.post(f"{API}/search", files=many).status_code in (400, 413)
    body = json.dumps({"label": "x" * 2**20, "ids": [1]})
    json_type = {"content-type": "application/json"}
    assert problem(client.post(f"{API}/tags", content=body, headers=json_type), 413)

    def endless() -> Iterator[bytes]:
        for _ in range(80):
            yield bytes(2**20)

    answer = client.post(f"{API}/search", content=endless(), headers=json_type)
    assert "larger than 64 MB" in problem(answer, 413)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"\xff\xfe"),
        ("application/json", b'{"q": 5}'),
        ("application/json", b'{"unknown": 5}'),
        ("application/json", b"[" * 100_000),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--",
        ),
        ("text/plain", b"red"),
        ("", b""),
    ],
)
def test_malformed_bodies(client: TestClient, content_type: str, body: bytes) -> None:
    headers = {"content-type": content_type} if content_type else {}
    answer = client.post(f"{API}/search", content=body, headers=headers)
    assert 400 <= answer.status_code < 500 or (answer.status_code == 200 and "form" in content_type)
    assert answer.headers["content-type"] in ("application/problem+json", "application/json")


def test_before_anything_is_indexed(library: Library) -> None:
    with TestClient(create_app(library), base_url="http://localhost") as empty:
        status = empty.get(f"{API}/status").json()
        assert (status["library"], status["photos"]) == (False, 0)
        for path in ("search?q=red", "facets", "timeline", "tags", "duplicates", "map", "failed"):
            assert "photoseek index" in problem(empty.get(f"{API}/{path}"), 409)
        assert empty.get(f"{API}/models").status_code == 200
        assert empty.get(f"{API}/metrics").status_code == 200
        assert empty.get(f"{API}/folders").json() == []


def test_a_library_deleted_while_serving_and_back_again(
    client: TestClient, filled: Library, tmp_path: Path
) -> None:
    assert client.get(f"{API}/search", params={"q": "red"}).status_code == 200
    kept = tmp_path / "kept"
    shutil.move(filled.path, kept)
    assert problem(client.get(f"{API}/search", params={"q": "red"}), 409)
    assert client.get(f"{API}/status").json()["library"] is False
    assert client.get(f"{API}/health").status_code == 200
    shutil.move(kept, filled.path)
    assert client.get(f"{API}/search", params={"q": "red"}).status_code == 200


def test_a_library_that_another_process_writes_to(client: TestClient, filled: Library) -> None:
    with filled._store.writer():
        answer = client.put(f"{API}/saved/x", json={"query": "red"})
        detail = problem(answer, 423)
        assert str(os.getpid()) in detail
        assert str(filled.path) not in detail
        assert client.get(f"{API}/search", params={"q": "red"}).status_code == 200
    assert client.put(f"{API}/saved/x", json={"query": "red"}).status_code == 204


def test_unknown_addresses_and_methods(client: TestClient) -> None:
    assert problem(client.get(f"{API}/nothing"), 404)
    assert problem(client.post(f"{API}/status"), 405)
    assert problem(client.get("/nothing"), 404)


def test_a_picture_that_takes_a_while_does_not_hold_up_the_rest(serve: Serve) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (3000, 3000), "red").save(stream, "PNG")
    client = serve()
    files = {"image": ("large.png", stream.getvalue(), "image/png")}
    assert client.post(f"{API}/search", files=files).status_code == 200
