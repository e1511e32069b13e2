"""Safe by default: who may ask, from where, and what an answer gives away."""

import html
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from errors import UsageError
from photoseek.web.problems import without_paths
from photoseek.web.settings import ServeSettings

from .conftest import Serve

API = "/api/v1"
TOKEN = "correct-horse-battery"


@pytest.mark.parametrize("host", ["192.168.1.5", "0.0.0.0", "::", "photos.example"])
def test_others_can_ask_only_with_a_token(host: str) -> None:
    with pytest.raises(UsageError, match=r"--token"):
        ServeSettings(host=host)
    assert ServeSettings(host=host, token=TOKEN).is_local is False


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    assert ServeSettings(host=host).is_local


@pytest.mark.parametrize("token", ["short", "with a space in it", "", "ünïcödé-tökén-lång"])
def test_weak_tokens_are_refused(token: str) -> None:
    with pytest.raises(UsageError, match="token"):
        ServeSettings(token=token)
    assert TOKEN not in repr(ServeSettings(token=TOKEN))


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8472", "127.0.0.1.evil.example", ""]
)
def test_a_name_that_is_not_ours_is_not_answered(client: TestClient, host: str) -> None:
    answer = client.get(f"{API}/status", headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["localhost", "localhost:8472", "127.0.0.1:1", "[::1]:80"])
def test_our_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get(f"{API}/status", headers={"host": host}).status_code == 200


def test_more_names_can_be_given(serve: Serve) -> None:
    named = serve(hosts=("photos.home",))
    assert named.get(f"{API}/health", headers={"host": "photos.home"}).status_code == 200
    everywhere = serve(host="0.0.0.0", token=TOKEN)
    assert everywhere.get(f"{API}/health", headers={"host": "192.168.1.9:80"}).status_code == 200
    assert everywhere.get(f"{API}/health", headers={"host": "evil.example"}).status_code == 421


FOREIGN = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:9"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]
CHANGES = [
    ("POST", "/tags", {"label": "x", "ids": [1]}),
    ("DELETE", "/tags/x", None),
    ("PUT", "/saved/x", {"query": "red"}),
    ("DELETE", "/saved/x", None),
    ("PUT", "/models/active", {"name": "mini"}),
    ("POST", "/index", {}),
    ("DELETE", "/index", None),
    ("POST", "/index/pause", None),
    ("POST", "/index/resume", None),
    ("POST", "/photos/1/reveal", None),
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_no_other_site_can_change_anything(
    client: TestClient, method: str, path: str, body: object, headers: dict[str, str]
) -> None:
    answer = client.request(method, API + path, json=body, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "http://localhost"}, {"sec-fetch-site": "none"}]
)
def test_our_own_page_and_programs_can(client: TestClient, headers: dict[str, str]) -> None:
    body = {"query": "red"}
    assert client.put(f"{API}/saved/x", json=body, headers=headers).status_code == 204


def test_a_form_of_another_site_cannot_pose_as_json(client: TestClient) -> None:
    body = '{"label": "x", "ids": [1]}'
    plain = {"content-type": "text/plain"}
    assert client.post(f"{API}/tags", content=body, headers=plain).status_code in (415, 422)


