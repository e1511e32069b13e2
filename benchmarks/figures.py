"""A measured number beside the number it has to reach."""

from dataclasses import dataclass
from typing import Literal

Better = Literal["more", "less"]


@dataclass(frozen=True, slots=True)
class Figure:
    """``bar`` is None for a number that is only told. ``better`` says on which side of it to be."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    better: Better = "less"

    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None without one."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.better == "less" else self.value >= self.bar

    @property
    def verdict(self) -> str:
        return {True: "met", False: "NOT MET", None: ""}[self.met]

    def shown(self) -> str:
        return f"{_number(self.value)} {self.unit}".strip()

    def shown_bar(self) -> str:
        sign = "≤" if self.better == "less" else "≥"
        return "" if self.bar is None else f"{sign} {_number(self.bar)} {self.unit}".strip()


def _number(value: float) -> str:
    """Three digits that count."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
