"""One collection of Milvus: what is in it, whose it is, and how far it has come.

A second, small collection (``photoseek``) has a line on each of the others: whose vectors it
holds, and the last change of the catalog that is in it. The line is written after the rows, so
that a crash between the two only repeats work.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from errors import EngineError, EngineUnreachable
from store.milvus.client import Client, CollectionGone
from store.milvus.plans import IndexPlan
from store.milvus.rows import MOST_IN_ARRAY, RowChanges
from store.records import SpaceRecord

LAYOUT = 1
"""Version of the fields below; a collection of another one is made anew."""
STATES = "photoseek"
WORTH_SEALING = 1000
"""Rows; a segment for a few would cost more than scanning them."""

NUMBERS = (
    "change",
    "digest",
    "taken",
    "file_time",
    "format",
    "camera",
    "lens",
    "bytes",
    "pixels",
    "town",
)
FLAGS = ("dated", "located", "crowded")
ARRAYS = ("towns", "roots", "folders")
INDEXED = ("taken", "file_time", "format", "camera", "lens", "town")
PARTITION_KEY = "root"


class Unusable(Exception):
    """Why a collection is made anew from the catalog. Never leaves the package."""


@dataclass(frozen=True, slots=True)
class State:
    """The line on a collection. ``change`` is 0 while it is being filled for the first time."""

    library: str
    space: str
    dimension: int
    change: int
    plan: IndexPlan
    layout: int = LAYOUT


class SpaceCollection:
    """The vectors of one space of one library."""

    def __init__(self, client: Client, library: str, space: SpaceRecord) -> None:
        self.client = client
        self.space = space
        self._library = library
        plain = re.sub(r"\W", "_", space.fingerprint, flags=re.ASCII)
        self.name = f"{STATES}_{library}_{plain}"

    @property
    def address(self) -> str:
        return f"{self.client.address}, collection {self.name}"

    def state(self) -> State | None:
        """How far the collection has come; None if there is none.

        Raises Unusable for one that must be made anew, EngineError for one that is not ours.
        """
        if not self.client.has(self.name):
            return None
        self._require_dimension()
        state = self._line()
        if state is None:
            raise Unusable("has no line on how far it has come")
        self._require_ours(state)
        if state.layout != LAYOUT:
            raise Unusable("has the fields of another version of photoseek")
        if not state.change:
            raise Unusable("was not filled to its end")
        try:
            self.client.load(self.name)
        except EngineUnreachable:
            raise
        except EngineError as error:
            raise Unusable(f"cannot be loaded ({error})") from error
        return state

    def make(self, plan: IndexPlan) -> State:
        """Make the collection, empty, in the place of what is there."""
        self.drop()
        state = State(self._library, self.space.fingerprint, self.space.dimension, 0, plan)
        self._note(state)
        self.client.create(self.name, _photo_schema(self.space.dimension), plan, INDEXED)
        return state

    def drop(self) -> None:
        """Delete the collection, and then the line on it."""
        if self.client.has(self.name):
            self.client.drop(self.name)
        if self.client.has(STATES):
            self.client.remove(STATES, [self.name])

    def apply(self, pieces: Iterable[RowChanges], state: State) -> State:
        """Put and remove what the changes say, then note how far that went."""
        change, put = state.change, 0
        for piece in pieces:
            change, put = piece.change, put + len(piece.rows)
            if len(piece.removed):
                self.client.remove(self.name, piece.removed.tolist())
            if piece.rows:
                self.client.put(self.name, piece.rows)
        if put >= WORTH_SEALING:
            self.client.flush(self.name)
        done = replace(state, change=change)
        self._note(done)
        return done

    def reindex(self, state: State, plan: IndexPlan) -> State:
        self.client.reindex(self.name, plan)
        done = replace(state, plan=plan)
        self._note(done)
        return done

    def _require_dimension(self) -> None:
        fields = {field["name"]: field for field in self.client.describe(self.name)["fields"]}
        found = fields.get("vector", {}).get("params", {}).get("dim")
        if found is None or int(found) != self.space.dimension:
            raise EngineError(
                f"{self.address}: has vectors of dimension {found}, {self.space.model} has "
                f"{self.space.dimension}; drop that collection, or give another --vectors"
            )

    def _require_ours(self, state: State) -> None:
        expected = (self._library, self.space.fingerprint)
        if (state.library, state.space) != expected:
            raise EngineError(
                f"{self.address}: is of library {state.library[:8]} and model "
                f"{state.space[:8]}, this is {self._library[:8]} and {self.space.fingerprint[:8]}; "
                "give another --vectors"
            )

    def _line(self) -> State | None:
        if not self.client.has(STATES):
            return None
        self.client.load(STATES)
        found = self.client.rows(STATES, f'name == "{self.name}"', ["state"])
        try:
            (line,) = (json.loads(row["state"]) for row in found)
            return State(**{**line, "plan": IndexPlan(**line["plan"])})
        except (ValueError, TypeError, KeyError):
            return None

    def _note(self, state: State) -> None:
        if not self.client.has(STATES):
            self.client.create(STATES, _states_schema(), IndexPlan("FLAT"), ())
        line = {"name": self.name, "state": json.dumps(asdict(state)), "vector": [0.0, 0.0]}
        self.client.put(STATES, [line])


def _photo_schema(dimension: int) -> Any:
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field(PARTITION_KEY, DataType.INT64, is_partition_key=True)
    schema.add_field("shape", DataType.INT8)
    for name in NUMBERS:
        schema.add_field(name, DataType.INT64)
    for name in FLAGS:
        schema.add_field(name, DataType.BOOL)
    for name in ARRAYS:
        schema.add_field(
            name, DataType.ARRAY, element_type=DataType.INT64, max_capacity=MOST_IN_ARRAY
        )
    return schema


def _states_schema() -> Any:
    """A line each; Milvus wants a vector in every collection, so it gets one of two zeros."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("name", DataType.VARCHAR, max_length=512, is_primary=True)
    schema.add_field("state", DataType.VARCHAR, max_length=8192)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
    return schema


__all__ = ["CollectionGone", "SpaceCollection", "State", "Unusable"]
