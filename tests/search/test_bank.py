"""Texts that ship are embedded once a machine, and never trusted unseen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from colours import ColourEncoder
from encoder import Vectors
from search.bank import bank, embed_once

TEXTS = ("red", "green and blue")


class Counting(ColourEncoder):
    """Counts the texts it is given."""

    texts = 0

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return super().embed_texts(texts)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHOTOSEEK_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_the_second_library_of_a_machine_embeds_nothing() -> None:
    first, second = Counting(), Counting()
    vectors = embed_once(first, bank().captions)
    assert np.array_equal(vectors, embed_once(second, bank().captions))
    assert (first.texts, second.texts) == (len(bank().captions), 0)


def test_other_texts_and_other_models_are_not_mixed_up() -> None:
    embed_once(Counting(), TEXTS)
    other_model, other_texts = Counting(fingerprint="../../escape"), Counting()
    embed_once(other_model, TEXTS)
    embed_once(other_texts, TEXTS[::-1])
    assert (other_model.texts, other_texts.texts) == (2, 2)


@pytest.mark.parametrize("damage", [b"", b"no vectors", None])
def test_what_is_damaged_is_embedded_again(home: Path, damage: bytes | None) -> None:
    right = embed_once(Counting(), TEXTS)
    (kept,) = home.rglob("*.npy")
    np.save(kept, np.full_like(right, np.nan)) if damage is None else kept.write_bytes(damage)
    again = Counting()
    assert np.array_equal(embed_once(again, TEXTS), right)
    assert again.texts == 2
    assert np.array_equal(embed_once(Counting(), TEXTS), right)


def test_where_nothing_can_be_kept_it_is_embedded_all_the_same(home: Path) -> None:
    home.write_text("a file where a folder should be")
    assert embed_once(Counting(), TEXTS).shape == (2, 8)
