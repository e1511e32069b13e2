"""How often a question asks the catalog: what the last one has read already is not read again."""

import multiprocessing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from colours import ColourEncoder
from conftest import Paint
from photoseek import Library
from photoseek.web.app import create_app
from photoseek.web.settings import ServeSettings
from statements import counted

A_QUESTION = 5
"""The beginning, which state it is, how many have each word, and of photographs that are not known
yet the files and the facts."""
A_WORD = 3
"""Where any have it: which, in names, folders and tags."""


def ask(client: TestClient, text: str) -> dict[str, object]:
    found = client.get("/api/v1/search", params={"q": text})
    assert found.status_code == 200, found.text
    answer: dict[str, object] = found.json()
    return answer


def test_a_question_is_a_few_statements(client: TestClient) -> None:
    ask(client, "something red")
    for text, words in (("something green", 2), ("blue", 1), ("tall narrow tower", 3)):
        with counted() as statements:
            ask(client, text)
        assert len(statements) <= A_QUESTION + A_WORD * words, statements


def test_what_is_indexed_by_another_process_is_found_at_once(
    client: TestClient, filled: Library, photos: Path, paint: Paint
) -> None:
    before = ask(client, "something red")["photos"]
    paint(photos / "later.png", "red", (64, 48), seed=99)
    other = multiprocessing.get_context("spawn").Process(target=_index, args=(filled.path, photos))
    other.start()
    other.join(60)
    assert other.exitcode == 0
    assert ask(client, "something red")["photos"] == before + 1  # type: ignore[operator]


def _index(library: Path, photos: Path) -> None:
    with Library.open(library, encoder=ColourEncoder()) as opened:
        opened.index(photos)


@pytest.mark.parametrize("eager", [True, False])
def test_an_eager_server_reads_before_it_is_asked(filled: Library, *, eager: bool) -> None:
    settings = ServeSettings(eager=eager)
    with counted() as statements, TestClient(create_app(filled, settings)):
        pass
    assert bool(statements) == eager
