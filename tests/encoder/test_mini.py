"""The bundled model: within its size, finds real photographs, and says so in its card."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import PHOTOS
from encoder import Encoder, Vectors, load_encoder
from encoder.registry import model_folder
from indexer import read_picture

DATA = PHOTOS.parent


@pytest.fixture(scope="module")
def mini() -> Encoder:
    return load_encoder("mini")


@pytest.fixture(scope="module")
def photographs(mini: Encoder) -> dict[str, Vectors]:
    """Every photograph of data/photos, embedded as the indexer would."""
    paths = sorted(path for path in PHOTOS.rglob("*") if path.is_file())
    images = [read_picture(path, short_side=288).image for path in paths]
    vectors = mini.embed_images(images)
    names = [path.relative_to(PHOTOS).as_posix() for path in paths]
    return dict(zip(names, vectors, strict=True))


def pairs(table: str) -> list[tuple[str, str]]:
    lines = (DATA / table).read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines]


def test_it_is_at_most_60_megabytes() -> None:
    files = [path for path in model_folder("mini").iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 60_000_000


def test_its_card_tells_of_data_licences_and_quality() -> None:
    card = (model_folder("mini") / "README.md").read_text(encoding="utf-8")
    for word in ("Flickr8k", "research and education", "Apache-2.0", "recall@1/5/10"):
        assert word in card


def test_captions_find_their_photographs(mini: Encoder, photographs: dict[str, Vectors]) -> None:
    """Measured 64.6 / 90.8 / 96.7; a caption's photograph is one of 80."""
    names, matrix = list(photographs), np.stack(list(photographs.values()))
    captions = pairs("captions.tsv")
    scores = mini.embed_texts([caption for _, caption in captions]) @ matrix.T
    own = np.array([names.index(file) for file, _ in captions])
    ranks = (scores > np.take_along_axis(scores, own[:, None], axis=1)).sum(axis=1)
    recall = [100 * float((ranks < k).mean()) for k in (1, 5, 10)]
    assert recall[0] > 60
    assert recall[1] > 88
    assert recall[2] > 94


def test_short_queries_find_something_that_answers(
    mini: Encoder, photographs: dict[str, Vectors]
) -> None:
    names, matrix = list(photographs), np.stack(list(photographs.values()))
    queries = pairs("queries.tsv")
    best = (mini.embed_texts([query for query, _ in queries]) @ matrix.T).argsort(axis=1)[:, ::-1]
    answered = [
        bool({names[i] for i in row[:5]} & set(files.split(",")))
        for row, (_, files) in zip(best, queries, strict=True)
    ]
    assert np.mean(answered) > 0.8


def test_like_pictures_are_near_each_other(photographs: dict[str, Vectors]) -> None:
    folders: dict[bool, list[float]] = defaultdict(list)
    for one, left in photographs.items():
        for other, right in photographs.items():
            if one < other:
                same = Path(one).parent == Path(other).parent
                folders[same].append(float(left @ right))
    assert np.mean(folders[True]) > np.mean(folders[False]) + 0.03


def test_a_text_has_the_same_vector_in_any_company(mini: Encoder) -> None:
    alone = mini.embed_texts(["a red flower"])
    beside = mini.embed_texts(["a dog", "a red flower", "word " * 300])
    np.testing.assert_array_equal(alone[0], beside[1])


def test_a_picture_has_the_same_vector_in_any_company(mini: Encoder) -> None:
    image = Image.open(PHOTOS / "food" / "espresso.jpg").convert("RGB")
    other = Image.new("RGB", (300, 200), "green")
    alone, beside = mini.embed_images([image]), mini.embed_images([other, image, other])
    assert float(alone[0] @ beside[1]) > 0.9999


def test_no_texts_and_no_pictures_give_no_rows(mini: Encoder) -> None:
    assert mini.embed_texts([]).shape == mini.embed_images([]).shape == (0, mini.info.dimension)
