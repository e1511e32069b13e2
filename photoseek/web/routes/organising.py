"""Tags, saved searches, and the model in use."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from photoseek.web import schemas, shapes
from photoseek.web.context import Here

router = APIRouter(tags=["organise"])
changing = APIRouter(tags=["organise"])

Label = Annotated[str, Path(max_length=200)]
Name = Annotated[str, Path(max_length=200)]


@router.get("/tags")
def tags(here: Here) -> list[schemas.TagCount]:
    """Every label, how many photographs have it, and who gave it."""
    return [
        schemas.TagCount(
            label=one.count.label,
            count=one.count.photos,
            source=one.count.source.value,
            model=one.count.model,
            stale=one.stale,
        )
        for one in here.library.tags()
    ]


@changing.post("/tags")
def add_tag(here: Here, wanted: schemas.TagRequest) -> schemas.Changed:
    """Tag photographs by hand."""
    count = here.library.add_tag(wanted.label, [f"id:{key}" for key in wanted.ids])
    return schemas.Changed(count=count)


@changing.delete("/tags/{label}")
def remove_tag(
    here: Here,
    label: Label,
    id: Annotated[list[schemas.Id], Query(max_length=10_000)] = [],  # noqa: A002, B006
) -> schemas.Changed:
    """Take a label from some photographs, or from all."""
    return schemas.Changed(count=here.library.remove_tag(label, [f"id:{key}" for key in id]))


@router.get("/saved")
def saved(here: Here) -> list[schemas.SavedSearch]:
    """Saved searches, by name."""
    found = here.library.saved_searches()
    return [schemas.SavedSearch(name=one.name, query=one.text) for one in found]


@changing.put("/saved/{name}", status_code=204, response_class=Response)
def save(here: Here, name: Name, wanted: schemas.SaveRequest) -> Response:
    """Save a query's text, in place of one of that name."""
    here.library.save_search(name, wanted.query)
    return Response(status_code=204)


@changing.delete("/saved/{name}", status_code=204, response_class=Response)
def unsave(here: Here, name: Name) -> Response:
    """Forget a saved search."""
    here.library.remove_search(name)
    return Response(status_code=204)


@router.get("/models")
def models(here: Here) -> list[schemas.Model]:
    """Models installed or used here, the one in use first."""
    return [shapes.model(one) for one in here.library.models()]


@changing.put("/models/active", status_code=204, response_class=Response)
def use_model(here: Here, wanted: schemas.UseModel) -> Response:
    """Let searches use another model: one that all photographs have vectors of, unless anyway."""
    here.library.use_model(wanted.name, anyway=wanted.anyway)
    return Response(status_code=204)
