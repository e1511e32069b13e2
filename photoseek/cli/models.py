"""``photoseek models``: which models there are, which is in use, and which is better here."""

import gc
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from errors import PathError, UsageError
from photoseek.cli.options import PATH, json_option, library_option, open_library, print_lines
from photoseek.printing import models as printing
from photoseek.printing.text import as_json as json_line

if TYPE_CHECKING:
    from encoder.check import CheckReport
    from encoder.install import Progress


@click.group(invoke_without_command=True)
@json_option
@library_option
@click.pass_context
def models(context: click.Context, library: Path | None, *, as_json: bool) -> None:
    """List the models that are installed or used here, and manage them."""
    if context.invoked_subcommand is not None:
        return
    with open_library(library) as opened:
        statuses = opened.models()
    if as_json:
        click.echo(json_line({"models": [printing.model_fields(s) for s in statuses]}))
    else:
        print_lines(printing.models_for_people(statuses))


@models.command()
@click.argument("spec")
@click.option("--name", help="What to call it here.  [default: from SPEC]")
@click.option("--architecture", help="The OpenCLIP architecture of a local checkpoint.")
@click.option("--template", multiple=True, help="Prompt with {} for the words; repeatable.")
@click.option("--offline", is_flag=True, envvar="HF_HUB_OFFLINE", help="Never use the network.")
@json_option
def add(
    spec: str,
    name: str | None,
    architecture: str | None,
    template: tuple[str, ...],
    *,
    offline: bool,
    as_json: bool,
) -> None:
    """Install SPEC: NAME/TAG of OpenCLIP, hf-hub:OWNER/NAME, or a checkpoint file."""
    from encoder.install import AddRequest, add_model

    gc.enable()  # torch makes much that must be collected
    request = AddRequest(spec, name, architecture, template, offline=offline)
    _print_check(add_model(request, on_progress=_say), as_json=as_json)


@models.command()
@click.argument("name")
@json_option
def check(name: str, *, as_json: bool) -> None:
    """Verify an installed model: files, self-test, int8 against float32, speed here."""
    from encoder.check import check_model

    _print_check(check_model(name), as_json=as_json)


@models.command()
@click.argument("name")
@click.option("--anyway", is_flag=True, help="Even if some photographs lack its vectors.")
@library_option
def use(name: str, library: Path | None, *, anyway: bool) -> None:
    """Let searches use NAME."""
    with open_library(library) as opened:
        opened.use_model(name, anyway=anyway)
    click.echo(f"searches use {name} now")


@models.command()
@click.argument("first")
@click.argument("second")
@click.option("--queries", required=True, type=PATH, help="A query a line.")
@click.option("-k", "--limit", default=5, show_default=True, help="How many of each.")
@json_option
@library_option
def compare(
    first: str, second: str, queries: Path, limit: int, library: Path | None, *, as_json: bool
) -> None:
    """Answer QUERIES with two models side by side."""
    asked = _read_queries(queries)
    with open_library(library) as opened:
        comparisons = opened.compare(first, second, asked, limit)
    if as_json:
        fields = [printing.comparison_fields(comparison) for comparison in comparisons]
        click.echo(json_line({"comparisons": fields}))
    else:
        print_lines(printing.comparisons_for_people(comparisons))


@models.command()
@click.argument("name")
@library_option
def remove(name: str, library: Path | None) -> None:
    """Delete an installed model, and its vectors in this library."""
    from encoder.install import remove_model
    from errors import NoLibrary

    with open_library(library) as opened, suppress(NoLibrary):
        opened.forget_model(name)
    remove_model(name)
    click.echo(f"{name} removed")


def _read_queries(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise PathError(f"{path}: cannot be read ({error.strerror})") from error
    queries = [line.strip() for line in lines if line.strip()]
    if not queries:
        raise UsageError(f"{path}: no queries in it; write one a line")
    return queries


def _say(progress: "Progress") -> None:
    click.echo(f"photoseek: {progress}", err=True)


def _print_check(report: "CheckReport", *, as_json: bool) -> None:
    if as_json:
        click.echo(json_line(report.fields()))
    else:
        print_lines(report.lines())
