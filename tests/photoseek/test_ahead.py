"""A model that is loaded ahead is the library's own, or is not used."""

from pathlib import Path

import numpy as np
import pytest

from colours import ColourEncoder
from encoder import load_encoder
from errors import UnknownModel
from filling import fill
from photoseek.cli.ahead import EncoderAhead
from store import Store


def holding(place: Path, fingerprint: str) -> Path:
    """A library with a snapshot of a few vectors of one model."""
    store = Store.create(place)
    space = fill(store, 0, 8, fingerprint)
    store.vectors(space)
    store.close()
    assert (place / "vectors" / f"{fingerprint}.json").exists()
    return place


def test_the_model_that_a_library_was_indexed_with_is_loaded(tmp_path: Path) -> None:
    mini = load_encoder("mini")
    ahead = EncoderAhead(holding(tmp_path / "library", mini.info.fingerprint), None)
    assert ahead.name == "mini"
    vectors = ahead.load("mini").embed_texts(["a red boat"])
    assert np.array_equal(vectors, mini.embed_texts(["a red boat"]))


def test_without_a_snapshot_of_it_no_model_is_loaded(tmp_path: Path) -> None:
    other = holding(tmp_path / "library", ColourEncoder().info.fingerprint)
    assert EncoderAhead(other, None).name is None
    assert EncoderAhead(tmp_path / "nowhere", None).name is None
    assert EncoderAhead(other, "mini").name == "mini"


def test_what_is_amiss_is_said_when_the_model_is_asked_for(tmp_path: Path) -> None:
    ahead = EncoderAhead(tmp_path, "no such model")
    assert ahead.name is None
    with pytest.raises(UnknownModel, match="no such model"):
        ahead.load("no such model")
    assert ahead.load("mini").info.name == "mini"
