"""Questions: by words, by pictures, by what is liked."""

from collections.abc import Sequence
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from photoseek.web import schemas, shapes
from photoseek.web.context import Context, Here
from photoseek.web.problems import Refused
from photoseek.web.uploads import MOST_PICTURES, Upload, read_uploads

router = APIRouter(tags=["search"])

_PICTURES = {"type": "array", "items": {"type": "string", "format": "binary"}}


def _bodies() -> dict[str, Any]:
    """The two forms of a question's body, for the OpenAPI document."""
    plain = schemas.SearchRequest.model_json_schema()
    pictures = {"image": _PICTURES, "unlike": _PICTURES}
    form = plain | {"properties": plain["properties"] | pictures}
    content = {"application/json": {"schema": plain}, "multipart/form-data": {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


@router.get("/search", response_model=schemas.Answer)
async def search(here: Here, asked: Annotated[schemas.SearchRequest, Query()]) -> Response:
    """Photographs that a query finds, best first; of an empty one all, newest first."""
    return await _answered(here, asked)


@router.post("/search", openapi_extra=_bodies(), response_model=schemas.Answer)
async def search_with_pictures(here: Here, request: Request) -> Response:
    """As ``GET /search``, as JSON, or as a form with pictures: ``image`` liked, ``unlike`` not."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    uploads: list[Upload] = []
    if kind == "application/json":
        asked = _checked(schemas.SearchRequest.model_validate_json, await request.body())
    elif kind == "multipart/form-data":
        async with request.form(max_files=MOST_PICTURES, max_fields=20) as form:
            uploads = await read_uploads(form.getlist("image"), form.getlist("unlike"))
            asked = _checked(schemas.SearchRequest.model_validate, _fields(form))
    else:
        raise Refused(415, "send application/json, or multipart/form-data with pictures")
    return await _answered(here, asked, uploads)


@router.get("/similar", response_model=schemas.Answer)
async def similar(
    here: Here,
    id: schemas.Id,  # noqa: A002 - the parameter's name on the wire
    limit: Annotated[int, Query(ge=1, le=500)] = 60,
    cursor: str | None = None,
) -> Response:
    """Photographs that look like one of the library."""
    return await _answered(here, schemas.SearchRequest(q=f"id:{id}", limit=limit, cursor=cursor))


@router.post("/recommend")
def recommend(here: Here, wanted: schemas.RecommendRequest) -> schemas.Answer:
    """Photographs like some and unlike others."""
    found = here.library.recommend(
        [*(f"id:{key}" for key in wanted.like), *wanted.words],
        [f"id:{key}" for key in wanted.unlike],
        strategy=wanted.strategy,
        limit=wanted.limit,
    )
    return shapes.answer(found, found.query, (), None)


async def _answered(
    here: Context, asked: schemas.SearchRequest, uploads: Sequence[Upload] = ()
) -> Response:
    """The answer as JSON, written on the thread that made it: an answer is checked as it is made,
    and FastAPI would check it again, on the thread that all requests share."""

    def answer() -> Response:
        found = here.asking.search(asked, uploads)
        return Response(found.model_dump_json(), media_type="application/json")

    limiter = None if uploads else here.questions  # words do not wait for a stranger's picture
    return await to_thread.run_sync(answer, limiter=limiter)


def _fields(form: FormData) -> dict[str, Any]:
    """The fields that are no pictures. Raises Refused for a file in place of text."""
    fields = {name: value for name, value in form.items() if name not in ("image", "unlike")}
    for name, value in fields.items():
        if isinstance(value, UploadFile):
            raise Refused(422, f"{name}: send text, not a file")
    return fields


def _checked(validate: Any, given: Any) -> schemas.SearchRequest:
    try:
        found: schemas.SearchRequest = validate(given)
    except ValidationError as error:
        faults = [fault | {"loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from error
    return found
