"""What OpenCLIP has weights for: their names, where on the hub they lie, which of them are here."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal

import open_clip
from open_clip.pretrained import get_pretrained_cfg

from encoder.downloads import Hub, cache_only, names_of_weights
from encoder.registry import DOWNLOADS, known_models, models_home
from errors import ModelError

HUB, FOLDER = "hf-hub:", "local-dir:"
_TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "config.json"),
    *("vocab.txt", "vocab.json", "merges.txt"),
    *("spiece.model", "sentencepiece.bpe.model", "tokenizer.model"),
)


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that ``models add NAME`` brings; ``repository`` is where its weights lie."""

    name: str
    state: Literal["known", "downloaded", "installed"]
    repository: str


def openclip_models() -> list[KnownModel]:
    """Every ``ARCHITECTURE/TAG`` of ``open_clip.list_pretrained()``, sorted. Asks no network."""
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


def download(hub: Hub, architecture: str, pretrained: str | None = None) -> None:
    """Fetch what ``load_openclip`` will want from the hub."""
    if architecture.startswith(FOLDER):
        return
    if architecture.startswith(HUB):
        repo, names = architecture.removeprefix(HUB), tuple(names_of_weights(""))
        hub.fetch(repo, "open_clip_config.json")
    else:
        repo, names = hub_weights(f"{architecture}/{pretrained or ''}")
    tokenizers = require_transformers(architecture)
    if repo:
        hub.fetch(repo, *names)
    for repo in tokenizers:
        hub.fetch_some(repo, _TOKENIZER_FILES)


def require_transformers(architecture: str) -> list[str]:
    """Repositories of the Hugging Face parts of a text tower, mostly none.

    Raises ModelError if there are any and the package that reads them is not installed.
    """
    with cache_only(models_home() / DOWNLOADS), quiet():
        config: dict[str, Any] = open_clip.get_model_config(architecture) or {}
    text = config.get("text_cfg", {})
    parts = filter(None, map(text.get, ("hf_tokenizer_name", "hf_model_name")))
    repositories = list(dict.fromkeys(parts))
    if repositories and find_spec("transformers") is None:
        raise ModelError(
            f"{architecture}: its text tower needs transformers: "
            "pip install 'photoseek[huggingface]'"
        )
    return repositories


def pretrained_names() -> list[str]:
    """Every ``ARCHITECTURE/TAG`` that OpenCLIP has weights for, sorted."""
    return sorted(f"{name}/{tag}" for name, tag in open_clip.list_pretrained())


def hub_weights(name: str) -> tuple[str, tuple[str, ...]]:
    """The hub's repository of an ``ARCHITECTURE/TAG``, and what its weights may be called there."""
    architecture, _, tag = name.rpartition("/")
    source = get_pretrained_cfg(architecture, tag).get("hf_hub", "")
    repository, _, file = source.rpartition("/")
    return repository, tuple(names_of_weights(file))


@contextmanager
def quiet() -> Iterator[None]:
    """OpenCLIP logs to the root logger, which would begin to print, and warns of what is put right
    here."""
    silence = logging.NullHandler()
    logging.getLogger().addHandler(silence)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.getLogger().removeHandler(silence)
