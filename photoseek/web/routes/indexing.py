"""Indexing: what may be, the run that is going on, and its progress."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from photoseek.web import schemas
from photoseek.web.context import Context, Here
from photoseek.web.index_run import allowed_folder, as_folder, folders_below
from photoseek.web.problems import Refused

router = APIRouter(tags=["index"])
changing = APIRouter(tags=["index"])


@router.get("/index")
def index_state(here: Here) -> schemas.IndexState:
    """The run that is going on here, or the last one."""
    return here.index_run.state


@router.get("/index/events", response_class=EventSourceResponse)
async def index_events(here: Here) -> AsyncIterator[ServerSentEvent]:
    """The state now and after each change, until the run ends."""
    async for state in here.index_run.states():
        yield ServerSentEvent(data=state, event="index")


@router.get("/folders")
def folders(
    here: Here, below: Annotated[str | None, Query(max_length=4096)] = None
) -> list[schemas.Folder]:
    """Folders that may be indexed: those allowed at the start, or what is right below one."""
    known, roots = here.known_roots(), here.allowed_roots()
    if below is None:
        return [as_folder(root, known) for root in roots if root.is_dir()]
    return folders_below(allowed_folder(below, roots), known)


@changing.post("/index", status_code=202)
def start(here: Here, wanted: schemas.IndexRequest) -> schemas.IndexState:
    """Index a folder, or bring all of the library's up to date."""
    return here.index_run.start(_folders(here, wanted), wanted)


@changing.delete("/index", status_code=202)
def cancel(here: Here) -> schemas.IndexState:
    """End the run; what is committed stays."""
    return here.index_run.cancel()


@changing.post("/index/pause")
def pause(here: Here) -> schemas.IndexState:
    """Hold the run."""
    return here.index_run.pause()


@changing.post("/index/resume")
def resume(here: Here) -> schemas.IndexState:
    """Let the run go on."""
    return here.index_run.resume()


def _folders(here: Context, wanted: schemas.IndexRequest) -> list[Path]:
    if wanted.folder is None:
        if not here.known_roots():
            raise Refused(409, "nothing to bring up to date yet; choose a folder")
        return []
    return [allowed_folder(wanted.folder, here.allowed_roots())]
