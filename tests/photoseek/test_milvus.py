"""``--vectors``: the same answers with the vectors on Milvus, from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PHOTOS = Path(__file__).parents[2] / "data" / "photos"
QUESTIONS = (
    "a dog",
    "a dog in:animals",
    "people type:jpeg -in:animals",
    "water has:camera",
    "a house in:nowhere",
    "sky size:>0.1mp sort:date",
    "in:animals",
    "dog -people",
)


def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "photoseek", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    return done


def hits(library: Path, question: str, *more: str) -> list[tuple[str, float]]:
    found = run("search", question, "--json", "--library", str(library), *more).stdout
    return [(hit["path"], round(hit["score"], 4)) for hit in json.loads(found)["hits"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that was indexed with its vectors on a file of Milvus Lite."""
    folder = tmp_path_factory.mktemp("on-milvus")
    vectors = ("--vectors", str(folder / "vectors.db"))
    run("index", str(PHOTOS), "--library", str(folder / "library"), *vectors)
    return folder


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_is_found_as_with_faiss(folder: Path, question: str) -> None:
    library, vectors = folder / "library", ("--vectors", str(folder / "vectors.db"))
    assert hits(library, question, *vectors) == hits(library, question)


def test_status_doctor_and_verify_say_how_it_is(folder: Path) -> None:
    where = ("--library", str(folder / "library"), "--vectors", str(folder / "vectors.db"))
    assert f"Milvus at {folder / 'vectors.db'}: FLAT, up to date" in run("status", *where).stdout
    assert "sound" in run("verify", *where).stdout
    assert "up to date" in run("doctor", *where).stdout


def test_a_server_that_is_not_there_is_one_line(folder: Path) -> None:
    where = ("--library", str(folder / "library"), "--vectors", "http://127.0.0.1:9")
    said = run("search", "a dog", *where, code=1).stderr.splitlines()
    assert len(said) == 1
    assert "http://127.0.0.1:9: does not answer" in said[0]
    assert "does not answer" in run("status", *where).stdout


def test_a_run_without_an_answer_loses_nothing(tmp_path: Path) -> None:
    library = tmp_path / "library"
    where = ("--library", str(library))
    done = run("index", str(PHOTOS / "animals"), *where, "--vectors", "http://127.0.0.1:9")
    assert "the next run or search catches up" in done.stderr
    later = hits(library, "a dog", "--vectors", str(tmp_path / "vectors.db"))
    assert later == hits(library, "a dog")
    assert later


def test_a_bad_address_is_wrong_usage(folder: Path) -> None:
    where = ("--library", str(folder / "library"), "--vectors", "milvus")
    assert "neither a server" in run("search", "a dog", *where, code=2).stderr
