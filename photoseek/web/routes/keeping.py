"""How the library and the server are."""

from fastapi import APIRouter, Request, Response

from errors import NoLibrary
from photoseek import __version__
from photoseek.library import Status
from photoseek.web import metrics, schemas, shapes
from photoseek.web.context import Context, Here
from photoseek.web.routes.photos import can_reveal

router = APIRouter(tags=["status"])


@router.get("/health")
def health() -> schemas.Health:
    """Whether the server answers; asked without a token."""
    return schemas.Health(status="ok")


@router.get("/status")
def status(here: Here, request: Request) -> schemas.Status:
    """What the library holds, and what may be done here."""
    can = schemas.Can(
        change=not here.settings.read_only,
        reveal=can_reveal(here.settings.read_only, request),
    )
    try:
        found = here.library.status()
    except NoLibrary:
        return _nothing(can)
    return _status(found, can)


@router.get("/failed")
def failed(here: Here) -> list[schemas.FailedFile]:
    """Every file that is there and cannot be searched, with the reason."""
    return [shapes.failed(one) for one in here.library.unsearchable()]


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def prometheus(here: Here) -> Response:
    """For Prometheus."""
    _note_library(here)
    return Response(here.metrics.text(), media_type=metrics.MEDIA_TYPE)


def _note_library(here: Context) -> None:
    here.metrics.indexing.set(here.index_run.is_running)
    here.metrics.waiting.set(here.library.waiting)
    try:
        here.metrics.change.set(here.library.version().change)
        found = here.library.status()
    except NoLibrary:
        return
    here.metrics.photos.set(found.counts.photos)
    here.metrics.unsearchable.set(found.unsearchable)


def _status(found: Status, can: schemas.Can) -> schemas.Status:
    same = ("files", "photos", "failed", "missing", "waiting")
    return schemas.Status(
        version=__version__,
        library=True,
        **{name: getattr(found.counts, name) for name in same},
        unsearchable=found.unsearchable,
        coverage=round(found.coverage, 2),
        bytes=found.bytes,
        model=found.model,
        dimension=found.dimension,
        roots=[shapes.index_root(root) for root in found.roots],
        last_run=shapes.run(found.last_run) if found.last_run else None,
        can=can,
    )


def _nothing(can: schemas.Can) -> schemas.Status:
    numbers = ("photos", "files", "failed", "missing", "waiting", "unsearchable", "bytes")
    return schemas.Status(
        version=__version__,
        library=False,
        **dict.fromkeys(numbers, 0),
        coverage=100.0,
        model=None,
        dimension=None,
        roots=[],
        last_run=None,
        can=can,
    )
