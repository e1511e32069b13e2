"""Why a photograph is found: standing, words, filters, and the heat map."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from colours import COLOURS, ColourEncoder
from conftest import Paint
from errors import PathError, PictureError, QueryError
from photoseek import Library
from photoseek.heatmaps import half_blocks, overlay
from photoseek.printing.why import why_for_people
from search.why import GRID, heat_map, standing
from states import thumbnail_path


@pytest.fixture
def coloured(library: Library, photos: Path, paint: Paint) -> Library:
    for colour in COLOURS:
        paint(photos / f"{colour}.png", colour)
    library.index(photos)
    return library


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20), st.data())
def test_a_standing_is_counted(scores: list[float], data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(scores) - 1))
    found = standing(np.array(scores, np.float32), row)
    assert found.rank == sorted(scores, reverse=True).index(scores[row]) + 1
    assert found.percentile == pytest.approx(
        100 * sum(s < scores[row] for s in scores) / len(scores)
    )


def test_meaning_words_and_filters_are_told_apart(coloured: Library, photos: Path) -> None:
    coloured.add_tag("fire", [photos / "red.png"])
    why = coloured.why(photos / "red.png", "red fire type:png -name:blue")
    assert why.meaning is not None
    assert (why.meaning.rank, why.photos) == (1, 8)
    assert why.meaning.percentile == pytest.approx(87.5)
    assert why.words is not None
    assert why.words.where == {"name", "tag"}
    assert why.filters == (("type:png", True), ("-name:blue", True))
    assert not why.kept_out
    assert "words     all in its name and tag" in list(why_for_people(why))


def test_what_keeps_a_photograph_out_is_said(coloured: Library, photos: Path) -> None:
    why = coloured.why(photos / "red.png", "blue type:heic")
    assert why.kept_out
    assert why.meaning is not None
    assert why.meaning.rank > 1
    assert "so it is not among the results" in list(why_for_people(why))


def test_each_part_has_its_own_standing(coloured: Library, photos: Path) -> None:
    why = coloured.why(photos / "red.png", '"red" "blue"')
    (_, red), (_, blue) = why.parts
    assert red.rank == 1
    assert red.score > blue.score


def test_the_heat_is_where_the_colour_is() -> None:
    image = Image.new("RGB", (90, 90), "white")
    image.paste((255, 0, 0), (60, 60, 90, 90))
    encoder = ColourEncoder()
    heat = heat_map(encoder, image, encoder.embed_texts(["red"])[0])
    assert heat.shape == (GRID, GRID)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert min(int(row), int(column)) >= 6
    assert heat[:4, :4].max() < heat.max() / 4


def test_the_lit_picture_is_bright_where_it_is_hot() -> None:
    heat = np.zeros((GRID, GRID), np.float32)
    heat[:3, :3] = 1
    lit = np.asarray(overlay(Image.new("RGB", (90, 60), "grey"), heat), dtype=float).mean(axis=2)
    assert lit.shape == (60, 90)
    assert lit[:10, :10].mean() > 2 * lit[40:, 60:].mean()
    lines = list(half_blocks(Image.new("RGB", (90, 60)), 30))
    assert len(lines) == 10
    assert all(line.count("▀") == 30 and line.endswith("\x1b[0m") for line in lines)


def test_a_heat_map_is_written_and_nothing_overwritten(
    coloured: Library, photos: Path, tmp_path: Path, paint: Paint
) -> None:
    def similar(one: Image.Image, other: Image.Image) -> bool:
        pixels, others = (np.asarray(image, dtype=float) for image in (one, other))
        return pixels.shape == others.shape and bool(np.abs(pixels - others).mean() < 8)

    why = coloured.why(photos / "red.png", "red")
    coloured.save_heat_map(why, tmp_path / "heat.png")
    with Image.open(tmp_path / "heat.png") as image:
        assert image.size == (64, 48)
    with pytest.raises(PathError, match="exists"):
        coloured.save_heat_map(why, tmp_path / "heat.png")
    with pytest.raises(PathError, match="cannot be written"):
        coloured.save_heat_map(why, tmp_path / "gone" / "heat.png")
    whole = coloured.heat_map(why)
    paint(photos / "red.png", "blue")  # another picture by now: the thumbnail will do
    assert similar(coloured.heat_map(why), whole)
    (photos / "red.png").unlink()
    foreign = thumbnail_path(coloured, coloured.search("blue", limit=1)[0].photo.hash)
    ours = thumbnail_path(coloured, why.photo.hash)
    assert similar(coloured.heat_map(why), whole)
    ours.write_bytes(foreign.read_bytes())
    with pytest.raises(PictureError, match="cannot be read"):
        coloured.heat_map(why)


def test_what_cannot_be_explained_is_refused(coloured: Library, photos: Path) -> None:
    with pytest.raises(PathError, match="not a photograph of the library"):
        coloured.why("gone.jpg", "red")
    with pytest.raises(QueryError):
        coloured.why(photos / "red.png", "")
    with pytest.raises(QueryError, match="not filters alone"):
        coloured.heat_map(coloured.why(photos / "red.png", "type:png"))
