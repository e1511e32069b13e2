"""Every engine that is installed answers the same questions; one that is not is named."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.contest import PEERS, asked, built
from benchmarks.peer import K, Peer
from benchmarks.peers import HEADING, Contest, Outcome, made, outcome, prepared, row
from encoder import unit_rows

COUNT, DIMENSION, MINUTE = 1500, 128, 60
INSTALLED = [name for name, peer in PEERS.items() if find_spec(peer.module)]


@pytest.fixture(scope="module")
def contest(tmp_path_factory: pytest.TempPathFactory) -> Contest:
    rng = np.random.default_rng(0)
    rows = unit_rows(rng.standard_normal((COUNT + 12, DIMENSION), dtype=np.float32))
    folder = tmp_path_factory.mktemp("peers")
    contest = Contest(folder, COUNT, MINUTE, 0.1)
    prepared(contest, rows[12:].astype(np.float16), rows[:12])
    return contest


def test_truth_is_what_a_reader_would_compute(contest: Contest) -> None:
    vectors, queries, truth = (np.load(file) for file in contest.files.values())
    scores = queries @ vectors.astype(np.float32).T
    np.testing.assert_array_equal(truth, np.argsort(-scores, axis=1)[:, :K])


@pytest.mark.parametrize("name", [name for name in INSTALLED if name != "Milvus Lite"])
def test_an_engine_finds_the_nearest(
    name: str, contest: Contest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOSEEK_LISTS", "")
    files = {key: str(file) for key, file in contest.files.items()}
    taken = built(name, files["vectors"], str(tmp_path))
    assert taken["bytes"] > COUNT * DIMENSION
    given = (files["vectors"], str(tmp_path), files["questions"], files["truth"])
    points = asked(name, *given, 0.1)["points"]
    assert isinstance(points, list)
    assert len(points) == len(PEERS[name].efforts)
    assert max(point["recall"] for point in points) > 0.8
    assert all(point["p50"] > 0 and point["together"] > 0 for point in points)


def test_each_is_measured_in_processes_of_its_own(contest: Contest) -> None:
    begun = made("NumPy", contest)
    assert begun.build > 0
    assert made("NumPy", contest) == begun  # what is there is not built again
    found = outcome(begun, contest)
    assert not found.trouble
    assert found.points[0]["recall"] == found.on_one[0]["recall"] == 1
    assert row(found).count("|") == HEADING.count("|")
    hasty = replace(contest, limit=1, seconds=2.0)  # two seconds of two clients
    assert outcome(begun, hasty).trouble == "not done within 1 s"


def test_one_that_is_not_installed_is_named(
    contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    numpy = PEERS["NumPy"]
    gone = Peer(numpy.build, numpy.open, (0,), "no-such-engine", "no_such_engine")
    monkeypatch.setitem(PEERS, "No such", gone)
    found = outcome(made("No such", contest), contest)
    assert found.trouble == "not installed"
    assert row(found).startswith("| No such | not installed |")


def test_the_effort_shown_is_the_first_that_is_good_or_the_best() -> None:
    points = tuple({"recall": recall} for recall in (0.9, 0.991, 0.999))
    assert Outcome("one", "", points=points).chosen == 1
    assert Outcome("one", "", points=points[:1] * 2).chosen == 0