def test_with_a_token_nothing_is_told_without_it(serve: Serve) -> None:
    guarded = serve(token=TOKEN)
    for path in (
        "/search?q=red",
        "/status",
        "/photos/1/file",
        "/openapi.json",
        "/metrics",
        "/none",
    ):
        answer = guarded.get(API + path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert guarded.get(f"{API}/health").status_code == 200
    assert guarded.get("/page/app.js").status_code == 401
    page = guarded.get("/", headers={"accept": "text/html"}, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/login")


def test_the_token_opens_in_a_header(serve: Serve) -> None:
    guarded = serve(token=TOKEN)
    for header in (f"Bearer {TOKEN}", f"bearer  {TOKEN}"):
        assert guarded.get(f"{API}/status", headers={"authorization": header}).status_code == 200
    for header in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer", "Bearer é"):
        sent = header.encode("latin-1")
        assert guarded.get(f"{API}/status", headers={b"authorization": sent}).status_code == 401


def test_the_login_page_gives_a_cookie_that_no_script_reads(serve: Serve) -> None:
    guarded = serve(token=TOKEN)
    assert "Token" in guarded.get("/login").text
    wrong = guarded.post("/login", data={"token": "no"})
    assert (wrong.status_code, "not the token" in wrong.text) == (401, True)
    right = guarded.post("/login", data={"token": TOKEN}, follow_redirects=False)
    assert (right.status_code, right.headers["location"]) == (303, "/")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert guarded.get(f"{API}/status").status_code == 200
    guarded.cookies.clear()
    guarded.cookies.set("photoseek", "0" * 64)
    assert guarded.get(f"{API}/status").status_code == 401


@pytest.mark.parametrize("asked", ["/?q=red+%22sunset%22&sort=date", "/api/v1/photos/1/file"])
def test_after_the_login_comes_what_was_asked_for(serve: Serve, asked: str) -> None:
    guarded = serve(token=TOKEN)
    sent = guarded.get(asked, headers={"accept": "text/html"}, follow_redirects=False)
    assert sent.status_code == 303
    form = guarded.get(sent.headers["location"]).text
    kept = html.unescape(re.findall(r'name="to" value="([^"]*)"', form)[0])
    wrong = guarded.post("/login", data={"token": "no", "to": kept}).text
    assert re.findall(r'name="to" value="([^"]*)"', wrong) == [html.escape(kept)]
    right = guarded.post("/login", data={"token": TOKEN, "to": kept}, follow_redirects=False)
    assert right.headers["location"] == asked


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/?q=a\r\nset-cookie: x=y",
        '/"><script>',
        "",
    ],
)
def test_the_login_leads_to_no_other_server(serve: Serve, to: str) -> None:
    guarded = serve(token=TOKEN)
    form = guarded.get("/login", params={"to": to}).text
    assert 'name="to" value="/"' in form
    sent = {"token": TOKEN, "to": to}
    right = guarded.post("/login", data=sent, follow_redirects=False)
    assert (right.status_code, right.headers["location"]) == (303, "/")


def test_the_login_speaks_the_visitors_language(serve: Serve) -> None:
    guarded = serve(token=TOKEN)
    for asked, said in {
        "de-AT,de;q=0.9,en": "de",
        "fr, ja;q=0.5": "ja",
        "": "en",
        "xx": "en",
    }.items():
        form = guarded.get("/login", headers={"accept-language": asked}).text
        assert f'<html lang="{said}">' in form


def test_a_read_only_server_has_no_changing_route(serve: Serve) -> None:
    looked_at = serve(read_only=True)
    assert looked_at.get(f"{API}/status").json()["can"]["change"] is False
    for method, path, body in CHANGES:
        answer = looked_at.request(method, API + path, json=body)
        assert answer.status_code in (404, 405), path
    paths = looked_at.get(f"{API}/openapi.json").json()["paths"]
    asking = {"/search", "/recommend", "/photos/export"}
    for path, methods in paths.items():
        if path.removeprefix(API) not in asking:
            assert set(methods) == {"get"}, path


def test_every_answer_is_sealed(client: TestClient) -> None:
    for path in ("/", f"{API}/status", f"{API}/photos/1/thumbnail", f"{API}/none", "/page/none"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/page/../app.py",
        "/page/%2e%2e/app.py",
        "/page/..%2fapp.py",
        "/../../etc/passwd",
        "//etc/passwd",
    ],
)
def test_nothing_beside_the_page_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert "import" not in answer.text


def test_a_path_of_the_machine_is_in_no_error(client: TestClient, photos: Path) -> None:
    asked = [
        client.get(f"{API}/search", params={"q": "image:/etc/passwd"}),
        client.get(f"{API}/search", params={"q": "https://evil.example/a.jpg"}),
        client.get(f"{API}/search", params={"q": "red", "model": "none"}),
        client.get(f"{API}/folders", params={"below": "/etc"}),
        client.post(f"{API}/index", json={"folder": str(photos.parent / "elsewhere")}),
        client.get(f"{API}/photos/999/file"),
    ]
    for answer in asked:
        assert 400 <= answer.status_code < 500
        assert str(photos.parent) not in answer.text
        assert "/tmp" not in answer.text


def test_paths_are_cut_to_their_names() -> None:
    hidden = [Path("/home/me/My Pictures"), Path("/home/me")]
    for text, cut in {
        "/home/me/My Pictures: no such folder": "My Pictures: no such folder",
        "/var/lib/x/catalog.db: damaged (5); repair": "catalog.db: damaged (5); repair",
        r"C:\Users\me\a.jpg: not a picture": "a.jpg: not a picture",
        "and/or is no path, nor is 1/2": "and/or is no path, nor is 1/2",
        "see https://example.org/a/b": "see https://example.org/a/b",
    }.items():
        assert without_paths(text, hidden) == cut
