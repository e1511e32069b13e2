"""Heads learn which texts belong to which photos, by one caption of each or by several."""

import numpy as np
import pytest

from training.heads import Examples, train_heads
from training.recipe import HeadSettings


@pytest.mark.parametrize("captions", [1, 3, 4])
def test_heads_bring_captions_to_their_photos(captions: int) -> None:
    """Photos and captions are two linear pictures of the same hidden things."""
    chance = np.random.default_rng(0)
    hidden = chance.normal(size=(40, 6))
    owners = np.repeat(np.arange(40), 3)
    photos = (hidden @ chance.normal(size=(6, 12))).astype(np.float32)
    texts = (hidden[owners] @ chance.normal(size=(6, 10))).astype(np.float32)
    nothing = np.zeros((2, 8), np.float32)  # narrower than photos: the rest is not known of them
    examples = Examples(
        (photos,), texts, owners, nothing, chance.normal(size=(2, 2, 10)).astype("f")
    )
    settings = HeadSettings(dimension=8, epochs=150, batch=40, rate=0.02, captions=captions)
    photo_head, text_head = train_heads(examples, settings)
    nearest = (text_head(texts) @ photo_head(photos).T).argmax(axis=1)
    assert (nearest == owners).mean() > 0.9
