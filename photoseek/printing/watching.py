"""How what a watch does looks: a line for each time something changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from photoseek.printing.reports import report_fields, report_for_people, report_notes
from photoseek.printing.text import printable

if TYPE_CHECKING:
    from photoseek.library.watching import Watched, WatchEvent


def event_fields(event: "WatchEvent") -> dict[str, Any]:
    from photoseek.library.watching import Delayed, Watched

    if isinstance(event, Watched):
        how = "events" if event.seconds is None else "polling"
        fields = {"folder": str(event.folder), "how": how, "seconds": event.seconds}
        return {"event": "watching", **fields, "why": event.why}
    if isinstance(event, Delayed):
        return {"event": "delayed", "reason": event.reason}
    return {"event": "indexed", **report_fields(event)}


def event_for_people(event: "WatchEvent") -> Iterator[str]:
    """For standard output: what was done, with the time of day."""
    from photoseek.library.watching import Delayed, Watched

    if not isinstance(event, Watched | Delayed):
        for line in report_for_people(event):
            yield f"{datetime.now().astimezone():%H:%M:%S}  {line}"


def event_notes(event: "WatchEvent") -> Iterator[str]:
    """For standard error: how folders are watched, and what a person should know."""
    from photoseek.library.watching import Delayed, Watched

    if isinstance(event, Watched):
        yield _how(event)
    elif isinstance(event, Delayed):
        yield f"{printable(event.reason)}; tried again by itself"
    else:
        yield from report_notes(event)


def _how(event: "Watched") -> str:
    folder = printable(event.folder)
    if event.seconds is None:
        return f"{folder}: watched; Ctrl-C ends it"
    return f"{folder}: looked at every {event.seconds:g} s ({printable(event.why)}); Ctrl-C ends it"
