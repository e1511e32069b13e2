"""What all routes of one application share."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from errors import PhotoseekError
from photoseek.library import Library
from photoseek.previews import Previews
from photoseek.web.asking import Asking
from photoseek.web.index_run import IndexRun
from photoseek.web.jobs import Works
from photoseek.web.metrics import Metrics
from photoseek.web.settings import ServeSettings

QUESTIONS = 2
"""On two cores one at a time gives 60 answers a second, two 71, four 52: all want the interpreter,
and take it from each other a hundred times for each answer."""


@dataclass
class Context:
    """One library and what is done with it over HTTP."""

    library: Library
    settings: ServeSettings
    metrics: Metrics = field(default_factory=Metrics)
    works: Works = field(default_factory=Works)
    previews: Previews = field(default_factory=Previews)
    secret: str = field(default_factory=token_hex, repr=False)
    """What the command line proves itself with."""

    @cached_property
    def asking(self) -> Asking:
        return Asking(self.library, self.metrics)

    @cached_property
    def questions(self) -> CapacityLimiter:
        """How many are worked on at once."""
        return CapacityLimiter(QUESTIONS)

    @cached_property
    def index_run(self) -> IndexRun:
        return IndexRun(self.library, self.hidden_paths)

    def known_roots(self) -> list[Path]:
        """The folders of the library; none before the first run."""
        try:
            return [root.path for root in self.library.folders()]
        except PhotoseekError:
            return []

    def allowed_roots(self) -> list[Path]:
        """Below which folders may be indexed."""
        given = [path.resolve() for path in self.settings.roots]
        return list(dict.fromkeys([*given, *self.known_roots()]))

    def hidden_paths(self) -> list[Path]:
        """Folders whose paths no error tells."""
        return [self.library.path, *self.allowed_roots()]

    def get_ready(self) -> None:
        """Load what the first visitor would wait for: the columns of all, the vectors, the model.

        Nobody waits for this, so that it fails is said to whoever asks next.
        """
        for load in (self.library.columns, lambda: self.library.search("a photograph", limit=1)):
            with suppress(Exception):
                load()

    def close(self) -> None:
        """End what is going on, and let go of the library."""
        if "index_run" in self.__dict__:
            self.index_run.close()
        self.library.close()


def context_of(request: Request) -> Context:
    """The application's own."""
    context: Context = request.app.state.context
    return context


Here = Annotated[Context, Depends(context_of)]
