"""A server in this process: bound, announced, and ended by Ctrl-C or SIGTERM."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from errors import UsageError
from photoseek.library import Library
from photoseek.web.app import create_app
from photoseek.web.settings import ServeSettings

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

GRACE = 5
"""Seconds that answers may still take when the server ends."""


def serve(library: Library, settings: ServeSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until a signal comes; ``on_ready`` is told the address once it can be asked.

    Raises UsageError for an address that is in use or not this machine's.
    """
    with _listening(settings.host, settings.port) as listener:
        config = uvicorn.Config(
            create_app(library, settings),
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        address = _address(settings.host, listener.getsockname()[1])
        _Server(config, lambda: on_ready(address)).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says when it can be asked; a signal is how it ends, and no failure."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own raises the signal again when all is done, which ends the process by it."""
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"{host}:{port}: cannot be listened on ({error.strerror}); choose another with --port "
            "or --host"
        ) from error
    return listener


def _address(host: str, port: int) -> str:
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host  # noqa: S104
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
