"""What all of the API's values share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=1, lt=2**63, description="A photograph's number in this library.")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=10_000)]
LocalTime = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$",
        description="Where it was taken, without a zone, as cameras write it.",
    ),
]
Verdict = Literal["strong", "possible", "rest"]


class Schema(BaseModel):
    """Unknown fields are a mistake, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Schema):
    """RFC 9457. ``code`` is the error's class; ``column``, from 1, where in a query it is."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    column: int | None = None
