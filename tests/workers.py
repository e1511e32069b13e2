"""Encoders that workers on a cluster import: a slow one, and one that a picture kills."""

import os
import signal
import time
from collections.abc import Sequence

from PIL.Image import Image

from colours import ColourEncoder
from encoder import Vectors

DEADLY = "magenta"


class SlowColours(ColourEncoder):
    """Takes long enough over a batch that somebody can come between."""

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        time.sleep(0.05 * len(images))
        return super().embed_images(images)


class DeadlyColours(ColourEncoder):
    """Ends its own process over a picture of one colour, as running out of memory would."""

    def embed_images(self, images: Sequence[Image]) -> Vectors:
        vectors = super().embed_images(images)
        if (vectors @ self.embed_texts([DEADLY])[0] > 0.9).any():
            os.kill(os.getpid(), signal.SIGKILL)
        return vectors
