"""What every request passes first: the host, the origin, the token; and what every answer says.

Against DNS rebinding the Host header must be ours; against requests that another site makes a
browser send, a change must come from our own origin or from no page at all; and with a token,
whoever asks must have it, in a header or a cookie.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from ipaddress import IPv4Address, ip_address
from threading import Lock
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photoseek.server_note import PATH as COMMAND
from photoseek.web.problems import problem
from photoseek.web.returning import LOGIN, login_for
from photoseek.web.settings import ServeSettings

COOKIE = "photoseek"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = frozenset({LOGIN, "/api/v1/health", "/page/login.css", COMMAND})
"""Answered without a token: they tell nothing of the library, or want a proof of their own."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "x-frame-options": "DENY",
}

MOST_ATTEMPTS = 10
"""Wrong tokens in a minute of one address."""
MOST_TOGETHER = 100
"""Of all addresses together that have not given the right one yet."""
ATTEMPTS_SECONDS = 60.0
_MOST_KNOWN = 1_000


class Keys:
    """The token, and the cookie that stands for it. Compared in constant time.

    The cookie is made by chance when the server starts. Made from the token it would be a second
    way to guess at it, and that one without a limit.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self.cookie = secrets.token_hex(32)

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token)

    def is_cookie(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.cookie.encode())


class TooManyAttempts(Exception):
    """No token is looked at for ``wait`` more seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many wrong tokens; try again in {wait} s")
        self.wait = wait


class Attempts:
    """Wrong tokens of the last minute; after too many of them none is looked at, right or wrong.

    They are counted for each address, and for all together that have not given the right token
    yet: many addresses give no more guesses, and do not shut out those that are known. The same
    wrong token again is no new guess: a program with an old one does not shut out who comes
    through the same proxy. What a request says of its way here is not believed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._salt = secrets.token_bytes(16)
        self._wrong: dict[tuple[str, bytes], float] = {}  # the oldest first
        self._known: dict[str, None] = {}

    def is_right(self, keys: Keys, client: str, given: str) -> bool:
        """Whether a client gave the token. Raises TooManyAttempts if it has to wait."""
        origin = _origin(client)
        with self._lock:
            self._forget()
            wait = self._wait(origin)
            if wait:
                raise TooManyAttempts(wait)
            if keys.is_token(given):
                self._know(origin)
                return True
            guess = hashlib.blake2b(given.encode(), key=self._salt).digest()
            self._wrong.setdefault((origin, guess), self._clock())
            return False

    def _forget(self) -> None:
        """What is older than a minute."""
        begin = self._clock() - ATTEMPTS_SECONDS
        for attempt, at in list(self._wrong.items()):
            if at > begin:
                return
            del self._wrong[attempt]

    def _wait(self, origin: str) -> int:
        """Seconds until the origin may try again; 0 for now."""
        own = [at for (whose, _), at in self._wrong.items() if whose == origin]
        strange = [at for (whose, _), at in self._wrong.items() if whose not in self._known]
        limits = [(own, MOST_ATTEMPTS)]
        limits += [] if origin in self._known else [(strange, MOST_TOGETHER)]
        full = [times[-most] for times, most in limits if len(times) >= most]
        return int(max(full) + ATTEMPTS_SECONDS - self._clock()) + 1 if full else 0

    def _know(self, origin: str) -> None:
        self._known.pop(origin, None)
        self._known[origin] = None
        if len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]


def _origin(client: str) -> str:
    """What is counted as one: an IPv4 address, or the 2^64 addresses of an IPv6 network."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or address.packed[:8].hex())


class Guard:
    """ASGI middleware. ``keys`` None asks for no token."""

    def __init__(
        self, app: ASGIApp, settings: ServeSettings, keys: Keys | None, attempts: Attempts
    ) -> None:
        self._app = app
        self._settings = settings
        self._keys = keys
        self._attempts = attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refusal(scope)
        await (refused or self._app)(scope, receive, sealed)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            return problem(421, "this server is not the host that was asked for", "Refused")
        if scope["method"] not in SAFE_METHODS and _is_foreign(headers, hosts[0]):
            return problem(403, "changes are taken from this server's own page only", "Refused")
        if self._keys is None or scope["path"] in OPEN_PATHS:
            return None
        return self._without_key(scope, headers, self._keys)

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name is not None and self._settings.is_own_host(name)

    def _without_key(self, scope: Scope, headers: Headers, keys: Keys) -> ASGIApp | None:
        if keys.is_cookie(_cookie(headers)):
            return None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":  # such as a proxy's own password: no guess at the token
            return _ask_for_token(scope, headers)
        try:
            right = self._attempts.is_right(keys, client_of(scope), token.strip())
        except TooManyAttempts as refused:
            return _too_many(refused)
        return None if right else _ask_for_token(scope, headers)


def client_of(scope: Scope) -> str:
    """The address of who asks."""
    return str(scope["client"][0]) if scope.get("client") else ""


def _too_many(refused: TooManyAttempts) -> ASGIApp:
    return problem(429, str(refused), "Refused", headers={"retry-after": str(refused.wait)})


def _is_foreign(headers: Headers, host: str) -> bool:
    """Whether a browser says that another site's page sends this. Programs say nothing."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != host.lower()
    return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _ask_for_token(scope: Scope, headers: Headers) -> ASGIApp:
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        return RedirectResponse(login_for(scope), 303)
    detail = "a token is needed: send it as 'Authorization: Bearer TOKEN', or open /login"
    return problem(401, detail, "Refused", headers={"www-authenticate": "Bearer"})
