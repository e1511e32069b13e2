"""A library on PostgreSQL as a person uses it: real processes, the bundled model, real photos."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import PHOTOS, Paint, aged
from postgres import PASSWORD, Server, as_text
from store import Address, Store
from watches import has, running

FOLDERS = sorted(path for path in PHOTOS.iterdir() if path.is_dir())


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "photoseek", *map(str, arguments)]


def environment(library: Address) -> dict[str, str]:
    return {**os.environ, "PHOTOSEEK_LIBRARY": as_text(library)}


def run(*arguments: object, library: Address) -> subprocess.CompletedProcess[str]:
    """Run the command; no traceback and no password may reach the person."""
    done = subprocess.run(
        command(*arguments),
        env=environment(library),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    for secret in ("Traceback", PASSWORD, PASSWORD.replace(" ", "%20")):
        assert secret not in done.stderr + done.stdout
    return done


def answer(*arguments: object, library: Address) -> Any:
    done = run(*arguments, "--json", library=library)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def indexed(server: Server) -> Address:
    """A library of data/photos."""
    library = server.schema()
    report = answer("index", PHOTOS, library=library)
    assert (report["indexed"], report["failed"]) == (80, [])
    return library


def names(hits: Any) -> list[str]:
    return [Path(hit["paths"][0]).name for hit in hits["hits"]]


def test_what_was_indexed_is_found_by_words_and_by_filters(
    indexed: Address, tmp_path: Path
) -> None:
    """As in a folder's library, hit by hit."""
    folder = tmp_path / "folder"
    done = subprocess.run(command("index", PHOTOS, "--library", folder), check=False)
    assert done.returncode == 0
    for query in ("a dog", "boats at sea camera:canon", "flower size:>0.1mp -type:png", "has:date"):
        ours = answer("search", query, library=indexed)
        theirs = json.loads(
            subprocess.run(
                command("search", query, "--json", "--library", folder),
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        assert names(ours) == names(theirs), query


def test_tags_are_given_counted_and_searched_by(indexed: Address) -> None:
    best = answer("search", "a dog", "--limit", 3, library=indexed)
    paths = [hit["paths"][0] for hit in best["hits"]]
    assert run("tag", "--add", "Große Hunde", *paths, library=indexed).returncode == 0
    found = answer("search", 'tag:"große hunde"', library=indexed)
    assert sorted(names(found)) == sorted(Path(path).name for path in paths)


def test_duplicates_status_verify_and_doctor_answer(indexed: Address) -> None:
    assert run("duplicates", "--json", library=indexed).returncode == 0
    status = answer("status", library=indexed)
    assert status["library"].startswith("postgresql+psycopg://tests:***@127.0.0.1")
    assert (status["photos"], run("verify", library=indexed).returncode) == (80, 0)
    assert "PostgreSQL" in run("doctor", library=indexed).stdout
    repaired = run("repair", library=indexed)
    assert (repaired.returncode, repaired.stdout) == (0, "nothing to mend\n")


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [(("backup", "x.db"), "pg_dump"), (("restore", "x.db"), "pg_restore")],
)
def test_what_only_a_file_can_do_names_what_does_it_here(
    indexed: Address, arguments: tuple[str, ...], way_out: str
) -> None:
    done = run(*arguments, library=indexed)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert way_out in done.stderr


def test_a_wrong_password_and_an_absent_server_are_one_line(server: Server) -> None:
    for library, said in (
        (server.address(password="nonsense"), "refuses this user or password"),
        (server.address(port=1), "cannot be reached"),
    ):
        done = run("search", "dog", library=library)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert said in done.stderr
        assert "nonsense" not in done.stderr


def test_two_processes_index_two_folders_at_the_same_time(
    server: Server, tmp_path: Path, paint: Paint
) -> None:
    library = server.schema()
    folders = [tmp_path / name for name in ("one", "two")]
    for number, folder in enumerate(folders):
        for seed in range(1, 41):
            aged(paint(folder / f"{seed}.png", "red", seed=100 * number + seed))
    Store.create(library).close()
    runs = [
        subprocess.Popen(
            command("index", folder, "--json"),
            env=environment(library),
            stdout=subprocess.PIPE,
            text=True,
        )
        for folder in folders
    ]
    reports = [json.loads(process.communicate(timeout=120)[0]) for process in runs]
    assert [report["indexed"] for report in reports] == [40, 40]
    assert answer("status", library=library)["photos"] == 80
    assert run("verify", library=library).returncode == 0


def test_a_server_that_is_restarted_while_a_run_indexes_loses_nothing(server: Server) -> None:
    library = server.schema()
    Store.create(library).close()
    process = subprocess.Popen(
        command("index", PHOTOS, "--json"),
        env=environment(library),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watched = Store.open(library)
    deadline = time.monotonic() + 60
    while watched.catalog.last_change() < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    server.stop()
    server.start()
    out, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert "Traceback" not in told
    report = json.loads(out)
    assert report["failed"] == []
    assert answer("status", library=library)["photos"] == 80
    assert run("verify", library=library).returncode == 0
    again = answer("index", library=library)
    assert (again["indexed"], again["unchanged"]) == (0, report["indexed"] + report["copied"])


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process there")
def test_a_watched_folder_is_current_on_a_server_that_is_restarted_meanwhile(
    server: Server, tmp_path: Path, paint: Paint
) -> None:
    library, photos = server.schema(), tmp_path / "photos"
    aged(paint(photos / "first.png", "red", seed=1))
    with running(photos, library=library) as watch:
        watch.wait(has(indexed=1))
        server.stop()
        server.start()
        aged(paint(photos / "second.png", "blue", seed=2))
        watch.wait(has(indexed=1))
        assert watch.end() == 0
    assert answer("status", library=library)["photos"] == 2
