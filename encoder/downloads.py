"""Fetches files of the Hugging Face hub into one cache; the only module that opens a socket.

Files that are in the cache are taken from there without asking. Interrupted downloads are taken up
where they stopped (``huggingface_hub`` keeps ``*.incomplete`` files), and large files are compared
with the SHA-256 the hub knows them by.
"""

import hashlib
import io
import os
import string
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from errors import DownloadError

OnBytes = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes in all."""

ANSWER_WITHIN = 3.5
"""Seconds the hub has for its first answer."""


class Hub:
    """The hub on behalf of one ``model`` that a person asked for by name."""

    def __init__(self, model: str, cache: Path, *, offline: bool, on_bytes: OnBytes) -> None:
        self._model = model
        self._cache = cache
        self._offline = offline or is_offline()
        self._on_bytes = on_bytes
        self._reasons: list[str] = []
        self._asking: threading.Thread | None = None

    def ask(self) -> None:
        """Begin to find out whether the hub answers; in a thread, as a name lookup may hang."""
        if not self._offline and self._asking is None:
            self._reasons = ["no answer"]
            self._asking = threading.Thread(target=_ask, args=(self._reasons,), daemon=True)
            self._asking.start()

    def require_a_way(self) -> None:
        """Raise DownloadError if nothing was ever downloaded and nothing can be now."""
        if any(self._cache.glob("models--*")):
            return
        if self._offline:
            raise self._error("models has nothing in it")
        self._require_answer()

    def fetch_some(self, repo: str, names: Sequence[str]) -> None:
        """Whichever of the files the repository has. Raises DownloadError if it has none."""
        if not [name for name in names if self.fetch_if_there(repo, name)]:
            raise self._error(f"{repo} has no {' or '.join(names[:2])}")

    def fetch(self, repo: str, *names: str) -> Path:
        """The first of the files that the repository has. Raises DownloadError if it has none."""
        for name in names:
            path = self.fetch_if_there(repo, name)
            if path is not None:
                return path
        raise self._error(f"{repo} has no {' or '.join(names)}")

    def fetch_if_there(self, repo: str, name: str) -> Path | None:
        """A file of a repository, None if it is known not to have it."""
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(repo, name, cache_dir=self._cache)
        if isinstance(cached, str):
            return Path(cached)
        if cached is not None or self._offline:  # known to be missing, or not to be asked for
            return None
        self._require_answer()
        return self._download(repo, name)

    def _download(self, repo: str, name: str) -> Path | None:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError

        try:
            path = hf_hub_download(
                repo,
                name,
                cache_dir=self._cache,
                etag_timeout=ANSWER_WITHIN,
                tqdm_class=_bar(self._on_bytes),
            )
        except EntryNotFoundError:
            return None
        except Exception as error:  # httpx, OSError and the hub's own share no base
            raise self._error(_first_line(error)) from error
        return self._verified(Path(path))

    def _verified(self, path: Path) -> Path:
        """Large files are stored under their SHA-256, so the name is the checksum."""
        blob = path.resolve()
        if len(blob.name) == 64 and set(blob.name) <= set(string.hexdigits):
            with blob.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != blob.name:
                    blob.unlink()
                    raise self._error(f"{path.name} arrived damaged; run again")
        return path

    def _require_answer(self) -> None:
        self.ask()
        if self._asking is not None:
            self._asking.join(ANSWER_WITHIN)
        if self._reasons:
            raise self._error(f"{_address()} cannot be reached ({self._reasons[-1]})")

    def _error(self, reason: str) -> DownloadError:
        if self._offline:
            reason = f"not downloaded, and this is offline (the cache of {reason})"
        return DownloadError(f"{self._model}: {reason}; --model mini needs no download")


def is_offline() -> bool:
    """Whether ``HF_HUB_OFFLINE`` forbids the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


@contextmanager
def cache_only(cache: Path) -> Iterator[None]:
    """Whatever asks the hub inside, asks only ``cache``; not for several threads at once."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE, constants.HF_HUB_CACHE
    constants.HF_HUB_OFFLINE, constants.HF_HUB_CACHE = True, str(cache)
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE, constants.HF_HUB_CACHE = before


def _ask(reasons: list[str]) -> None:
    """Empty ``reasons`` if the hub gives any answer, even a refusal."""
    try:
        request = urllib.request.Request(_address(), method="HEAD")  # noqa: S310  (a constant)
        urllib.request.urlopen(request, timeout=ANSWER_WITHIN).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
    except (OSError, ValueError) as error:
        reasons.append(str(getattr(error, "reason", error)))
        return
    reasons.clear()


def _address() -> str:
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def _bar(on_bytes: OnBytes) -> Any:
    """A tqdm class that shows nothing and reports instead."""
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            shown = {**kwargs, "disable": False, "file": io.StringIO()}
            super().__init__(*args, **shown)  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> None:
            super().update(n)
            on_bytes(int(self.n), int(self.total or 0))

    return Bar


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def names_of_weights(name: str) -> Sequence[str]:
    """File names under which the hub may have a checkpoint, safe format first, as OpenCLIP asks."""
    if not name:
        return ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
    stem, dot, suffix = name.rpartition(".")
    return (f"{stem}.safetensors", name) if dot and suffix in {"bin", "pth"} else (name,)
