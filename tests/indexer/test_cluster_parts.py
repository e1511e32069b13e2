"""The parts of a cluster run that need no cluster: who is hired, who can work, what is unseen."""

from dataclasses import replace
from pathlib import Path

import pytest

from colours import ColourEncoder
from conftest import Paint
from encoder import Device
from indexer.cluster.crew import _complete
from indexer.cluster.nodes import Node, posts_of
from indexer.cluster.worker import Chunk, Terms, Worker
from indexer.embed import EmbeddedBatch
from indexer.plan import ToRead
from indexer.settle import is_unsettled
from indexer.walk import WalkNotes, WalkRules, walk
from indexer.work import Job
from photoseek import Library, __version__
from store import RootRecord, SpaceRecord


@pytest.mark.parametrize(
    ("cpus", "gpus", "device", "expected"),
    [
        (1, 0, "auto", [(1, 0)]),
        (2, 0, "auto", [(2, 0)]),
        (16, 0, "auto", [(4, 0)] * 4),
        (96, 8, "auto", [(12, 1)] * 8),
        (96, 8, "cpu", [(4, 0)] * 24),
        (16, 0, "cuda", []),
        (2, 4, "cuda", [(1, 1)] * 2),
    ],
)
def test_a_node_has_a_worker_for_each_accelerator_or_for_a_few_cores(
    cpus: int, gpus: int, device: Device, expected: list[tuple[int, int]]
) -> None:
    posts = posts_of(Node("id", "name", cpus, gpus), device)
    assert [(post.cpus, post.gpus) for post in posts] == expected
    assert sum(post.cpus for post in posts) <= cpus


@pytest.fixture
def terms(library: Library, photos: Path, paint: Paint) -> Terms:
    """What a worker is told that is to index a folder of three."""
    for seed in range(3):
        paint(photos / f"{seed}.png", seed=seed)
    encoder = ColourEncoder()
    info = encoder.info
    space = SpaceRecord(1, info.name, info.fingerprint, info.dimension, active=True)
    library._created()
    return Terms(
        job=Job((1,), 288, 16, 30.0),
        spaces=[space],
        roots=[photos],
        device="cpu",
        processes=1,
        node_processes=1,
        version=__version__,
        load=lambda _: encoder,
    )


def worker(library: Library, terms: Terms) -> Worker:
    return Worker(terms, library._store.catalog)


def test_a_worker_says_in_a_line_why_it_cannot_begin(
    library: Library, terms: Terms, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (space,) = terms.spaces
    for changed, reason in (
        (replace(terms, version="0.0.1"), f"has photoseek {__version__}, not 0.0.1"),
        (replace(terms, roots=[tmp_path / "nowhere"]), "does not see"),
        (replace(terms, roots=[tmp_path / "empty"]), "does not see"),
        (replace(terms, load=None), "unknown model 'colours'"),
        (replace(terms, spaces=[replace(space, fingerprint="other")]), "has another colours"),
    ):
        problem = worker(library, changed).prepare()
        assert problem is not None
        assert reason in problem
        assert "\n" not in problem
    assert worker(library, terms).prepare() is None


def test_a_worker_gives_what_the_indexer_does(library: Library, terms: Terms, photos: Path) -> None:
    one = worker(library, terms)
    assert one.prepare() is None
    chunk = chunk_of(photos)
    batch = one.work(chunk)
    one.close()
    assert [file.task for file in batch.files] == chunk.tasks
    assert all(file.image is None and file.thumbnail for file in batch.files)
    assert {len(vector) for vector in batch.vectors[1].values()} == {8}


def test_what_a_node_does_not_see_is_not_taken_for_gone(photos: Path, paint: Paint) -> None:
    paint(photos / "there.png")
    paint(photos / "gone.png")
    chunk = chunk_of(photos)
    (photos / "gone.png").unlink()
    batch = _complete(chunk, EmbeddedBatch([], {}), Node("id", "the node", 1, 0))
    (file,) = batch.files
    assert file.task.found.path == "there.png"
    assert "not there for node the node" in str(file.failure)
    assert is_unsettled(str(file.failure))


def chunk_of(folder: Path) -> Chunk:
    found = walk(folder, WalkRules(), WalkNotes())
    root = RootRecord(1, folder, WalkRules().to_json(), offline=False)
    return Chunk(root, [ToRead(file, None) for file in found])
