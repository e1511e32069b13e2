"""What takes a while to make: duplicates, clusters, the map of meaning."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from photoseek.web import schemas, shapes
from photoseek.web.context import Context, Here
from photoseek.web.jobs import OnStage
from search.duplicates import Tier

router = APIRouter(tags=["organise"])

Made = TypeVar("Made", bound=BaseModel)
_LATER: dict[int | str, dict[str, Any]] = {202: {"model": schemas.Working}}
_MOST_ON_MAP = 20_000


@router.get("/duplicates", responses=_LATER, response_model=schemas.Duplicates)
def duplicates(here: Here, tier: Tier | None = None) -> Response:
    """Exact copies, the same picture, and similar ones, the most wasteful first."""

    def make(on_stage: OnStage) -> schemas.Duplicates:
        groups = here.library.duplicates(on_stage=on_stage)
        return schemas.Duplicates(groups=[shapes.duplicate_group(group) for group in groups])

    def wanted(all_tiers: schemas.Duplicates) -> schemas.Duplicates:
        groups = [group for group in all_tiers.groups if tier in (None, group.tier)]
        return schemas.Duplicates(groups=groups)

    return _made(here, "duplicates", None, make, wanted)


@router.get("/clusters", responses=_LATER, response_model=schemas.Clusters)
def clusters(here: Here, n: Annotated[int | None, Query(ge=1, le=200)] = None) -> Response:
    """Groups of photographs that look alike, the largest first."""

    def make(on_stage: OnStage) -> schemas.Clusters:
        on_stage("grouping")
        return schemas.Clusters(
            clusters=[
                schemas.Cluster(names=list(found.names), ids=list(found.ids))
                for found in here.library.clusters(n)
            ]
        )

    return _made(here, "clusters", n, make)


@router.get("/map", responses=_LATER, response_model=schemas.MeaningMap)
def meaning_map(here: Here) -> Response:
    """Photographs on a plane, alike near alike; of a large library an even sample."""

    def make(on_stage: OnStage) -> schemas.MeaningMap:
        on_stage("laying out")
        return shapes.meaning_map(here.library.layout(most=_MOST_ON_MAP))

    return _made(here, "map", None, make)


def _made(
    here: Context,
    name: str,
    how: object,
    make: Callable[[OnStage], Made],
    wanted: Callable[[Made], Made] = lambda made: made,
) -> Response:
    """The result for the library as it is, or a note that it is being made."""
    work = here.works.get(name, (here.library.version(), how), make)
    if work.ended.is_set():
        return _json(wanted(work.result), 200)
    return _json(schemas.Working(stage=work.stage, seconds=round(work.seconds, 1)), 202)


def _json(body: BaseModel, status: int) -> Response:
    headers = {"cache-control": "private, no-cache"}
    headers |= {"retry-after": "1"} if status == 202 else {}
    return Response(body.model_dump_json(), status, headers, "application/json")
