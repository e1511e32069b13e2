"""The command line's own questions: whoever has left the note (``photoseek.server_note``) is asked
by the library's owner, and by nobody else."""

import hmac
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from errors import QueryError
from photoseek.library import Library
from photoseek.printing.printed import Printed, printed
from photoseek.server_note import PATH, PROOF, prove
from photoseek.web.context import Here
from photoseek.web.problems import Refused
from search import Picture
from search.query.arguments import query_text

router = APIRouter(include_in_schema=False)


@router.post(PATH.removeprefix("/api/v1"), response_class=Response)
async def command(here: Here, request: Request) -> Response:
    """A search as ``photoseek search`` would print it."""
    body = await request.body()
    given = request.headers.get(PROOF, "")
    if not hmac.compare_digest(given.encode(), prove(here.secret, "asks", body).encode()):
        raise Refused(403, "only the command line of the library's owner asks here")
    made = await to_thread.run_sync(_printed, here.library, json.loads(body))
    content = json.dumps(asdict(made)).encode()
    headers = {PROOF: prove(here.secret, "answers", content)}
    return Response(content, headers=headers, media_type="application/json")


def _printed(library: Library, asked: dict[str, Any]) -> Printed:
    """Raises QueryError for pictures by path or address: those are read by who has them."""
    text = query_text(asked["words"], texts=asked["texts"])
    query = library.question(text if asked["words"] or text else (), **asked["settings"])
    if any(isinstance(p, Picture) and not isinstance(p.source, int) for p in query.parts):
        raise QueryError("pictures by path or address are for the command line itself")
    return printed(
        library.ask(query, asked["model"]),
        asked["form"],
        everything=asked["everything"],
        colour=asked["colour"],
        here=Path(asked["here"]),
    )
