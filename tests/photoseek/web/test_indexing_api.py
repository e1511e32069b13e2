"""Indexing from the page: start, watch, pause, cancel, failures, and what is not allowed."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from conftest import Paint
from photoseek import Library
from photoseek.web.app import create_app
from photoseek.web.settings import ServeSettings

API = "/api/v1"
SECONDS = 60


@pytest.fixture
def allowed(library: Library, photos: Path) -> Any:
    """A client of an empty library that may index below ``photos``."""
    app = create_app(library, ServeSettings(roots=(photos,)))
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def ended(client: TestClient) -> dict[str, Any]:
    """The state of the run once it has ended."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        state: dict[str, Any] = client.get(f"{API}/index").json()
        if state["state"] not in ("running", "paused"):
            return state
        time.sleep(0.05)
    raise AssertionError(state)


def test_a_folder_is_chosen_indexed_and_found(
    allowed: TestClient, photos: Path, paint: Paint
) -> None:
    for seed in range(3):
        paint(photos / "holiday" / f"{seed}.png", "red", seed=seed)
    (photos / "holiday" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    (root,) = allowed.get(f"{API}/folders").json()
    assert (root["name"], root["indexed"], root["folders"]) == ("photos", False, True)
    (holiday,) = allowed.get(f"{API}/folders", params={"below": root["path"]}).json()
    started = allowed.post(f"{API}/index", json={"folder": holiday["path"]})
    assert (started.status_code, started.json()["state"]) == (202, "running")
    state = ended(allowed)
    assert state["state"] == "done"
    assert (state["counts"]["indexed"], state["counts"]["failed"]) == (3, 1)
    (failure,) = state["failures"]
    assert failure["path"].endswith("broken.jpg")
    assert failure["reason"]
    assert (
        len(allowed.get(f"{API}/search", params={"q": "red", "group": False}).json()["hits"]) == 3
    )
    (after,) = allowed.get(f"{API}/folders", params={"below": root["path"]}).json()
    assert after["indexed"] is True


def test_progress_is_a_stream_of_events(allowed: TestClient, photos: Path, paint: Paint) -> None:
    for seed in range(40):
        paint(photos / f"{seed}.png", "green", seed=seed)
    allowed.post(f"{API}/index", json={"folder": str(photos)})
    with allowed.stream("GET", f"{API}/index/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        data = [line for line in stream.iter_lines() if line.startswith("data:")]
    states = [json.loads(line.removeprefix("data:")) for line in data]
    assert states[-1]["state"] == "done"
    assert states[-1]["counts"]["indexed"] == 40
    dones = [state["done"] for state in states if state["stage"] == "read"]
    assert dones == sorted(dones)


def test_a_run_pauses_goes_on_and_is_cancelled(
    allowed: TestClient, photos: Path, paint: Paint
) -> None:
    for seed in range(60):
        paint(photos / f"{seed}.png", "blue", seed=seed)
    allowed.post(f"{API}/index", json={"folder": str(photos)})
    assert allowed.post(f"{API}/index/pause").json()["state"] == "paused"
    assert allowed.post(f"{API}/index/pause").status_code == 409
    time.sleep(0.5)
    before = allowed.get(f"{API}/index").json()["done"]
    time.sleep(0.5)
    assert allowed.get(f"{API}/index").json()["done"] == before
    busy = allowed.post(f"{API}/index", json={"folder": str(photos)})
    assert "going on" in busy.json()["detail"]
    assert allowed.post(f"{API}/index/resume").json()["state"] == "running"
    assert allowed.delete(f"{API}/index").status_code == 202
    state = ended(allowed)
    assert state["state"] in ("cancelled", "done")
    assert allowed.delete(f"{API}/index").status_code == 409
    again = allowed.post(f"{API}/index", json={"folder": str(photos)})
    assert again.status_code == 202
    assert ended(allowed)["state"] == "done"
    assert allowed.get(f"{API}/status").json()["photos"] == 60


def test_searches_are_answered_while_a_run_goes_on(
    allowed: TestClient, photos: Path, paint: Paint
) -> None:
    for seed in range(80):
        paint(photos / f"{seed}.png", "red", seed=seed)
    allowed.post(f"{API}/index", json={"folder": str(photos)})
    counts = []
    while allowed.get(f"{API}/index").json()["state"] == "running":
        answer = allowed.get(f"{API}/search", params={"q": "red", "group": False, "limit": 500})
        if answer.status_code == 200:
            counts.append(len(answer.json()["hits"]))
        else:
            assert answer.status_code == 409  # nothing committed yet
    assert counts == sorted(counts)


@pytest.mark.parametrize("folder", ["..", "/", "/etc", "~", "\x00", "", "https://example.org"])
def test_folders_that_were_not_allowed_are_not_touched(
    allowed: TestClient, photos: Path, folder: str
) -> None:
    for given in (folder, f"{photos}/../{folder}"):
        assert allowed.get(f"{API}/folders", params={"below": given}).status_code in (400, 403)
        assert allowed.post(f"{API}/index", json={"folder": given}).status_code in (400, 403)


def test_a_link_out_of_an_allowed_folder_is_not_one_of_it(
    allowed: TestClient, photos: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (photos / "link").symlink_to(outside)
    answer = allowed.post(f"{API}/index", json={"folder": str(photos / "link")})
    assert answer.status_code == 403


def test_a_folder_that_is_gone_is_said(allowed: TestClient, photos: Path) -> None:
    allowed.post(f"{API}/index", json={"folder": str(photos / "none")})
    state = ended(allowed)
    assert state["state"] == "failed"
    assert "no such folder" in state["error"]
    assert str(photos.parent) not in state["error"]


def test_nothing_to_bring_up_to_date_is_said(allowed: TestClient) -> None:
    answer = allowed.post(f"{API}/index", json={})
    assert "choose a folder" in answer.json()["detail"]


def test_a_server_that_ends_ends_its_run(library: Library, photos: Path, paint: Paint) -> None:
    for seed in range(60):
        paint(photos / f"{seed}.png", "red", seed=seed)
    app = create_app(library, ServeSettings(roots=(photos,)))
    with TestClient(app, base_url="http://localhost") as client:
        client.post(f"{API}/index", json={"folder": str(photos)})
        client.post(f"{API}/index/pause")
    assert not any(thread.name == "indexing" for thread in threading.enumerate())
    library.index(photos)
    assert library.status().counts.photos == 60
