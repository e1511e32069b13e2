"""Models of a library: which are there, which is in use, which is better on its photographs."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from encoder import Device, Encoder
from encoder.imported import is_imported
from encoder.notes import speeds
from encoder.registry import DEFAULT_MODEL, InstalledModel, installed_models, name_of
from errors import ModelError, UnknownModel, UsageError
from search import Answer
from store import SpaceRecord, Store

if TYPE_CHECKING:
    from encoder.batching import BatchingEncoder

log = logging.getLogger(__name__)

LoadEncoder = Callable[[str], Encoder]


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model that is installed, or that a library has vectors of; ``installed`` is None where no
    installed model made these vectors, be it gone or of another make.

    ``state`` is ``active``, ``building``, ``retired`` or, without vectors here, None; ``covered``
    of ``photos`` photographs have a vector. ``images_per_second`` was measured on this machine,
    None if it never was.
    """

    name: str
    installed: InstalledModel | None
    state: str | None = None
    covered: int = 0
    photos: int = 0
    images_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers of two models to one query; ``shared`` is how many photographs both found."""

    query: str
    answers: tuple[Answer, Answer]

    @property
    def shared(self) -> int:
        first, second = ({hit.photo.id for hit in answer} for answer in self.answers)
        return len(first & second)


class Encoders:
    """Encoders by name, each loaded once. ``shared`` ones gather the calls of several threads."""

    def __init__(self, load: LoadEncoder, *, shared: bool = False) -> None:
        self.get = cache(load)
        self._gathered: dict[str, BatchingEncoder] | None = {} if shared else None
        self._gathering = threading.Lock()

    @property
    def waiting(self) -> int:
        """Calls of shared encoders that no run has taken yet."""
        return sum(encoder.waiting for encoder in (self._gathered or {}).values())

    def close(self) -> None:
        """End the threads of shared encoders."""
        for encoder in (self._gathered or {}).values():
            encoder.close()

    def to_index(
        self, spaces: Sequence[SpaceRecord], model: str | None, device: Device = "cpu"
    ) -> list[Encoder]:
        """One for each space in use or being built, and for ``model``, as it is best on ``device``.

        One that is not installed is left out with a warning; without any other, UnknownModel.
        """
        used = [space for space in spaces if space.active or space.building]
        names = [space.model for space in used if not is_imported(space.fingerprint)]
        if model is not None:
            names.append(model)
        wanted = dict.fromkeys(names or [DEFAULT_MODEL])
        found = [encoder for name in wanted if (encoder := self._if_there(name, model))]
        if not found:
            raise UnknownModel(f"{names[0]} is not installed; index with --model {DEFAULT_MODEL}")
        if device == "cpu":
            return found
        from encoder.accelerator import accelerate

        return [accelerate(encoder, device) for encoder in found]

    def of(self, space: SpaceRecord) -> Encoder:
        """That of a space, to ask with. Raises UnknownModel if it is not installed any more."""
        try:
            return self._shared(self.get(space.model))
        except UnknownModel as error:
            raise UnknownModel(
                f"{space.model}, which the library was indexed with, is not installed; bring it "
                f"again (photoseek models add), or: photoseek index --model {DEFAULT_MODEL}, then "
                f"photoseek models use {DEFAULT_MODEL}"
            ) from error

    def _shared(self, encoder: Encoder) -> Encoder:
        """The encoder as several threads ask it; the calls of one thread need no gathering."""
        if self._gathered is None:
            return encoder
        from encoder.batching import BatchingEncoder

        with self._gathering:
            known = self._gathered.get(encoder.info.name)
            if known is None:
                known = self._gathered[encoder.info.name] = BatchingEncoder(encoder)
            return known

    def _if_there(self, name: str, asked_for: str | None) -> Encoder | None:
        try:
            return self.get(name)
        except UnknownModel:
            if name == asked_for:
                raise
            log.warning("%s is not installed; its vectors are not brought up to date", name)
            return None


def list_models(store: Store | None) -> list[ModelStatus]:
    """Every model installed or used in the library, the one in use first."""
    installed = {model.name: model for model in installed_models()}
    rates = speeds()
    used = (
        [_status(store, space, installed, rates) for space in store.catalog.spaces()]
        if store
        else []
    )
    names = {status.name for status in used if status.installed}
    others = (
        ModelStatus(name, model, images_per_second=rates.get(model.fingerprint))
        for name, model in installed.items()
        if name not in names
    )
    return [*used, *others]


def _status(
    store: Store, space: SpaceRecord, installed: dict[str, InstalledModel], rates: dict[str, float]
) -> ModelStatus:
    counts, model = store.catalog.counts(space.id), installed.get(space.model)
    is_its_own = model and (model.problem or model.fingerprint == space.fingerprint)
    return ModelStatus(
        name=space.model,
        installed=model if is_its_own else None,
        state="active" if space.active else "building" if space.building else "retired",
        covered=counts.photos,
        photos=counts.photos + counts.waiting,
        images_per_second=rates.get(space.fingerprint),
    )


def space_of(store: Store, model: str) -> SpaceRecord:
    """The library's space of a model: the one in use, or the newest. Raises UsageError if none."""
    model = name_of(model)
    spaces = [space for space in store.catalog.spaces() if space.model == model]
    if not spaces:
        known = ", ".join(sorted({space.model for space in store.catalog.spaces()})) or "none"
        raise UsageError(
            f"no photograph was indexed with {model!r} (only with: {known}); "
            f"run: photoseek index --model {model}"
        )
    return next((space for space in spaces if space.active), spaces[-1])


def use_model(store: Store, encoder: Encoder, *, anyway: bool) -> SpaceRecord:
    """Make the encoder's space the one that searches use, in one transaction.

    Raises ModelError if it does not cover every photograph, unless ``anyway``; UsageError if
    nothing was indexed with it.
    """
    space = store.catalog.space(encoder.info.fingerprint) or space_of(store, encoder.info.name)
    if space.fingerprint != encoder.info.fingerprint:
        raise ModelError(
            f"{space.model} has changed since it was indexed with; "
            f"run: photoseek index --model {space.model}"
        )
    counts = store.catalog.counts(space.id)
    if counts.waiting and not anyway:
        raise ModelError(
            f"{space.model} lacks {counts.waiting} photographs; "
            f"run: photoseek index --model {space.model}, or add --anyway"
        )
    with store.writer() as writer:
        writer.activate(space.id)
    return space


def forget_model(store: Store, model: str) -> int:
    """Drop a model's vectors from the library; how many spaces that were.

    Raises UsageError for the one in use.
    """
    model = name_of(model)
    spaces = [space for space in store.catalog.spaces() if space.model == model]
    if any(space.active for space in spaces):
        raise UsageError(f"{model} is in use here; first: photoseek models use {DEFAULT_MODEL}")
    if spaces:
        with store.writer() as writer:
            for space in spaces:
                writer.remove_space(space.id)
        store.drop_caches(spaces)
    return len(spaces)
