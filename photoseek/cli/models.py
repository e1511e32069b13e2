"""``photoseek models``: which models there are, which is in use, and which is better here."""

import gc
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from errors import UsageError
from photoseek.cli.options import (
    PATH,
    Where,
    device_option,
    json_option,
    library_option,
    open_library,
    print_lines,
    print_notes,
    read_lines,
)
from photoseek.cli.progress import adding_bar
from photoseek.printing import models as printing
from photoseek.printing.text import as_json as json_line

if TYPE_CHECKING:
    from encoder import Device
    from encoder.check import CheckReport


@click.group(invoke_without_command=True)
@click.option("--known", is_flag=True, help="List what models add can bring from OpenCLIP.")
@json_option
@library_option
@click.pass_context
def models(context: click.Context, library: Where | None, *, known: bool, as_json: bool) -> None:
    """List the models that are installed or used here, and manage them."""
    if context.invoked_subcommand is not None:
        return
    if known:
        _print_known(as_json=as_json)
        return
    with open_library(library) as opened:
        statuses = opened.models()
    if as_json:
        click.echo(json_line({"models": [printing.model_fields(s) for s in statuses]}))
    else:
        print_lines(printing.models_for_people(statuses))
        print_notes(printing.models_notes(statuses))


def _print_known(*, as_json: bool) -> None:
    from encoder.pretrained import openclip_models

    found = openclip_models()
    if as_json:
        click.echo(json_line({"known": [asdict(model) for model in found]}))
    else:
        print_lines(printing.known_for_people(found))


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
    """Install SPEC: NAME/TAG of OpenCLIP, hf-hub:OWNER/NAME, or a file of weights."""
    from encoder.install import AddRequest, add_model

    gc.enable()  # torch makes much that must be collected
    request = AddRequest(spec, name, architecture, template, offline=offline)
    with adding_bar() as on_progress:
        report = add_model(request, on_progress=on_progress)
    _print_check(report, as_json=as_json)


@models.command()
@click.argument("name")
@device_option("cpu")
@json_option
def check(name: str, device: "Device", *, as_json: bool) -> None:
    """Verify an installed model: files, self-test, int8 against float32, speed here.

    On an accelerator, its original too: whether it gives the same vectors, and how fast.
    """
    from encoder.check import check_model

    gc.enable()  # torch makes much that must be collected
    _print_check(check_model(name, device=device), as_json=as_json)


@models.command()
@click.argument("name")
@click.option("--anyway", is_flag=True, help="Even if some photographs lack its vectors.")
@library_option
def use(name: str, library: Where | None, *, anyway: bool) -> None:
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
    first: str, second: str, queries: Path, limit: int, library: Where | None, *, as_json: bool
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
def remove(name: str, library: Where | None) -> None:
    """Delete an installed model, and its vectors in this library."""
    with open_library(library) as opened:
        opened.remove_model(name)
    click.echo(f"{name} removed")


def _read_queries(path: Path) -> list[str]:
    queries = [line.strip() for line in read_lines(path)]
    if not queries:
        raise UsageError(f"{path}: no queries in it; write one a line")
    return queries


def _print_check(report: "CheckReport", *, as_json: bool) -> None:
    if as_json:
        click.echo(json_line(report.fields()))
    else:
        print_lines(report.lines())
