"""Recall against questions a second, a curve for each engine."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

SIZE = (9, 6)
MARKS = "osD^vP*Xhd<>8p"


def plot(outcomes: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write a picture of what the engines reached with two clients on two cores."""
    matplotlib = import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "peers", "font.size": 9})
    figure, axes = import_module("matplotlib.pyplot").subplots(figsize=SIZE)
    for place, found in enumerate(outcomes):
        points = sorted(found["points"], key=lambda point: float(point["recall"]))
        if points:
            ours = str(found["name"]).startswith("Photoseek")
            axes.plot(
                [point["recall"] for point in points],
                [point["together"] for point in points],
                marker=MARKS[place % len(MARKS)],
                linewidth=2.5 if ours else 1,
                label=found["name"],
            )
    axes.set(yscale="log", xlim=(0.8, 1.003))
    axes.set_xlabel("recall@20")
    axes.set_ylabel("questions a second, two clients on two cores")
    axes.grid(which="both", alpha=0.3)
    axes.legend(loc="lower left", fontsize=8)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
