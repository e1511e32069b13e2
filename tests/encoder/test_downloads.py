"""Downloads from a small hub on this machine that answers as the real one does."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save_file

from encoder.downloads import Hub, is_offline, names_of_weights
from encoder.install import AddRequest, Progress, add_model
from errors import DownloadError

COMMIT = "0123456789" * 4


class FakeHub(ThreadingHTTPServer):
    """Serves ``files`` by ``owner/name/file``; ``asked`` is every path it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, bytes] = {}
        self.digests: dict[str, str] = {}
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, path: str, content: bytes) -> None:
        self.files[path] = content
        self.digests[path] = hashlib.sha256(content).hexdigest()


class Answer(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.respond(body=False)

    def do_GET(self) -> None:
        self.respond(body=True)

    def respond(self, *, body: bool) -> None:
        hub = self.server
        assert isinstance(hub, FakeHub)
        path = self.path.strip("/").replace("/resolve/main/", "/")
        hub.asked.append(path)
        content = hub.files.get(path)
        self.send_response(404 if content is None else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(content or b"")))
        if content is None:
            self.send_header("X-Error-Code", "EntryNotFound")
        else:
            self.send_header("ETag", f'"{hub.digests[path]}"')
        self.end_headers()
        if body and content is not None:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    server = FakeHub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client(cache: Path, *, offline: bool = False) -> Hub:
    return Hub("me/model", cache, offline=offline, on_bytes=lambda *_: None)


def test_a_model_of_the_hub_is_fetched_once(
    hub: FakeHub, taught: Path, tmp_path: Path, home: Path
) -> None:
    save_file(torch.load(taught, weights_only=True), tmp_path / "weights")
    config = json.loads(taught.with_name("tiny-clip.json").read_text())
    hub.put("me/tiny/open_clip_config.json", json.dumps({"model_cfg": config}).encode())
    hub.put("me/tiny/open_clip_model.safetensors", (tmp_path / "weights").read_bytes())
    steps: list[Progress] = []
    report = add_model(AddRequest("hf-hub:me/tiny"), on_progress=steps.append)
    assert report.name == "me/tiny"
    assert (home / "me" / "tiny" / "image.onnx").exists()
    size = (tmp_path / "weights").stat().st_size
    assert Progress("download", size, size) in steps
    asked = len(hub.asked)
    again = add_model(AddRequest("hf-hub:me/tiny", "again", offline=True))
    assert again.parity == report.parity
    assert len(hub.asked) == asked


def test_what_is_in_the_cache_is_not_asked_for(hub: FakeHub, tmp_path: Path) -> None:
    hub.put("me/model/a.bin", b"weights")
    first = client(tmp_path).fetch("me/model", "a.safetensors", "a.bin")
    assert first.read_bytes() == b"weights"
    hub.shutdown()
    assert client(tmp_path, offline=True).fetch("me/model", "a.safetensors", "a.bin") == first


def test_a_file_that_arrives_damaged_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    hub.put("me/model/a.bin", b"weights")
    hub.files["me/model/a.bin"] = b"weightz"
    with pytest.raises(DownloadError, match=r"me/model: a\.bin arrived damaged; run again"):
        client(tmp_path).fetch("me/model", "a.bin")
    hub.put("me/model/a.bin", b"weights")
    assert client(tmp_path).fetch("me/model", "a.bin").read_bytes() == b"weights"


@pytest.mark.usefixtures("hub")
def test_a_repository_that_lacks_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"me/model has no a or b; --model mini"):
        client(tmp_path).fetch("me/model", "a", "b")
    with pytest.raises(DownloadError, match="has no a or b"):
        client(tmp_path).fetch_some("me/model", ["a", "b", "c"])


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("on", True), ("0", False)])
def test_offline_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str, *, offline: bool
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    assert is_offline() is offline


def test_the_safe_format_is_asked_for_first() -> None:
    assert names_of_weights("")[0] == "open_clip_model.safetensors"
    assert names_of_weights("model.bin") == ("model.safetensors", "model.bin")
    assert names_of_weights("model.pt") == ("model.pt",)
