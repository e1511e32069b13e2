"""Requests within limits: bodies of a bounded size, and a watch on how long answers take."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photoseek.web.metrics import Metrics
from photoseek.web.problems import Refused, problem
from photoseek.web.uploads import MOST_BYTES

SMALL_BODY = 1024 * 1024
UPLOADS = "/api/v1/search"


class BodyLimit:
    """ASGI middleware: a body that is too long is refused, before it is sent if it says so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = MOST_BYTES if scope["path"] == UPLOADS else SMALL_BODY
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > most:
            await _too_long(most)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise Refused(413, _sentence(most))
            return message

        await self._app(scope, counted, send)


def _too_long(most: int) -> ASGIApp:
    return problem(413, _sentence(most), "Refused", headers={"connection": "close"})


def _sentence(most: int) -> str:
    return f"the request is larger than {most // 2**20} MB; send less"


class Timing:
    """ASGI middleware: how long each route takes, and how many are being answered."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.monotonic(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._metrics.in_progress.track_inprogress():
            try:
                await self._app(scope, receive, seen)
            finally:
                route = getattr(scope.get("route"), "path", "other")
                labels = (route, scope["method"] if status != 405 else "other", str(status))
                self._metrics.requests.labels(*labels).observe(time.monotonic() - begun)
