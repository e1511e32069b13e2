"""The API's routes, a module for each noun."""

from photoseek.web.routes import (
    browsing,
    command,
    indexing,
    keeping,
    making,
    organising,
    photos,
    searching,
)

ROUTERS = (
    searching.router,
    browsing.router,
    photos.router,
    making.router,
    organising.router,
    indexing.router,
    keeping.router,
    command.router,
)
CHANGING = (photos.changing, organising.changing, indexing.changing)
"""Left out of a server that is read-only."""
