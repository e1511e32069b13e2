"""Getting ready for a question, on another thread what takes time without the interpreter."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from errors import PhotoseekError

if TYPE_CHECKING:
    from encoder import Encoder


class EncoderAhead:
    """The model that a library will most likely be asked with, loaded while the rest is imported.

    ``model`` is the one that is asked for. Without it, it is the one that ``folder`` holds a
    snapshot of, if that is one. What goes wrong is left to the usual way, which says it.
    """

    def __init__(self, folder: Path, model: str | None) -> None:
        import_apart("encoder")
        self._encoder = _likely(folder, model)
        self._thread = threading.Thread(target=self._get_ready, daemon=True)
        self._thread.start()

    @property
    def name(self) -> str | None:
        """The model that is being loaded, None if there is none."""
        return self._encoder.info.name if self._encoder else None

    def load(self, name: str) -> "Encoder":
        """That encoder once it is ready, or another one. Raises as ``load_encoder``."""
        from encoder import load_encoder

        self._thread.join()
        return self._encoder if self._encoder and self.name == name else load_encoder(name)

    def _get_ready(self) -> None:
        if self._encoder:
            with suppress(PhotoseekError):
                self._encoder.embed_texts(["a photograph"])


def import_apart(package: str) -> None:
    """Import a package on a thread of its own, whose stack is empty.

    Deep inside of other calls, imports cross the end of a piece of the interpreter's stack (16 KiB)
    up to 2,000 times, which is taken from the system and given back each time: 20 ms.
    """
    thread = threading.Thread(target=import_module, args=(package,))
    thread.start()
    thread.join()


def _likely(folder: Path, model: str | None) -> "Encoder | None":
    from encoder import load_encoder

    names = [model] if model else list(_models_of(folder))
    if len(names) != 1:
        return None
    with suppress(PhotoseekError):
        return load_encoder(names[0])
    return None


def _models_of(folder: Path) -> Iterator[str]:
    """Installed models of whose vectors there is a snapshot, ``vectors/FINGERPRINT.json``."""
    from encoder import known_models, read_manifest
    from encoder.registry import model_folder

    snapshots = {path.stem for path in (folder / "vectors").glob("*.json")}
    for name in known_models() if snapshots else ():
        with suppress(PhotoseekError):
            if read_manifest(model_folder(name)).fingerprint in snapshots:
                yield name
