"""``serve``: the page and the HTTP API, until Ctrl-C."""

import gc
import secrets
from pathlib import Path

import click

from photoseek.cli.options import (
    PATH,
    Where,
    ask_on_one_thread,
    library_option,
    open_library,
    print_notes,
)
from photoseek.web import DEFAULT_PORT


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="0 takes a free one.",
)
@click.option(
    "--token",
    envvar="PHOTOSEEK_TOKEN",
    show_envvar=True,
    help="Ask everybody for it; auto makes one and prints it.",
)
@click.option("--read-only", is_flag=True, help="Leave out all that changes the library.")
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=PATH,
    help="Folders below it may be indexed from the page; repeatable.  [default: Pictures, and the "
    "library's own]",
)
@click.option(
    "--name", "names", multiple=True, help="A further host name that it is asked under; repeatable."
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@library_option
def serve(
    host: str,
    port: int,
    token: str | None,
    roots: tuple[Path, ...],
    names: tuple[str, ...],
    library: Where | None,
    *,
    read_only: bool,
    open_page: bool,
) -> None:
    """Show the library in a browser, and answer programs, until Ctrl-C.

    Only this machine can ask, unless --host names another address; then a token is needed.
    """
    ask_on_one_thread()
    from photoseek.web.memory import keep_few_arenas
    from photoseek.web.running import serve as run
    from photoseek.web.settings import ServeSettings, is_loopback

    keep_few_arenas()
    gc.enable()  # this one runs for days
    made = secrets.token_urlsafe(24) if token == "auto" else None  # noqa: S105 - a word, no secret
    settings = ServeSettings(
        host=host,
        port=port,
        token=made or token,
        read_only=read_only,
        roots=_folders(roots),
        hosts=names,
        eager=True,
    )

    def on_ready(address: str) -> None:
        click.echo(f"Photoseek is at {address}  (Ctrl-C ends it)")
        if made:
            click.echo(f"token: {made}")
        if not is_loopback(host):
            print_notes(
                [
                    f"{host} can be reached by others: whoever has the token sees every photograph "
                    "of the library, and without TLS whoever shares the network can read along"
                ]
            )
        if open_page:
            click.launch(address)

    with open_library(library, shared=True) as opened:
        run(opened, settings, on_ready)


def _folders(roots: tuple[Path, ...]) -> tuple[Path, ...]:
    """Those that were given; without any, the person's pictures."""
    if roots:
        from photoseek.library.paths import photo_folder

        return tuple(photo_folder(root, ()) for root in roots)
    import platformdirs

    pictures = platformdirs.user_pictures_path()
    return (pictures,) if pictures.is_dir() else ()
