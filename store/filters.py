"""Conditions on photographs, as values. ``store.filtering`` turns them into SQL.

A photograph here is a content with the paths it is present at: a condition on a path holds if it
holds for one of them. What a photograph does not say about itself, no condition holds for, so
``Not(Camera("canon"))`` keeps photographs without a camera's name.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Shape: TypeAlias = Literal["landscape", "portrait", "square"]
Fact: TypeAlias = Literal["camera", "date", "gps", "lens", "place", "tag"]
Comparison: TypeAlias = Literal["<", "<=", ">", ">="]
Unit: TypeAlias = Literal["mp", "b", "kb", "mb", "gb"]

BYTES: dict[str, int] = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}


@dataclass(frozen=True, slots=True)
class Taken:
    """On a day from ``first`` to ``last``, both included; None leaves that end open.

    The time is the camera's; without one, the earliest of the files' own, in local time.
    """

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class InFolder:
    """Below a folder: its name, several in a row (``Trips/2023``), or an absolute path."""

    folder: str


@dataclass(frozen=True, slots=True)
class Named:
    """With a file name, without its suffix, that holds all these words."""

    words: str


@dataclass(frozen=True, slots=True)
class OfType:
    """Of a file type: ``jpeg``, ``heic``, ``raw`` …; see ``store.filetypes``."""

    name: str


@dataclass(frozen=True, slots=True)
class Camera:
    """By a camera whose make or model holds ``text``, in any case."""

    text: str


@dataclass(frozen=True, slots=True)
class Lens:
    """Through a lens whose name holds ``text``, in any case."""

    text: str


@dataclass(frozen=True, slots=True)
class Size:
    """Of a size: millions of pixels (``mp``), or bytes in decimal units."""

    comparison: Comparison
    amount: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Oriented:
    """Wider than high, higher than wide, or as wide as high, as it is shown."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Near:
    """At most ``km`` kilometres along a great circle from a point in degrees, north and east."""

    latitude: float
    longitude: float
    km: float


@dataclass(frozen=True, slots=True)
class InPlace:
    """In a town or country, by any of its names; ``Paris, France`` is one of several."""

    name: str


@dataclass(frozen=True, slots=True)
class Has:
    """With a fact known of it; ``date`` is the camera's."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Offline:
    """Only on drives that are away."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """With a tag, in any case."""

    label: str


Condition: TypeAlias = (
    Taken
    | InFolder
    | Named
    | OfType
    | Camera
    | Lens
    | Size
    | Oriented
    | Near
    | InPlace
    | Has
    | Offline
    | Tagged
)


@dataclass(frozen=True, slots=True)
class Not:
    tree: "Tree"


@dataclass(frozen=True, slots=True)
class AnyOf:
    trees: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    trees: tuple["Tree", ...]


Tree: TypeAlias = Condition | Not | AnyOf | AllOf
