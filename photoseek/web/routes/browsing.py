"""The library without a question: counts, the time line, places."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from photoseek.web import schemas, shapes
from photoseek.web.caching import cached
from photoseek.web.context import Here
from store.columns import NO_DAY

router = APIRouter(tags=["browse"])

Filters = Annotated[str, Query(max_length=10_000, description="Only the filters in it count.")]


@router.get("/facets")
def facets(here: Here, q: Filters = "") -> schemas.Facets:
    """How many photographs there are of each kind."""
    found = here.library.columns(q)
    return shapes.facets(here.library.facets_among(found), len(found.ids))


@router.get("/timeline", response_model=schemas.Timeline)
def timeline(here: Here, request: Request, q: Filters = "") -> Response:
    """All photographs in columns, newest first."""

    def made() -> schemas.Timeline:
        found = here.library.columns(q)
        ratios = np.clip(100 * found.widths / np.maximum(found.heights, 1), 1, 10_000)
        days = [None if day == NO_DAY else day for day in found.days.tolist()]
        return schemas.Timeline(
            ids=found.ids.tolist(), ratios=ratios.round().astype(int).tolist(), days=days
        )

    return cached(request, here.library.version(), made)


@router.get("/located", response_model=schemas.Located)
def located(here: Here, request: Request, q: Filters = "") -> Response:
    """Photographs with coordinates, in columns, newest first."""

    def made() -> schemas.Located:
        found = here.library.columns(q)
        known = np.isfinite(found.latitudes) & np.isfinite(found.longitudes)
        return schemas.Located(
            ids=found.ids[known].tolist(),
            latitudes=found.latitudes[known].tolist(),
            longitudes=found.longitudes[known].tolist(),
        )

    return cached(request, here.library.version(), made)
