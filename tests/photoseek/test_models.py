"""Several models in one library: built beside each other, switched at once, compared."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL.Image import Image

from colours import COLOURS, ColourEncoder
from conftest import Paint
from encoder import Encoder, Vectors
from errors import ModelError, UnknownModel, UsageError
from photoseek import Library


class Shades(ColourEncoder):
    """Another space: the same colours in another order, so that vectors cannot be mixed up."""

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        return super().embed_images(images)[:, ::-1].copy()

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        return super().embed_texts(texts)[:, ::-1].copy()


@pytest.fixture
def encoders() -> dict[str, Encoder]:
    return {
        "colours": ColourEncoder(),
        "shades": Shades(fingerprint="5a" * 16, name="shades"),
    }


@pytest.fixture
def two(tmp_path: Path, photos: Path, paint: Paint, encoders: dict[str, Encoder]) -> Library:
    """Eight pictures indexed with ``colours``; ``shades`` is installed too."""

    def load(name: str) -> Encoder:
        if name not in encoders:
            raise UnknownModel(f"unknown model {name!r}")
        return encoders[name]

    for colour in COLOURS:
        paint(photos / f"{colour}.png", colour)
    library = Library(tmp_path / "library", load)
    library.index(photos, model="colours")
    return library


def best(library: Library, colour: str, model: str | None = None) -> str:
    return library.search(colour, limit=1, model=model)[0].path.stem


def states(library: Library) -> dict[str, str | None]:
    return {status.name: status.state for status in library.models()}


def test_a_second_model_is_built_beside_the_first(two: Library) -> None:
    report = two.index(model="shades")
    assert (report.indexed, report.unchanged) == (8, 0)
    assert states(two) == {"colours": "active", "shades": "building", "mini": None}
    assert two.search("red").model == "colours"
    assert best(two, "red", model="shades") == "red"


def test_the_switch_is_there_and_back(two: Library) -> None:
    two.index(model="shades")
    two.use_model("shades")
    assert two.search("red").model == "shades"
    assert best(two, "blue") == "blue"
    two.use_model("colours")
    assert two.search("red").model == "colours"


def forget_counts(encoders: dict[str, Encoder]) -> None:
    for encoder in encoders.values():
        if isinstance(encoder, ColourEncoder):
            encoder.encoded = 0


def test_a_model_that_lacks_photographs_is_used_only_anyway(
    two: Library, photos: Path, paint: Paint, encoders: dict[str, Encoder]
) -> None:
    two.index(model="shades")
    two.use_model("shades")  # colours is retired, and not kept up to date
    forget_counts(encoders)
    paint(photos / "new.png", "red", seed=7)
    two.index()
    with pytest.raises(ModelError, match="lacks 1 photographs; run: photoseek index --model"):
        two.use_model("colours")
    two.use_model("colours", anyway=True)
    assert two.search("red").photos == 8
    assert [e.encoded for e in encoders.values() if isinstance(e, ColourEncoder)] == [0, 1]


def test_new_photographs_go_into_every_space_in_use_or_being_built(
    two: Library, photos: Path, paint: Paint
) -> None:
    two.index(model="shades")
    paint(photos / "new.png", "red", seed=7)
    report = two.index()
    assert (report.indexed, report.unchanged) == (1, 8)
    assert {s.name: s.covered for s in two.models() if s.state} == {"colours": 9, "shades": 9}


def test_a_copy_costs_no_encoding_in_any_space(
    two: Library, photos: Path, encoders: dict[str, Encoder]
) -> None:
    two.index(model="shades")
    forget_counts(encoders)
    shutil.copy(photos / "red.png", photos / "copy.png")
    assert two.index().copied == 1
    assert [e.encoded for e in encoders.values() if isinstance(e, ColourEncoder)] == [0, 0]


def test_a_model_nothing_was_indexed_with(two: Library) -> None:
    with pytest.raises(UsageError, match=r"only with: colours.*photoseek index --model shades"):
        two.use_model("shades")
    with pytest.raises(UsageError, match="photoseek index --model shades"):
        two.search("red", model="shades")
    with pytest.raises(UnknownModel):
        two.index(model="nonesuch")


def test_a_model_in_use_is_not_forgotten_but_another_is(two: Library) -> None:
    two.index(model="shades")
    with pytest.raises(UsageError, match="in use"):
        two.forget_model("colours")
    two.forget_model("shades")
    assert states(two) == {"colours": "active", "mini": None}
    assert best(two, "red") == "red"
    assert len(list((two.path / "vectors").glob("*.json"))) == 1


def test_a_building_model_that_was_uninstalled_stops_nothing(
    two: Library,
    photos: Path,
    paint: Paint,
    encoders: dict[str, Encoder],
    caplog: pytest.LogCaptureFixture,
) -> None:
    two.index(model="shades")
    del encoders["shades"]
    two.close()
    later = Library(two.path, lambda name: _only(encoders, name))
    paint(photos / "new.png", "red", seed=7)
    assert later.index().indexed == 1
    assert "shades is not installed" in caplog.text


def _only(encoders: dict[str, Encoder], name: str) -> Encoder:
    if name not in encoders:
        raise UnknownModel(f"unknown model {name!r}")
    return encoders[name]


def test_answers_of_two_models_are_compared(two: Library) -> None:
    two.index(model="shades")
    (comparison,) = two.compare("colours", "shades", ["red"], limit=3)
    assert [answer.model for answer in comparison.answers] == ["colours", "shades"]
    assert 1 <= comparison.shared <= 3


def test_recall_is_measured_on_ones_own_captions(two: Library, photos: Path) -> None:
    table = photos / "captions.tsv"
    table.write_text("".join(f"{colour}.png\tall {colour}\n" for colour in COLOURS))
    evaluation = two.evaluate(table)
    assert (evaluation.captions, evaluation.photos, evaluation.model) == (8, 8, "colours")
    assert evaluation.text_to_photo.at_1 == evaluation.photo_to_text.at_1 == 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no captions"),
        ("red.png\n", "line 1: got 'red.png'; wanted: path<TAB>caption"),
        ("red.png\tred\tfar\n", "line 1"),
        ("red.png\tred\ngone.png\tblue\n", "1 photographs are not in the library: "),
    ],
)
def test_a_table_that_cannot_be_used_is_one_line(
    two: Library, photos: Path, text: str, said: str
) -> None:
    table = photos / "captions.tsv"
    table.write_text(text)
    with pytest.raises(UsageError, match=said):
        two.evaluate(table)


def test_vectors_of_an_earlier_make_are_told_from_the_installed_one(
    tmp_path: Path, photos: Path, paint: Paint
) -> None:
    paint(photos / "red.png", "red")
    library = Library(tmp_path / "library", lambda _: ColourEncoder(name="mini"))
    library.index(photos)
    before, now = library.models()
    assert (before.name, before.state, before.installed) == ("mini", "active", None)
    assert now.name == "mini"
    assert now.state is None
    assert now.installed is not None
