"""What a person decides when a server starts."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from errors import UsageError
from photoseek.web import DEFAULT_PORT

FEWEST_LETTERS = 12
"""Of a token: fewer could be guessed."""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Where a server listens and what it allows.

    ``token`` is asked of every request, None of none: only on a loopback address. ``hosts`` are
    further names it may be asked under. Folders to index may lie below ``roots`` and those that
    are in the library. One that is ``eager`` gets ready before the first visitor comes. Raises
    UsageError for what would not be safe.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str | None = field(default=None, repr=False)
    read_only: bool = False
    roots: tuple[Path, ...] = ()
    hosts: tuple[str, ...] = ()
    eager: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise UsageError(f"port {self.port}: give a number from 0 to 65535")
        if not self.is_local and self.token is None:
            raise UsageError(
                f"{self.host}: others could reach it; protect it with --token, or listen on "
                "127.0.0.1"
            )
        if self.token is not None and not _is_strong(self.token):
            raise UsageError(
                f"the token must have at least {FEWEST_LETTERS} letters and digits, no spaces; "
                "--token auto makes one"
            )

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def names(self) -> frozenset[str]:
        """The hosts that a request may be for, lower case and without a port."""
        own = ("localhost", "127.0.0.1", "::1", self.host, *self.hosts)
        return frozenset(name.lower() for name in own)

    def is_own_host(self, name: str) -> bool:
        """Whether a request may be for a host.

        Of a server that listens on every address, any address is its own: no other web site has
        a number for a name, so that is no way around the check.
        """
        if name.lower() in self.names:
            return True
        return self.host in ("0.0.0.0", "::") and _is_address(name)  # noqa: S104 - a comparison


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone; a name is so if it is ``localhost``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_strong(token: str) -> bool:
    return (
        len(token) >= FEWEST_LETTERS
        and token.isascii()
        and token.isprintable()
        and " " not in token
    )
