"""Embeddings out and in again, and those of others."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colours import COLOURS, ColourEncoder
from conftest import Paint
from encoder.imported import ImportedVectors, imported_fingerprint
from errors import ModelError, NoTextTower, PathError, UnknownModel, UsageError
from photoseek import Library
from photoseek.columns import FORMATS

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def coloured(library: Library, photos: Path, paint: Paint) -> Library:
    for colour in COLOURS:
        paint(photos / f"{colour}.png", colour)
    library.index(photos)
    library.add_tag("warm", [photos / "red.png"])
    return library


def only_colours(name: str) -> ColourEncoder:
    """A machine on which ``colours`` alone is installed."""
    if name != "colours":
        raise UnknownModel(f"unknown model {name!r}")
    return ColourEncoder()


def elsewhere(folder: Path, names: list[str], vectors: np.ndarray, number: int = 0) -> Path:
    """A folder as clip-retrieval writes it."""
    for part in ("img_emb", "metadata"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    np.save(folder / "img_emb" / f"img_emb_{number}.npy", vectors)
    table = arrow.table({"image_path": names, "caption": ["" for _ in names]})
    parquet.write_table(table, folder / "metadata" / f"metadata_{number}.parquet")
    return folder


def test_parquet_holds_facts_and_vectors(coloured: Library, tmp_path: Path) -> None:
    assert coloured.export(tmp_path / "out.parquet") == 8
    table = parquet.read_table(tmp_path / "out.parquet")
    rows = {Path(row["path"]).stem: row for row in table.to_pylist()}
    assert rows.keys() == COLOURS.keys()
    assert rows["red"]["tags"] == "warm"
    assert np.argmax(rows["red"]["vector"]) == list(COLOURS).index("red")
    assert json.loads(table.schema.metadata[b"photoseek"])["model"] == "colours"


def test_csv_and_npy_hold_the_same(coloured: Library, tmp_path: Path) -> None:
    coloured.export(tmp_path / "out.csv", "csv")
    coloured.export(tmp_path / "out", "npy")
    with (tmp_path / "out.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    vectors = np.load(tmp_path / "out" / "vectors.npy")
    with (tmp_path / "out" / "photos.csv").open(encoding="utf-8") as stream:
        paths = [row["path"] for row in csv.DictReader(stream)]
    assert [row["path"] for row in rows] == paths
    read = [[float(row[f"v{number}"]) for number in range(8)] for row in rows]
    assert np.array(read) == pytest.approx(vectors.astype(float), abs=1e-4)


def test_what_was_exported_can_be_imported_and_asked_in_words(
    coloured: Library, photos: Path, tmp_path: Path
) -> None:
    coloured.export(tmp_path / "out", "clip-retrieval")
    other = ColourEncoder(fingerprint="ee" * 16, name="other")
    with Library.open(tmp_path / "second", encoder=other) as second:
        second.index(photos)
    with Library(tmp_path / "second", only_colours) as second:
        report = second.import_embeddings(tmp_path / "out")
        assert (report.added, report.known, report.unknown) == (8, 0, 0)
        assert report.words
        for colour in COLOURS:
            assert second.search(colour, model="colours", limit=1)[0].path.stem == colour
        assert second.import_embeddings(tmp_path / "out").known == 8


def test_vectors_of_a_model_that_is_not_here_are_asked_with_photographs(
    coloured: Library, photos: Path, tmp_path: Path, paint: Paint
) -> None:
    names = [f"{colour}.png" for colour in COLOURS]
    vectors = np.random.default_rng(0).standard_normal((8, 32)).astype(np.float16)
    vectors[1] = vectors[0]
    folder = elsewhere(tmp_path / "made", [*names[:5], "gone.png"], vectors[[0, 1, 2, 3, 4, 0]])
    elsewhere(folder, names[5:], vectors[5:], number=1)
    with Library(coloured.path, only_colours) as library:
        report = library.import_embeddings(folder, model="ViT-X", photos=photos)
        assert (report.added, report.unknown, report.words) == (8, 1, False)
        first = library.similar(photos / "black.png", model="ViT-X", limit=1)[0]
        assert first.path.stem == "white"
        assert first.score == pytest.approx(1, abs=1e-3)
        by_number = library.recommend([f"id:{first.photo.id}"], model="ViT-X", limit=1)
        assert by_number[0].path.stem == "black"
        with pytest.raises(NoTextTower, match="no search by words"):
            library.search("red", model="ViT-X")
        with pytest.raises(ModelError, match="were imported"):
            library.similar(paint(tmp_path / "new.png", "cyan", seed=3), model="ViT-X")
        assert library.search("red", limit=1)[0].path.stem == "red"
        paint(photos / "more.png", "cyan", seed=7)
        assert library.index(photos).indexed == 1


def test_vectors_of_another_model_of_the_same_name_are_refused(
    coloured: Library, photos: Path, tmp_path: Path
) -> None:
    names = [f"{colour}.png" for colour in COLOURS]
    wrong = np.roll(np.eye(8, dtype=np.float32), 1, axis=1)
    folder = elsewhere(tmp_path / "made", names, wrong)
    with Library(coloured.path, only_colours) as library:
        with pytest.raises(ModelError, match="not of the colours that is installed"):
            library.import_embeddings(folder, model="colours", photos=photos)
        wide = elsewhere(tmp_path / "wide", names, np.ones((8, 9), np.float32))
        with pytest.raises(ModelError, match="8 dimensions, these vectors 9"):
            library.import_embeddings(wide, model="colours", photos=photos)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_overwritten(coloured: Library, tmp_path: Path, form: str) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(PathError, match="exists; give a new name"):
        coloured.export(tmp_path / "there", form)
    assert (tmp_path / "there").read_text() == "mine"
    assert list(tmp_path.glob(".*")) == []


def test_mistakes_in_an_export_are_said(coloured: Library, tmp_path: Path, photos: Path) -> None:
    with pytest.raises(UsageError, match="format 'xml': one of"):
        coloured.export(tmp_path / "out", "xml")
    with pytest.raises(Exception, match="cannot be written"):
        coloured.export(tmp_path / "gone" / "out.csv", "csv")
    assert photos.exists()


def test_folders_that_do_not_add_up_are_refused(coloured: Library, tmp_path: Path) -> None:
    with pytest.raises(PathError, match=r"no img_emb/img_emb_0\.npy"):
        coloured.import_embeddings(tmp_path)
    fine = np.ones((2, 4), np.float32)
    short = elsewhere(tmp_path / "short", ["a.jpg"], fine)
    with pytest.raises(UsageError, match=r"1 rows, but img_emb_0\.npy has 2"):
        coloured.import_embeddings(short, model="x")
    for name, array, reason in (
        ("flat", np.ones(3, np.float32), "wanted a row of floats"),
        ("nan", np.full((1, 4), np.nan, np.float32), "not finite"),
        ("pickled", np.array([[{}]], dtype=object), "not a NumPy array"),
    ):
        with pytest.raises(UsageError, match=reason):
            coloured.import_embeddings(elsewhere(tmp_path / name, ["a.jpg"], array), model="x")
    with pytest.raises(UsageError, match="--model"):
        coloured.import_embeddings(elsewhere(tmp_path / "nameless", ["a.jpg"], fine[:1]))
    with pytest.raises(UsageError, match="none of its 1 pictures is in the library"):
        coloured.import_embeddings(tmp_path / "nameless", model="x")
    (tmp_path / "nameless" / "metadata" / "metadata_0.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match="no table with image_path"):
        coloured.import_embeddings(tmp_path / "nameless", model="x")


@given(st.text(min_size=1), st.integers(1, 4096))
def test_imported_spaces_are_told_apart(model: str, dimension: int) -> None:
    fingerprint = imported_fingerprint(model, dimension)
    assert fingerprint == imported_fingerprint(model, dimension)
    assert fingerprint != imported_fingerprint(model, dimension + 1)
    assert ImportedVectors(model, fingerprint, dimension).info.modalities == {"image"}
