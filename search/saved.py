"""Saved searches inside query texts: ``@name`` at the beginning stands for what was saved."""

import re

from errors import QueryError, UsageError
from search.query import parse
from store import SavedSearches

_NAME = re.compile(r"\w[\w.\-]{0,63}$")


def name_of(given: str) -> str:
    """A name without its ``@``. Raises UsageError for what cannot be one."""
    name = given.removeprefix("@")
    if not _NAME.match(name):
        raise UsageError(f"name {name!r}: use letters, digits, '.', '-' and '_', no spaces")
    return name


def expand(text: str, saved: SavedSearches) -> str:
    """Put a saved search in the place of the ``@name`` that a text begins with.

    What follows is added: ``@beaches after:2023``. Raises QueryError for an unknown name.
    """
    head, _, rest = text.partition(" ")
    if not head.startswith("@"):
        return text
    found = saved.text(head.removeprefix("@"))
    if found is None:
        known = ", ".join(f"@{record.name}" for record in saved.all()) or "none yet"
        raise QueryError(f"{head}: no saved search of this name; known: {known}")
    return f"{found} {rest}".strip()


def text_to_save(text: str, saved: SavedSearches) -> str:
    """A query's text form, with what it refers to in full. Raises QueryError if it has none."""
    return str(parse(expand(text.strip(), saved)))
