"""What every request passes first: the host, the origin, the token; and what every answer says.

Against DNS rebinding the Host header must be ours; against requests that another site makes a
browser send, a change must come from our own origin or from no page at all; and with a token,
whoever asks must have it, in a header or a cookie.
"""

import hashlib
import hmac
import time
from collections import defaultdict, deque
from http.cookies import CookieError, SimpleCookie
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
ATTEMPTS_SECONDS = 60.0
_MOST_CLIENTS = 10_000


class Attempts:
    """Wrong tokens by client address: so many a minute, then none is looked at."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = defaultdict(deque)

    def wait(self, client: str) -> int:
        """Seconds until the client may try again; 0 for now."""
        wrong, now = self._wrong.get(client, deque()), time.monotonic()
        while wrong and wrong[0] < now - ATTEMPTS_SECONDS:
            wrong.popleft()
        return 0 if len(wrong) < MOST_ATTEMPTS else int(wrong[0] + ATTEMPTS_SECONDS - now) + 1

    def note(self, client: str) -> None:
        if len(self._wrong) >= _MOST_CLIENTS:
            self._wrong.clear()
        self._wrong[client].append(time.monotonic())


class Keys:
    """The token, and the cookie that stands for it. Compared in constant time."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self.cookie = hmac.new(self._token, b"photoseek session", hashlib.sha256).hexdigest()

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token)

    def is_cookie(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.cookie.encode())


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
        given = headers.get("authorization", "")
        if not given:
            if keys.is_cookie(_cookie(headers)):
                return None
            return _ask_for_token(scope, headers)
        client = client_of(scope)
        wait = self._attempts.wait(client)
        if wait:
            return too_many(wait)
        scheme, _, token = given.partition(" ")
        if scheme.lower() == "bearer" and keys.is_token(token.strip()):
            return None
        self._attempts.note(client)
        return _ask_for_token(scope, headers)


def client_of(scope: Scope) -> str:
    """The address of who asks."""
    return str(scope["client"][0]) if scope.get("client") else ""


def too_many(wait: int) -> ASGIApp:
    detail = f"too many wrong tokens; try again in {wait} s"
    return problem(429, detail, "Refused", headers={"retry-after": str(wait)})


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
