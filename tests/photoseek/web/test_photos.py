"""Thumbnails and originals: caching, ranges, and what is not given."""

import io
import os
from pathlib import Path

import fsspec
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from conftest import Paint
from photoseek import Library
from photoseek.web.problems import Refused
from photoseek.web.serving import _span, disposition, open_below
from store import Store

API = "/api/v1"


@pytest.fixture
def first(client: TestClient) -> str:
    (number, *_) = client.get(f"{API}/timeline", params={"q": "in:red"}).json()["ids"]
    return f"{API}/photos/{number}"


@pytest.mark.parametrize("size", ["384", "1024", "2048"])
def test_a_thumbnail_is_a_small_jpeg_that_may_be_kept(
    client: TestClient, first: str, size: str
) -> None:
    answer = client.get(f"{first}/thumbnail", params={"size": size})
    assert answer.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert max(image.size) <= int(size)
    etag = answer.headers["etag"]
    again = client.get(f"{first}/thumbnail", params={"size": size}, headers={"if-none-match": etag})
    assert again.status_code == 304


def test_other_sizes_are_not_made(client: TestClient, first: str) -> None:
    assert client.get(f"{first}/thumbnail", params={"size": "9999"}).status_code == 422


def test_a_thumbnail_that_is_damaged_or_gone_is_made_again(
    client: TestClient, first: str, filled: Library
) -> None:
    whole = client.get(f"{first}/thumbnail").content
    for path in (filled.path / "thumbnails").glob("*/*.jpg"):
        path.write_bytes(b"not a picture")
    assert client.get(f"{first}/thumbnail").content == whole


def test_the_original_comes_whole_and_in_ranges(client: TestClient, first: str) -> None:
    whole = client.get(f"{first}/file")
    path = Path(client.get(first).json()["paths"][0])
    assert whole.content == path.read_bytes()
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["content-disposition"].startswith('inline; filename="red-')
    part = client.get(f"{first}/file", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    last = client.get(f"{first}/file", headers={"range": "bytes=-5"})
    assert last.content == whole.content[-5:]
    beyond = client.get(f"{first}/file", headers={"range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416
    stale = {"range": "bytes=10-19", "if-range": '"another"'}
    assert client.get(f"{first}/file", headers=stale).status_code == 200
    etag = whole.headers["etag"]
    assert client.get(f"{first}/file", headers={"if-none-match": etag}).status_code == 304
    saved = client.get(f"{first}/file", params={"download": True})
    assert saved.headers["content-disposition"].startswith("attachment")


@given(st.binary(min_size=1, max_size=60), st.integers(0, 80), st.integers(0, 80))
def test_every_range_is_a_slice(content: bytes, first: int, last: int) -> None:
    span = _span(f"bytes={first}-{last}", len(content))
    if last < first:
        assert span is None
    elif first >= len(content):
        assert span == ()
    else:
        assert span
        assert content[span[0] : span[1] + 1] == content[first : last + 1]


@given(st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name))
def test_any_name_fits_into_a_header(name: str) -> None:
    header = disposition(os.fsdecode(os.fsencode(name.encode("utf-8", "replace"))), inline=True)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_unknown_missing_and_offline_photographs_are_said(
    client: TestClient, first: str, filled: Library, photos: Path
) -> None:
    unknown = client.get(f"{API}/photos/999999/file")
    assert unknown.status_code == 404
    assert unknown.json()["detail"] == "id:999999: no photograph of this number is here"
    assert client.get(f"{API}/photos/0").status_code == 422
    assert client.get(f"{API}/photos/none").status_code == 422
    assert client.get(f"{API}/photos/{2**63}").status_code == 422
    gone = Path(client.get(first).json()["paths"][0])
    gone.unlink()
    missing = client.get(f"{first}/file")
    assert missing.status_code == 404
    assert missing.json()["detail"] == f"{gone.name}: its file is not there any more"
    assert client.get(f"{first}/thumbnail").status_code == 200
    photos.rename(photos.with_name("unplugged"))
    filled.index()
    away = client.get(f"{first}/file")
    assert away.json()["detail"] == f"{gone.name}: its drive is away"
    assert client.get(f"{first}/thumbnail").status_code == 200


def test_no_link_out_of_a_root_is_followed(client: TestClient, tmp_path: Path, first: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"not yours")
    path = Path(client.get(first).json()["paths"][0])
    path.unlink()
    path.symlink_to(secret)
    answer = client.get(f"{first}/file")
    assert answer.status_code == 403
    assert b"not yours" not in answer.content
    assert str(tmp_path) not in answer.text


def test_a_folder_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "in").mkdir(parents=True)
    outside.mkdir()
    (outside / "a").write_text("secret")
    (root / "in" / "a").write_text("ours")
    with open_below(root, root / "in" / "a") as file:
        assert file.read() == b"ours"
    (root / "link").symlink_to(root / "in")
    with open_below(root, root / "link" / "a") as file:
        assert file.read() == b"ours"
    (root / "out").symlink_to(outside)
    with pytest.raises(Refused):
        open_below(root, root / "out" / "a")
    os.mkfifo(root / "pipe")
    with pytest.raises(Refused):
        open_below(root, root / "pipe")


def test_only_pictures_that_hold_no_script_are_shown_inline(
    client: TestClient, filled: Library, photos: Path, paint: Paint
) -> None:
    for name in ("a.tiff", "b.svg", "c.html"):
        drawn = paint(photos / name, "red", seed=len(name) + ord(name[0]), format="TIFF")
        assert drawn.exists()
    filled.index(photos)
    found = client.get(f"{API}/search", params={"q": "type:tiff group:no"}).json()["hits"]
    assert found
    for hit in found:
        details = client.get(f"{API}/photos/{hit['photo']['id']}").json()
        assert details["inline"] is False
        answer = client.get(f"{API}/photos/{hit['photo']['id']}/file")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] in ("image/tiff", "application/octet-stream")
        preview = client.get(
            f"{API}/photos/{hit['photo']['id']}/thumbnail", params={"size": "2048"}
        )
        assert preview.headers["content-type"] == "image/jpeg"


