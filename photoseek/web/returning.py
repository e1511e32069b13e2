"""Where a visitor goes on to after the login page: the address that was asked for, and no other
server's."""

import re
from urllib.parse import quote

from starlette.types import Scope

LOGIN = "/login"
MOST_LETTERS = 16_384
_OWN = re.compile(r"/(?!/)[!#-\[\]-~]*")
"""A path in printable ASCII: no host (``//host``), no backslash that a browser would read as a
slash, nothing that ends a header or an attribute."""


def login_for(scope: Scope) -> str:
    """The login page for a request without a key; it leads back to what was asked for."""
    query = scope["query_string"].decode("latin-1")
    asked = quote(scope["path"]) + (f"?{query}" if query else "")
    nothing_kept = asked == "/" or len(asked) > MOST_LETTERS
    return LOGIN if nothing_kept else f"{LOGIN}?to={quote(asked, safe='/')}"


def own(to: str) -> str:
    """An address of this server as it is; of what could lead elsewhere, the start."""
    return to if _OWN.fullmatch(to) else "/"
