"""The address of a catalog on a server, whose password is in no message."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from errors import UsageError

_DRIVER = "postgresql+psycopg"
_NAMES = ("postgresql", "postgres", _DRIVER)
_SECRETS = ("password", "sslpassword")


@dataclass(frozen=True, slots=True)
class Address:
    """A database and, by its ``options``, a schema; its text may be shown to anybody."""

    url: URL = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "Address":
        """An address as SQLAlchemy writes them: ``postgresql+psycopg://user@host/database``.

        Raises UsageError for one that makes no sense, or is of another engine.
        """
        try:
            url = make_url(text)
        except (ArgumentError, ValueError) as error:
            raise UsageError(
                "--library: not an address; one is postgresql+psycopg://user@host/database"
            ) from error
        if url.drivername not in _NAMES:
            raise UsageError(
                f"--library: no catalog is kept in {url.drivername!r}; "
                "give a folder, or postgresql+psycopg://user@host/database"
            )
        return cls(url.set(drivername=_DRIVER))

    def __str__(self) -> str:
        shown = self.url.difference_update_query(_SECRETS)
        return shown.render_as_string(hide_password=True)


Place: TypeAlias = Path | Address
"""Where a library is: its folder, or its catalog on a server."""


def is_address(text: str) -> bool:
    """Whether a text is meant as an address, and not as a path."""
    return re.match(r"[a-z][a-z0-9+.]*://", text, re.IGNORECASE) is not None


def place_of(text: str) -> Place:
    """The place that a text names, a path being taken as it is."""
    return Address.parse(text) if is_address(text) else Path(text)
