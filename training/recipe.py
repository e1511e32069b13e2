"""Every choice made in building ``mini``, in one place. What was tried: ``training/README.md``."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How the joint space is learned.

    ``captions`` of each photo are in a batch. ``temperature`` is where it starts. Beside each batch
    of photos go ``prototypes`` ImageNet classes, each mixed with ``blur`` of a random photo; see
    ``training.prototypes``.
    """

    dimension: int = 512
    epochs: int = 20
    batch: int = 1000
    captions: int = 5
    rate: float = 1e-3
    decay: float = 0.01
    image_dropout: float = 0.3
    text_dropout: float = 0.1
    temperature: float = 0.05
    prototypes: int = 500
    blur: float = 0.3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class CopySettings:
    """How copies of the towers' ends are trained: the last ``blocks`` of each image tower and the
    last ``layers`` of MiniLM, on ``views`` looks at each photograph.

    ``side`` is that of the planes; ``memory`` that of the running mean of the weights.
    """

    blocks: int = 2
    layers: int = 2
    side: int = 7
    views: int = 2
    image_rate: float = 2e-4
    text_rate: float = 1e-4
    warming: int = 20
    forgotten_tokens: float = 0.1
    memory: float = 0.98
    head: HeadSettings = field(
        default_factory=lambda: HeadSettings(epochs=12, batch=500, captions=2, prototypes=250)
    )


@dataclass(frozen=True, slots=True)
class ForeignSettings:
    """How it is learned whether a text is like the captions: see ``training.foreign``."""

    decay: float = 3e-4
    seed: int = 0


@dataclass(frozen=True, slots=True)
class NamingSettings:
    """ConSE: how many class names describe a photo, how sharply, and how much they count.

    ``weight`` is the weight of this block's inner product beside the learned block's 1, between
    photographs. Between a text and a photograph it is ``taught`` for a text like the captions and
    ``foreign`` for one like none of them.
    """

    names: int = 20
    temperature: float = 1.2
    template: str = "a photo of a {}."
    weight: float = 0.6
    taught: float = 0.3
    foreign: float = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """The whole model: EfficientNet-Lite ``towers`` by number, MiniLM ``layers`` (0: the words)."""

    towers: tuple[int, ...] = (1, 2)
    size: int = 224
    layers: tuple[int, ...] = (4, 5, 6)
    max_tokens: int = 128
    calibration_photos: int = 128
    copies: CopySettings = field(default_factory=CopySettings)
    head: HeadSettings = field(default_factory=HeadSettings)
    naming: NamingSettings = field(default_factory=NamingSettings)
    foreign: ForeignSettings = field(default_factory=ForeignSettings)


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are read and written."""

    captions: Path
    folder: Path
    cache: Path
