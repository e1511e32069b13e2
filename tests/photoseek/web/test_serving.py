"""A real ``photoseek serve``: how it starts, ends, and holds out."""

import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import PHOTOS

from .conftest import server

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(real: Path) -> Iterator[str]:
    with server(real) as found:
        yield found


def get(address: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)) as connection:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()


def lines() -> list[str]:
    return [line for line in DOCS.splitlines() if line.startswith("curl ")]


@pytest.mark.parametrize("line", lines())
def test_what_the_docs_show_by_curl_works(address: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    command = shlex.split(line.replace("http://localhost:8472", address))
    done = subprocess.run(
        [*command, "--fail-with-body"], cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    made = [path for path in tmp_path.iterdir() if path.name != "data"]
    assert done.stdout or made or "saved" in line


def run(*options: str, library: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "photoseek", "serve", "--library", str(library), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_in_use_is_one_line_and_another_can_be_chosen(real: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("--port", str(taken.getsockname()[1]), library=real)
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--host", "0.0.0.0"), "--token"),
        (("--token", "short"), "12 letters"),
        (("--host", "192.0.2.1", "--token", "auto", "--port", "0"), "192.0.2.1"),
        (("--root", "/nowhere"), "no such folder"),
    ],
)
def test_what_would_not_be_safe_is_wrong_usage(
    real: Path, options: tuple[str, ...], said: str
) -> None:
    done = run(*options, library=real)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_a_token_is_made_printed_once_and_asked_for(real: Path) -> None:
    command = [sys.executable, "-m", "photoseek", "serve", "--port", "0", "--token", "auto"]
    command += ["--host", "0.0.0.0", "--library", str(real)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        address = process.stdout.readline().split()[3].rstrip("/")
        token = process.stdout.readline().removeprefix("token: ").strip()
        assert get(address, "/api/v1/status")[0] == 401
        asked = {"authorization": f"Bearer {token}"}
        assert get(address, "/api/v1/status", asked)[0] == 200
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "can be reached by others" in err
    assert token not in out + err


def test_a_folder_is_revealed_to_who_sits_at_this_machine(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = tmp_path / "opened"
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with server(real, "--name", "photos.home") as address:
        assert json.loads(get(address, "/api/v1/status")[1])["can"]["reveal"] is True
        through_a_proxy = get(address, "/api/v1/status", {"host": "photos.home"})[1]
        assert json.loads(through_a_proxy)["can"]["reveal"] is False
        with closing(http.client.HTTPConnection(urlsplit(address).netloc)) as connection:
            connection.request("POST", "/api/v1/photos/1/reveal")
            assert connection.getresponse().status == 204
    deadline = time.monotonic() + 20
    while not (opened.exists() and opened.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert Path(opened.read_text().strip()).is_relative_to(PHOTOS)


def test_where_nothing_opens_folders_it_is_said_as_the_document_says(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no xdg-open there
    with (
        server(real) as address,
        closing(http.client.HTTPConnection(urlsplit(address).netloc)) as connection,
    ):
        connection.request("POST", "/api/v1/photos/1/reveal")
        answer = connection.getresponse()
        said = json.loads(answer.read())
        paths = json.loads(get(address, "/api/v1/openapi.json")[1])["paths"]
    assert (answer.status, "xdg-open" in said["detail"]) == (501, True)
    described = paths["/api/v1/photos/{id}/reveal"]["post"]["responses"]["501"]
    assert list(described["content"]) == [answer.headers["content-type"]]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(real: Path, ending: signal.Signals) -> None:
    command = [sys.executable, "-m", "photoseek", "serve", "--port", "0", "--library", str(real)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(ending)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


def test_an_upload_of_200_megabytes_is_refused_and_the_server_goes_on(address: str) -> None:
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)) as connection:
        connection.putrequest("POST", "/api/v1/search")
        connection.putheader("content-type", "multipart/form-data; boundary=x")
        connection.putheader("content-length", str(200 * 2**20))
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert "larger than 64 MB" in json.loads(answer.read())["detail"]
    assert get(address, "/api/v1/health")[0] == 200


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_requests_that_are_none_end_their_own_connection_only(
    address: str, request_text: bytes
) -> None:
    with socket.create_connection((urlsplit(address).hostname, urlsplit(address).port)) as wire:
        wire.settimeout(30)
        wire.sendall(request_text)
        answer = wire.recv(4096)
    assert answer == b"" or answer.split()[1][:1] == b"4"
    assert get(address, "/api/v1/health")[0] == 200


def test_a_library_is_deleted_and_made_anew_while_it_is_served(tmp_path: Path, real: Path) -> None:
    path = tmp_path / "library"
    shutil.copytree(real, path)
    with server(path) as address:
        assert get(address, "/api/v1/search?q=dog")[0] == 200
        shutil.rmtree(path)
        assert get(address, "/api/v1/search?q=dog")[0] == 409
        assert get(address, "/api/v1/status")[0] == 200
        shutil.copytree(real, path)
        assert get(address, "/api/v1/search?q=dog")[0] == 200