def test_names_of_any_bytes_are_given(
    client: TestClient, filled: Library, photos: Path, paint: Paint
) -> None:
    odd = os.fsdecode(b'caf\xe9 "quoted"\n\xff.png')
    paint(photos / "plain.png", "red", seed=321).rename(photos / odd)
    filled.index(photos)
    hits = client.get(f"{API}/search", params={"q": "red group:no"}).json()["hits"]
    (hit,) = [hit for hit in hits if "quoted" in hit["photo"]["name"]]
    answer = client.get(f"{API}/photos/{hit['photo']['id']}/file")
    assert answer.status_code == 200
    assert "%FF.png" in answer.headers["content-disposition"]
    exported = client.post(f"{API}/photos/export", data={"ids": str(hit["photo"]["id"])})
    assert exported.status_code == 200


def test_the_store_is_not_needed_for_health(client: TestClient, filled: Library) -> None:
    assert isinstance(filled._store, Store)
    assert client.get(f"{API}/health").status_code == 200


def test_an_original_in_a_bucket_is_said_to_be_elsewhere(
    client: TestClient, filled: Library, photos: Path
) -> None:
    storage = fsspec.filesystem("memory")
    try:
        storage.pipe_file("/web/red.png", (photos / "red" / "red-0.png").read_bytes())
        filled.forget(photos)
        filled.index("memory://web")
        (number,) = client.get(f"{API}/timeline").json()["ids"]
        assert client.get(f"{API}/photos/{number}").json()["paths"] == ["memory://web/red.png"]
        assert client.get(f"{API}/photos/{number}/thumbnail").status_code == 200
        answer = client.get(f"{API}/photos/{number}/file")
        assert answer.status_code == 404
        assert answer.json()["detail"] == "red.png: is in object storage, not on this machine"
    finally:
        storage.rm("/web", recursive=True)
