"""A filter tree as an expression that Milvus evaluates while it searches.

What Milvus has a field for is compared there. What it has not (words in names, tags, circles on
the globe) is looked up in the catalog, and its ids are part of the expression: nothing is left to
be sorted out after the search. The values of a field are never null, so that ``not`` is exact.
"""

import math
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, Engine, select

from store.database import reading
from store.filetypes import formats_of
from store.filtering import distinct, holding, ids_of, nanoseconds
from store.filters import (
    BYTES,
    AllOf,
    AnyOf,
    Camera,
    Condition,
    Has,
    InFolder,
    InPlace,
    Lens,
    Not,
    Offline,
    OfType,
    Oriented,
    Size,
    Taken,
    Tree,
)
from store.folders import comparable, wanted_folder
from store.milvus.keys import NOTHING, folder_key, key_of
from store.milvus.rows import microseconds
from store.places import cities_named
from store.schema import Content, Root, RootState

ALL, NONE = "id >= 0", "id < 0"
_A_DAY = timedelta(days=1)
_MOST = 2**62
"""Beyond every number that a field holds."""
_SHAPES = {"landscape": 1, "square": 0, "portrait": -1}
_KNOWN = {
    "camera": f"camera != {NOTHING}",
    "lens": f"lens != {NOTHING}",
    "date": "dated == true",
    "gps": "located == true",
}


def expression_of(engine: Engine, tree: Tree, *, crowded: bool = False) -> str:
    """The photographs that meet a tree, as ``Catalog.matching`` finds them.

    If some are ``crowded``, with more folders than a row holds, folders are looked up as well.
    """
    with reading(engine) as connection:
        return _Compiling(connection, crowded=crowded).tree(tree)


def ids_in(ids: Iterable[int]) -> str:
    return _one_of("id", ids)


def not_in(ids: Iterable[int]) -> str:
    return f"not ({ids_in(ids)})"


def both(*expressions: str) -> str:
    """What meets all of them; an empty one says nothing."""
    return _joined("and", [one for one in expressions if one]) or ""


class _Compiling:
    def __init__(self, connection: Connection, *, crowded: bool) -> None:
        self._connection = connection
        self._crowded = crowded

    def tree(self, tree: Tree) -> str:
        match tree:
            case Not(inner):
                return f"not ({self.tree(inner)})"
            case AnyOf(trees):
                return _joined("or", map(self.tree, trees)) or NONE
            case AllOf(trees):
                return _joined("and", map(self.tree, trees)) or ALL
            case _:
                return self._names(tree)

    def _names(self, condition: Condition) -> str:
        """What the catalog has to be asked for."""
        match condition:
            case Camera(text):
                names = holding(distinct(self._connection, Content.camera), text)
                return _one_of("camera", map(key_of, names))
            case Lens(text):
                names = holding(distinct(self._connection, Content.lens), text)
                return _one_of("lens", map(key_of, names))
            case InPlace(name) if not self._crowded:
                towns, of_countries = cities_named(self._connection, name)
                return _either(_holds_any("towns", towns), _one_of("town", of_countries))
            case InFolder(folder) if not self._crowded:
                return self._in_folder(folder)
            case Offline() if not self._crowded:
                return self._offline()
            case _:
                return _plain(condition) or self._looked_up(condition)

    def _looked_up(self, condition: Condition) -> str:
        return ids_in(ids_of(self._connection, condition).tolist())

    def _in_folder(self, folder: str) -> str:
        wanted, anchored = wanted_folder(folder)
        if wanted == "/":
            return ALL
        below = f"array_contains(folders, {folder_key(wanted, anchored=anchored)})"
        return both(self._partitions(wanted), below) if anchored else below

    def _partitions(self, wanted: str) -> str:
        """The roots that a folder may be in, so that Milvus need not look into the others."""
        roots = {
            row.id: f"{comparable(row.path).rstrip('/')}/"
            for row in self._connection.execute(select(Root.id, Root.path))
        }
        there = [
            key for key, root in roots.items() if root.startswith(wanted) or wanted.startswith(root)
        ]
        return _one_of("root", [0, *there])

    def _offline(self) -> str:
        """On roots that are away, and on no other."""
        states = {row.id: row.state for row in self._connection.execute(select(Root.__table__))}
        away = [key for key, state in states.items() if state == RootState.OFFLINE]
        here = [key for key, state in states.items() if state == RootState.ONLINE]
        return both(_holds_any("roots", away), f"not ({_holds_any('roots', here)})")


def _plain(condition: Condition) -> str | None:
    """What the fields alone say; None for what they do not."""
    match condition:
        case Taken(first, last):
            return _taken(first, last)
        case OfType(name):
            return _one_of("format", map(key_of, formats_of(name)))
        case Size():
            return _sized(condition)
        case Oriented(shape):
            return f"shape == {_SHAPES[shape]}"
        case Has(fact):
            return _KNOWN.get(fact)
    return None


def _taken(first: date | None, last: date | None) -> str:
    """By the camera's time; without one by the earliest time of a present file."""
    begin = None if first is None else datetime.combine(first, time())
    end = None if last is None or last == date.max else datetime.combine(last, time()) + _A_DAY
    camera = _between("taken", begin, end, microseconds)
    files = _between("file_time", begin, end, nanoseconds)
    return _either(both("dated == true", camera), both("dated == false", files))


def _between(
    field: str, begin: datetime | None, end: datetime | None, number: Callable[[datetime], int]
) -> str:
    first = "" if begin is None else f"{field} >= {number(begin)}"
    last = "" if end is None else f"{field} < {number(end)}"
    return both(first, last)


def _sized(size: Size) -> str:
    """With whole numbers: an int64 is not compared with a fraction."""
    pixels = size.unit == "mp"
    amount = size.amount * (1e6 if pixels else BYTES[size.unit])
    bound = min(max(amount, -_MOST), _MOST)
    whole = math.ceil(bound) if size.comparison in ("<", ">=") else math.floor(bound)
    return f"{'pixels' if pixels else 'bytes'} {size.comparison} {whole}"


def _one_of(field: str, values: Iterable[int]) -> str:
    listed = ", ".join(map(str, sorted(set(values))))
    return f"{field} in [{listed}]" if listed else NONE


def _holds_any(field: str, values: Collection[int]) -> str:
    listed = ", ".join(map(str, sorted(values)))
    return f"array_contains_any({field}, [{listed}])" if listed else NONE


def _either(*expressions: str) -> str:
    return _joined("or", expressions) or NONE


def _joined(word: str, expressions: Iterable[str]) -> str | None:
    return f" {word} ".join(f"({one})" for one in expressions) or None
