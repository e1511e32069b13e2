"""The one object behind every door: a library of photographs that can be indexed and searched.

Its methods are grouped by noun, a module each; ``Library`` puts them together, ``Asking`` those
alone that a search needs. Each name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photoseek.library.asking import Asking
    from photoseek.library.keeping import Status
    from photoseek.library.library import Library
    from photoseek.library.paths import PathLike, default_place
    from photoseek.library.reconciling import Pruned, RootStatus
    from photoseek.library.safekeeping import Repair, Soundness

__all__ = [
    "Asking",
    "Library",
    "PathLike",
    "Pruned",
    "Repair",
    "RootStatus",
    "Soundness",
    "Status",
    "default_place",
]

_HOMES = {
    "Asking": "asking",
    "Library": "library",
    "PathLike": "paths",
    "Pruned": "reconciling",
    "Repair": "safekeeping",
    "RootStatus": "reconciling",
    "Soundness": "safekeeping",
    "Status": "keeping",
    "default_place": "paths",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'photoseek.library' has no attribute {name!r}")
    return getattr(import_module(f"photoseek.library.{_HOMES[name]}"), name)
