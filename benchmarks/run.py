"""``python -m benchmarks.run``: measures every speed and memory bar and prints it as it is."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import report
from benchmarks.duplicates import duplicates
from benchmarks.figures import Figure
from benchmarks.indexing import indexing
from benchmarks.keeping import keeping
from benchmarks.machine import this_machine, this_model
from benchmarks.organising import organising
from benchmarks.process import Failed
from benchmarks.rescan import rescan
from benchmarks.searching import searching
from benchmarks.serving import serving, serving_memory
from benchmarks.settings import CACHE, Settings
from benchmarks.startup import startup
from errors import PhotoseekError

PARTS: dict[str, Callable[[Settings], Iterator[Figure]]] = {
    "duplicates": duplicates,
    "indexing": indexing,
    "keeping": keeping,
    "organising": organising,
    "rescan": rescan,
    "searching": searching,
    "serving": serving,
    "serving-memory": serving_memory,
    "startup": startup,
}


def run(names: list[str], settings: Settings) -> dict[str, list[Figure]]:
    """Measure the parts, printing each figure when it is known."""
    measured: dict[str, list[Figure]] = {}
    model = this_model()
    for name in names:
        print(f"\n{name}", flush=True)
        measured[name] = []
        for figure in PARTS[name](settings):
            measured[name].append(figure)
            print(report.line(figure), flush=True)
        if this_model() != model:
            raise Failed(f"the model was {model} and is {this_model()} now; measure again")
    return measured


def main() -> None:
    """Parse the command line, measure, and write what was asked for."""
    options = _options()
    settings = Settings(options.cache, options.seed, options.quick, options.requests)
    machine = this_machine()
    print(*report.heading(machine, settings), sep="\n")
    try:
        measured = run(options.only or list(PARTS), settings)
    except (Failed, PhotoseekError) as error:
        sys.exit(f"benchmarks: {error}")
    if options.json:
        document = json.dumps(report.document(measured, machine, settings), indent=2)
        options.json.write_text(f"{document}\n", encoding="utf-8")
    if options.markdown:
        text = "\n".join(report.markdown(measured, machine, settings))
        options.markdown.write_text(f"{text}\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; repeatable")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write them as a table")
    parser.add_argument("--quick", action="store_true", help="little of everything, to try it")
    parser.add_argument(
        "--requests", type=int, default=100_000, help="of serving-memory  [100000: 20 minutes]"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"made files  [{CACHE}]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
