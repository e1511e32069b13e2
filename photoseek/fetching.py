"""Fetches a picture from the web, when a person has allowed it, and nothing else.

A name is resolved once, every address of it is looked at, and the connection goes to an address
that was looked at: no second answer of a name server can lead into the home network. Each redirect
is a request of its own and is treated so too. No proxy, cookie or password is ever used.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from errors import PictureError, QueryError
from photoseek import __version__

PIECE = 65_536


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """``private`` addresses, of one's own machine and network, are for tests."""

    bytes: int = 50_000_000
    seconds: float = 20.0
    redirects: int = 3
    private: bool = False


def fetch(address: str, limits: FetchLimits | None = None) -> bytes:
    """The bytes of a picture.

    Raises QueryError for an address that may not be asked, PictureError for one that gives no
    picture within the limits.
    """
    limits = limits or FetchLimits()
    deadline = time.monotonic() + limits.seconds
    here = address
    for _ in range(limits.redirects + 1):
        try:
            found = _request(here, limits, deadline)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PictureError(f"{address}: cannot be fetched ({_reason(error)})") from error
        if isinstance(found, bytes):
            return found
        here = urljoin(here, found.location)
    raise PictureError(f"{address}: more than {limits.redirects} redirects")


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


def _request(address: str, limits: FetchLimits, deadline: float) -> bytes | _Redirect:
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname or url.username:
        raise QueryError(f"{address}: give an http or https address without a password in it")
    connection = _Pinned(url, _checked_address(url, limits), deadline)
    try:
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = {"User-Agent": f"photoseek/{__version__}", "Accept": "image/*"}
        connection.request("GET", path, headers=headers)
        return _answer(address, connection.getresponse(), limits, deadline)
    finally:
        connection.close()


def _checked_address(url: SplitResult, limits: FetchLimits) -> str:
    """One address of the host, after a look at all of them."""
    port = url.port or (443 if url.scheme == "https" else 80)
    found = socket.getaddrinfo(url.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(row[4][0]) for row in found]
    for one in addresses:
        if not limits.private and not is_public(one):
            raise QueryError(f"{url.geturl()}: {one} is a private address; it is never asked")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, also behind IPv6's wrappings of IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in ipaddress.ip_network("64:ff9b::/96"):  # NAT64
            ip = ipaddress.ip_address(ip.packed[-4:])
        else:
            ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its name would resolve to by now."""

    def __init__(self, url: SplitResult, address: str, deadline: float) -> None:
        self._tls = url.scheme == "https"
        super().__init__(url.hostname or "", url.port or (443 if self._tls else 80))
        self._address = address
        self._deadline = deadline

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), _left(self._deadline))
        if self._tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _answer(
    address: str, response: http.client.HTTPResponse, limits: FetchLimits, deadline: float
) -> bytes | _Redirect:
    location = response.getheader("Location")
    if response.status in (301, 302, 303, 307, 308) and location:
        return _Redirect(location)
    if response.status != 200:
        raise PictureError(f"{address}: {response.status} {response.reason}")
    kind = response.getheader("Content-Type", "").partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind not in ("", "application/octet-stream"):
        raise PictureError(f"{address}: is {kind}, not a picture")
    return _body(address, response, limits, deadline)


def _body(
    address: str, response: http.client.HTTPResponse, limits: FetchLimits, deadline: float
) -> bytes:
    pieces, size = [], 0
    while piece := response.read1(PIECE):
        size += len(piece)
        if size > limits.bytes:
            raise PictureError(f"{address}: larger than {limits.bytes / 1e6:,.0f} MB")
        _left(deadline)
        pieces.append(piece)
    return b"".join(pieces)


def _left(deadline: float) -> float:
    """Seconds that are left. Raises TimeoutError for none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("it took too long")
    return left


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
