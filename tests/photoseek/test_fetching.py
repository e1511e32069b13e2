"""Pictures from the web: only when allowed, within limits, never from one's own network."""

import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from conftest import Paint
from errors import PictureError, QueryError
from photoseek import Library
from photoseek.fetching import FetchLimits, fetch, is_public

OPEN = FetchLimits(private=True)


class Site(BaseHTTPRequestHandler):
    """Answers by path."""

    asked: list[str] = []  # noqa: RUF012 - shared on purpose

    def do_GET(self) -> None:
        Site.asked.append(self.path)
        pages: dict[str, Callable[[], None]] = {
            "/red.png": lambda: self._send(200, picture("red"), "image/png"),
            "/page": lambda: self._send(200, b"<html>", "text/html"),
            "/huge": lambda: self._send(200, b"x" * 5000, "image/png"),
            "/to-red": lambda: self._redirect("/red.png"),
            "/loop": lambda: self._redirect("/loop"),
            "/to-file": lambda: self._redirect("file:///etc/passwd"),
            "/slow": self._slowly,
        }
        pages.get(self.path, lambda: self._send(404, b"", "text/html"))()

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()

    def _slowly(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return
            threading.Event().wait(0.05)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def picture(colour: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_picture_comes_over_a_redirect(site: str) -> None:
    assert fetch(f"{site}/to-red", OPEN) == picture("red")


@pytest.mark.parametrize(
    ("path", "limits", "told"),
    [
        ("/page", OPEN, "is text/html, not a picture"),
        ("/gone", OPEN, "404"),
        ("/huge", FetchLimits(bytes=4000, private=True), "larger than"),
        ("/loop", OPEN, "more than 3 redirects"),
        ("/slow", FetchLimits(seconds=0.3, private=True), "took too long|timed out"),
    ],
)
def test_what_is_no_picture_within_the_limits(
    site: str, path: str, limits: FetchLimits, told: str
) -> None:
    with pytest.raises(PictureError, match=told):
        fetch(site + path, limits)


def test_a_redirect_to_anything_but_the_web_is_refused(site: str) -> None:
    with pytest.raises(QueryError, match="http or https"):
        fetch(f"{site}/to-file", OPEN)


def test_ones_own_machine_is_never_asked(site: str) -> None:
    Site.asked.clear()
    for address in (site, site.replace("127.0.0.1", "localhost")):
        with pytest.raises(QueryError, match="private address"):
            fetch(f"{address}/red.png")
    assert Site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0"),
        *("::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),
        *("100.64.0.1", "fe80::1%eth0", "255.255.255.255", "224.0.0.1"),
    ],
)
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_nothing_is_fetched_unless_it_is_allowed(
    library: Library, photos: Path, paint: Paint, site: str
) -> None:
    paint(photos / "red.png", "red")
    library.index(photos)
    Site.asked.clear()
    with pytest.raises(QueryError, match="allow it with --allow-url"):
        library.search(f"{site}/red.png")
    with pytest.raises(QueryError, match="private address"):
        library.search(f"{site}/red.png", allow_url=True)
    assert Site.asked == []


def test_a_picture_of_the_web_is_an_example(
    library: Library, photos: Path, paint: Paint, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(photos / "a.png", "red")
    paint(photos / "b.png", "blue")
    library.index(photos)
    monkeypatch.setattr("photoseek.fetching.FetchLimits", lambda: OPEN)
    answer = library.search(f"{site}/red.png", allow_url=True)
    assert answer[0].path.name == "a.png"
