"""A library for assistants: four calls of the API over the Model Context Protocol, read-only.

https://modelcontextprotocol.io; with the official SDK. Thumbnails come as image content, so that an
assistant sees what it has found.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Image
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from errors import PhotoseekError
from photoseek import __version__
from photoseek.library import Library
from photoseek.web import schemas, shapes
from photoseek.web.asking import Asking
from photoseek.web.metrics import Metrics
from photoseek.web.problems import without_paths

INSTRUCTIONS = """Photographs of a person's own library, found by what they show.
A query is words, and filters such as after:2023-06 in:Trips -people camera:"Pixel 8" place:Lisbon \
type:heic orientation:portrait tag:sea; id:12 asks for more like photograph 12.
An answer whose "nothing" is true means that nothing here matches: its hits are merely the nearest.
"""
MOST_HITS = 50
MOST_IMAGES = 10

Content = list[Any]
Limit = Annotated[int, Field(ge=1, le=MOST_HITS, description="How many photographs at most.")]
Images = Annotated[int, Field(ge=0, le=MOST_IMAGES, description="How many thumbnails to show.")]


def make_server(library: Library) -> MCPServer:
    """A server that answers for ``library``."""
    server = MCPServer("photoseek", version=__version__, instructions=INSTRUCTIONS)
    calls = _Calls(library)
    for call in (calls.search, calls.similar, calls.photo, calls.status):
        server.add_tool(
            _said(call, library),
            annotations=ToolAnnotations(
                read_only_hint=True, destructive_hint=False, open_world_hint=False
            ),
            structured_output=False,
        )
    return server


class _Calls:
    """What an assistant can call."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._asking = Asking(library, Metrics())

    def search(self, query: str, limit: Limit = 10, images: Images = 4) -> Content:
        """Find photographs by words, filters, and pictures of the library (id:12)."""
        return self._answer(schemas.SearchRequest(q=query, limit=limit), images)

    def similar(self, id: schemas.Id, limit: Limit = 10, images: Images = 4) -> Content:  # noqa: A002
        """Find photographs that look like one of the library."""
        return self._answer(schemas.SearchRequest(q=f"id:{id}", limit=limit), images)

    def photo(self, id: schemas.Id) -> Content:  # noqa: A002
        """Show one photograph: what is known of it, and its thumbnail."""
        found = self._library.photo(id)
        return [_text(shapes.photo_details(found)), *self._thumbnails([id])]

    def status(self) -> Content:
        """Say what the library holds: photographs, folders, model, coverage in percent."""
        found = self._library.status()
        return [
            {
                "photos": found.counts.photos,
                "unsearchable": found.unsearchable,
                "coverage": round(found.coverage, 2),
                "model": found.model,
                "folders": [root.path.name for root in found.roots],
            }
        ]

    def _answer(self, request: schemas.SearchRequest, images: int) -> Content:
        answer = self._asking.search(request)
        shown = [hit.photo.id for hit in answer.hits[:images]]
        return [_text(answer), *self._thumbnails(shown)]

    def _thumbnails(self, ids: Sequence[int]) -> Content:
        jpegs = (self._library.thumbnail(key) for key in ids)
        return [Image(data=jpeg, format="jpeg") for jpeg in jpegs if jpeg is not None]


def _text(value: BaseModel) -> str:
    return value.model_dump_json(exclude={"steps", "chips", "cursor"}, exclude_none=True)


def _said(call: Callable[..., Content], library: Library) -> Callable[..., Content]:
    """The call with our errors as the protocol's, without paths of this machine."""

    @wraps(call)
    def said(*arguments: Any, **options: Any) -> Content:
        try:
            return call(*arguments, **options)
        except PhotoseekError as error:
            raise ToolError(without_paths(str(error), [library.path])) from error

    return said
