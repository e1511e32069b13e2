"""How the figures look: for a terminal, for the documentation, for a program."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.figures import Figure
from benchmarks.machine import Machine
from benchmarks.settings import Settings

QUIET = 0.5
BUSY = "other work was running: times are longer, shares of the best lower, than when it is quiet"
QUICK = "a quick run, to try the benchmark: these numbers are no measurements"


def heading(machine: Machine, settings: Settings) -> Iterator[str]:
    """The machine, the date and the seed."""
    yield from machine.lines()
    yield f"seed {settings.seed}, {settings.rounds} rounds, {settings.starts} starts; medians"
    if machine.load > QUIET:
        yield BUSY
    if settings.quick:
        yield QUICK


def line(figure: Figure) -> str:
    return f"{figure.name:<62} {figure.shown():>16}  {figure.shown_bar():<10} {figure.verdict}"


def markdown(
    parts: Mapping[str, Iterable[Figure]], machine: Machine, settings: Settings
) -> Iterator[str]:
    """A table of what has a bar, then a list of the rest."""
    figures = [figure for some in parts.values() for figure in some]
    yield from (f"{text}  " for text in heading(machine, settings))
    yield from ("", "| | measured | bar | |", "|---|---:|---:|---|")
    for figure in figures:
        if figure.bar is not None:
            cells = (figure.name, figure.shown(), figure.shown_bar(), figure.verdict)
            yield f"| {' | '.join(cells)} |"
    yield ""
    yield from (f"- {one.name}: {one.shown()}" for one in figures if one.bar is None)


def document(
    parts: Mapping[str, Iterable[Figure]], machine: Machine, settings: Settings
) -> dict[str, Any]:
    """One JSON object."""
    return {
        "machine": asdict(machine),
        "seed": settings.seed,
        "quick": settings.quick,
        "figures": {
            name: [{**asdict(one), "met": one.met} for one in some] for name, some in parts.items()
        },
    }
