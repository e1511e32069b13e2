"""The map: a layout that can be repeated, and one page that needs nothing else."""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blake3 import blake3
from PIL import Image

from colours import COLOURS
from conftest import Paint
from encoder import unit_rows
from errors import PathError, UsageError
from photoseek import Library
from search.layout import lay_out, principal_components
from states import thumbnail_path


def document(page: Path) -> dict[str, Any]:
    text = page.read_text(encoding="utf-8")
    (found,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', text)
    read: dict[str, Any] = json.loads(found)
    return read


@pytest.fixture
def coloured(library: Library, photos: Path, paint: Paint) -> Library:
    for colour in COLOURS:
        paint(photos / f"{colour}.png", colour)
        paint(photos / f"{colour}<b>-2.png", colour, seed=1)
    library.index(photos)
    return library


def test_components_are_those_of_the_singular_values() -> None:
    rows = unit_rows(np.random.default_rng(0).standard_normal((40, 12)))
    ours = principal_components(rows, 3)
    left, values, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    assert np.abs(ours) == pytest.approx(np.abs(left[:, :3] * values[:3]), abs=1e-4)


@pytest.mark.parametrize("method", ["UMAP", "PCA"])
def test_alike_photographs_lie_together_every_time(method: Any) -> None:
    if method == "UMAP":
        pytest.importorskip("umap")
    random = np.random.default_rng(1)
    owners = np.repeat(np.arange(3), 20)
    middles = random.standard_normal((3, 16))
    rows = unit_rows(middles[owners] + 0.1 * random.standard_normal((60, 16)))
    layout = lay_out(rows, method=method)
    assert layout.points.shape == (60, 2)
    assert ((layout.points >= 0) & (layout.points <= 1)).all()
    distances = np.linalg.norm(layout.points[:, None] - layout.points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (owners[distances.argmin(axis=1)] == owners).mean() > 0.9
    assert (lay_out(rows, method=method).points == layout.points).all()


def test_the_page_holds_every_photograph_and_asks_for_nothing(
    coloured: Library, tmp_path: Path
) -> None:
    report = coloured.map(tmp_path / "map.html")
    assert (report.photos, report.total) == (16, 16)
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert report.bytes == len(page.encode())
    assert not re.search(r"""(?:src|href)\s*=\s*["']|url\(|@import|https?://""", page)
    assert "default-src 'none'" in page
    found = document(tmp_path / "map.html")
    assert len(found["names"]) == len(found["sizes"]) == len(found["points"]) // 2 == 16
    assert all(sheet.startswith("data:image/jpeg;base64,") for sheet in found["sheets"])
    assert "red<b>-2.png" in found["names"]
    assert "<b>" not in page


def test_a_sample_of_a_large_library_is_drawn(coloured: Library, tmp_path: Path) -> None:
    report = coloured.map(tmp_path / "map.html", most=5)
    assert (report.photos, report.total) == (5, 16)
    assert len(document(tmp_path / "map.html")["names"]) == 5


def test_one_photograph_is_a_map_too(
    library: Library, photos: Path, paint: Paint, tmp_path: Path
) -> None:
    paint(photos / "red.png")
    library.index(photos)
    assert library.map(tmp_path / "map.html").photos == 1


def test_the_map_shows_no_thumbnail_that_is_not_its_photographs(
    coloured: Library, photos: Path, tmp_path: Path
) -> None:
    def colour_of_red(page: Path) -> tuple[int, ...]:
        found = document(page)
        jpeg = base64.b64decode(found["sheets"][0].partition(",")[2])
        place = found["side"] * found["names"].index("red.png") + 8, 8  # in the first row
        pixel = Image.open(io.BytesIO(jpeg)).convert("RGB").getpixel(place)
        assert isinstance(pixel, tuple)
        return tuple(round(value / 255) for value in pixel)

    def path_of(colour: str) -> Path:
        return thumbnail_path(coloured, blake3((photos / f"{colour}.png").read_bytes()).digest())

    coloured.map(tmp_path / "whole.html")
    assert colour_of_red(tmp_path / "whole.html") == (1, 0, 0)
    path_of("red").write_bytes(path_of("blue").read_bytes())
    coloured.map(tmp_path / "foreign.html")
    assert colour_of_red(tmp_path / "foreign.html") == (1, 0, 0)
    path_of("red").unlink()
    photos.rename(tmp_path / "away")
    coloured.map(tmp_path / "gone.html")
    assert colour_of_red(tmp_path / "gone.html") == (1, 1, 1)  # grey


def test_nothing_is_overwritten_and_mistakes_are_said(coloured: Library, tmp_path: Path) -> None:
    (tmp_path / "map.html").write_text("mine")
    with pytest.raises(PathError, match="exists; give a new name"):
        coloured.map(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text() == "mine"
    with pytest.raises(PathError, match="cannot be written"):
        coloured.map(tmp_path / "gone" / "map.html")
    with pytest.raises(UsageError, match="0 photographs"):
        coloured.map(tmp_path / "new.html", most=0)
    assert not (tmp_path / "new.html").exists()
