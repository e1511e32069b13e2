"""``mcp``: the library for assistants, over standard input and output."""

import importlib.util

import click

from errors import UsageError
from photoseek.cli.options import Where, library_option, open_library


@click.command()
@library_option
def mcp(library: Where | None) -> None:
    """Answer an assistant over the Model Context Protocol (stdio), read-only.

    The assistant starts this command itself; docs/http.md says how to tell it.
    """
    if importlib.util.find_spec("mcp") is None:
        raise UsageError("the official SDK is needed: pip install 'photoseek[mcp]'")
    from photoseek.web.assistants import make_server

    with open_library(library, shared=True) as opened:
        make_server(opened).run("stdio")
