"""Where the vectors are kept: what ``--vectors`` says, taken apart."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from errors import UsageError
from store.milvus.plans import KINDS

TOKEN = "PHOTOSEEK_VECTORS_TOKEN"  # noqa: S105 - the variable's name
"""The variable of the environment that holds ``USER:PASSWORD`` or an API key."""


@dataclass(frozen=True, slots=True)
class Address:
    """A Milvus server (``http://HOST:19530/DATABASE``), or a file of Milvus Lite (``….db``).

    ``index`` is the kind of index that was asked for, None to choose by size.
    """

    uri: str
    index: str | None = None

    @property
    def is_file(self) -> bool:
        return self.uri.endswith(".db")

    @property
    def token(self) -> str:
        """The password, which is in the environment alone and is never printed."""
        return os.environ.get(TOKEN, "")

    def __str__(self) -> str:
        return self.uri


def address_of(text: str) -> Address:
    """Read ``URI[?index=KIND]``. Raises UsageError for anything else."""
    place, _, settings = text.partition("?")
    index = _index(text, settings)
    if place.endswith(".db") and "://" not in place:
        return Address(str(Path(place).expanduser().absolute()), index)
    parts = urlsplit(place)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"vectors {_without_password(place)!r}: neither a server (http://HOST:19530) nor a "
            "file of Milvus Lite (FILE.db)"
        )
    if parts.username or parts.password:
        raise UsageError(
            f"vectors {_without_password(place)!r}: others can read a password there; "
            f"put it into {TOKEN}"
        )
    return Address(place, index)


def _index(text: str, settings: str) -> str | None:
    try:
        asked = parse_qs(settings, strict_parsing=bool(settings), keep_blank_values=True)
    except ValueError:
        asked = {settings: []}
    unknown = asked.keys() - {"index"}
    kind = asked.get("index", [""])[-1].upper()
    if unknown or (settings and kind not in KINDS):
        raise UsageError(
            f"vectors {_without_password(text)!r}: after the ? comes index=, one of "
            f"{', '.join(KINDS)}"
        )
    return kind or None


def _without_password(text: str) -> str:
    scheme, found, rest = text.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else text.rpartition("@")[2]
