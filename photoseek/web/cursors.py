"""Where a page of an answer ends, in a form that a client hands back unread."""

import base64
import binascii
import json
from dataclasses import dataclass

from blake3 import blake3

from photoseek.web.problems import Refused

MOST_OFFSET = 100_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """``offset`` hits have been seen of an answer as of ``change``; the rest says of which."""

    library: str
    change: int
    offset: int
    question: str

    def __str__(self) -> str:
        fields = [self.library, self.change, self.offset, self.question]
        return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, library: str, question: str) -> "Cursor":
        """Raises Refused for what is no cursor, or one of another library or question."""
        found = _decoded(text)
        if found is None:
            raise Refused(400, "the cursor is not one of ours; begin again without it")
        if found.library != library:
            raise Refused(400, "the cursor belongs to another library; begin again without it")
        if found.question != question:
            raise Refused(400, "the cursor belongs to another question; begin again without it")
        return found


def _decoded(text: str) -> Cursor | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        library, change, offset, question = json.loads(raw)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        return None
    numbers = all(type(number) is int and number >= 0 for number in (change, offset))
    texts = isinstance(library, str) and isinstance(question, str)
    if not numbers or not texts or offset > MOST_OFFSET or change >= 2**63:
        return None
    return Cursor(library, change, offset, question)


def digest(*parts: object) -> str:
    """A short name of a question."""
    return blake3(json.dumps(parts, default=str).encode()).hexdigest(8)
