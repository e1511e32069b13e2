"""What OpenCLIP has weights for, and which of these are here: known, downloaded, installed."""

from dataclasses import dataclass
from typing import Literal

from encoder.registry import DOWNLOADS, known_models, models_home


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that ``models add NAME`` brings; ``repository`` is where its weights lie."""

    name: str
    state: Literal["known", "downloaded", "installed"]
    repository: str


def openclip_models() -> list[KnownModel]:
    """Every ``ARCHITECTURE/TAG`` of ``open_clip.list_pretrained()``, sorted. Asks no network."""
    from encoder.openclip import hub_weights, pretrained_names

    installed = set(known_models())
    return [_describe(name, hub_weights(name), installed) for name in pretrained_names()]


def _describe(name: str, weights: tuple[str, tuple[str, ...]], installed: set[str]) -> KnownModel:
    repository, files = weights
    if name in installed:
        return KnownModel(name, "installed", repository)
    here = repository and any(_is_cached(repository, file) for file in files)
    return KnownModel(name, "downloaded" if here else "known", repository)


def _is_cached(repository: str, file: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(
        try_to_load_from_cache(repository, file, cache_dir=models_home() / DOWNLOADS), str
    )
