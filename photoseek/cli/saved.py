"""``save`` and ``saved``: searches under a name."""

import click

from errors import UsageError
from photoseek.cli.options import Where, json_option, library_option, open_library, print_lines
from photoseek.printing.text import as_json as json_line
from photoseek.printing.text import printable


@click.command()
@click.argument("name", required=False)
@click.argument("query", nargs=-1)
@click.option("--remove", is_flag=True, help="Forget the search NAME.")
@json_option
@library_option
def save(
    name: str | None, query: tuple[str, ...], library: Where | None, *, remove: bool, as_json: bool
) -> None:
    """Save QUERY as NAME, to be asked with: photoseek search @NAME. Without NAME, list them."""
    from search.query.arguments import text_of  # brings NumPy, which --help needs not

    with open_library(library) as opened:
        if name is None:
            saved = [(record.name, record.text) for record in opened.saved_searches()]
            if as_json:
                click.echo(json_line({"searches": [{"name": n, "query": q} for n, q in saved]}))
            else:
                print_lines(f"@{printable(n)}  {printable(q)}" for n, q in saved)
        elif remove:
            opened.remove_search(name)
            click.echo(f"@{printable(name.removeprefix('@'))} removed")
        elif not query:
            raise UsageError(
                f"nothing to save as {name!r}; give a query: photoseek save NAME QUERY"
            )
        else:
            opened.save_search(name, text_of(query))
            click.echo(f"saved; ask with: photoseek search @{printable(name.removeprefix('@'))}")
