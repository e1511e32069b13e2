"""The application: routes, the page, and what stands in front of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import create_task_group, to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from errors import PhotoseekError
from photoseek import __version__
from photoseek.library import Library
from photoseek.web import problems, schemas
from photoseek.web.context import Context
from photoseek.web.guard import Attempts, Guard, Keys
from photoseek.web.limits import BodyLimit, Timing
from photoseek.web.login import login_router
from photoseek.web.routes import CHANGING, ROUTERS
from photoseek.web.settings import ServeSettings

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig  # earlier versions have none to be told off

API = "/api/v1"
PAGE = Path(__file__).with_name("page")
THREADS = 4
"""Requests that are worked on at once, beside questions in words; more wait their turn."""
SILENT: "TelemetryConfig" = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""What FastAPI would tell an OpenTelemetry collector that the environment names, of each request:
nothing leaves the machine, and requests cost less."""


def create_app(library: Library, settings: ServeSettings | None = None) -> FastAPI:
    """An ASGI application that answers for ``library``, and closes it when it ends."""
    settings = settings or ServeSettings()
    context = Context(library, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        async with create_task_group() as tasks:
            if settings.eager:
                tasks.start_soon(to_thread.run_sync, context.get_ready)
            yield
        await to_thread.run_sync(context.close)

    app = FastAPI(
        title="Photoseek",
        version=__version__,
        description="Semantic search of a library of photographs. docs/http.md explains it.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=SILENT,
        responses={"4XX": {"model": schemas.Problem, **problems.DESCRIBED}},
    )
    app.state.context = context
    _add_routes(app, settings)
    _add_errors(app, context)
    attempts = Attempts()
    keys = None if settings.token is None else Keys(settings.token)
    if keys is not None:
        app.include_router(login_router(keys, attempts))
    app.add_middleware(BodyLimit)
    app.add_middleware(Timing, metrics=context.metrics)
    app.add_middleware(Guard, settings=settings, keys=keys, attempts=attempts)
    return app


def _add_routes(app: FastAPI, settings: ServeSettings) -> None:
    for router in (*ROUTERS, *(() if settings.read_only else CHANGING)):
        app.include_router(router, prefix=API)

    @app.get("/", include_in_schema=False)
    def page() -> Response:
        return FileResponse(PAGE / "index.html", headers={"cache-control": "no-cache"})

    app.mount("/page", _Page(directory=PAGE))


class _Page(StaticFiles):
    """The page's files, asked for anew each time and mostly answered with 304."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.setdefault("cache-control", "no-cache")
        return response


def _add_errors(app: FastAPI, context: Context) -> None:
    @app.exception_handler(PhotoseekError)
    def ours(_: Request, error: PhotoseekError) -> Response:
        return problems.of_error(error, context.hidden_paths())

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        return problems.of_invalid(error)

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> Response:
        return problems.of_status(error)

    @app.exception_handler(Exception)
    def fault(request: Request, error: Exception) -> Response:
        return problems.of_fault(request, error)
