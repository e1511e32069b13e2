"""A server in this process: bound, announced, and ended by Ctrl-C or SIGTERM."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import uvicorn

from errors import UsageError
from photoseek import __version__, server_note
from photoseek.library import Library
from photoseek.server_note import ServerNote
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
        app = create_app(library, settings)
        config = uvicorn.Config(
            app,
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        port = listener.getsockname()[1]
        with ExitStack() as noted:

            def ready() -> None:
                noted.enter_context(_noted(library, settings.host, port, app.state.context.secret))
                on_ready(_address(settings.host, port))

            _Server(config, ready).run(sockets=[listener])


@contextmanager
def _noted(library: Library, host: str, port: int, secret: str) -> Iterator[None]:
    """Inside it, commands of the library's owner find this server by the library's folder."""
    catalog = server_note.identity(library.path) if library.place == library.path else None
    if catalog is None:
        yield
        return
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a comparison
    note = ServerNote(own, port, secret, __version__, os.getpid(), catalog)
    server_note.leave(library.path, note)
    try:
        yield
    finally:
        server_note.take_back(library.path, note)


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
