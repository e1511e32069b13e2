"""Talking to Milvus: pymilvus, wrapped once, with its errors in our words.

Everything asked of it here may be asked twice (rows are put by their ids), so that pymilvus itself
tries again, until the time is up, what an unavailable server did not answer.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from errors import EngineError, EngineUnreachable
from store.milvus.address import TOKEN, Address
from store.milvus.plans import IndexPlan
from store.vector_index import Vector

if TYPE_CHECKING:
    from pymilvus import MilvusClient

CONNECT_S, READ_S, WRITE_S = 5.0, 20.0, 60.0
KEEPALIVE_MS = 600_000
"""Between pings; servers of gRPC end connections that ping more often than every five minutes."""
LOAD_S = 3600.0
"""Seconds that building an index and loading it may take."""
WINDOW = 16_384
"""Results that Milvus gives to one question at most."""

VECTOR_INDEX = "vector_idx"  # as Milvus Lite names it, whatever it is told

CODE_NOT_FOUND = 100
_NOT_FOUND_IN_LITE = 4
_AUTHENTICATION = ("auth check failure", "unauthenticated", "invalid password", "authentication")

Row = dict[str, Any]
Answer = TypeVar("Answer")


class CollectionGone(EngineError):
    """Somebody dropped the collection; it is made again from the catalog."""


class Client:
    """One connection, made when it is first needed and closed with ``close``."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._connected: MilvusClient | None = None

    def close(self) -> None:
        client, self._connected = self._connected, None
        if client is None:
            return
        client.close()
        if self.address.is_file:
            from milvus_lite.server_manager import server_manager_instance

            server_manager_instance.release_server(self.address.uri)

    def has(self, name: str) -> bool:
        return bool(self._ask(lambda client: client.has_collection(name, timeout=READ_S)))

    def describe(self, name: str) -> Row:
        """Its ``fields`` with their types and ``params``, and more."""
        return dict(self._ask(lambda client: client.describe_collection(name, timeout=READ_S)))

    def create(self, name: str, schema: Any, plan: IndexPlan, scalars: Sequence[str]) -> None:
        """Make a collection and its indexes, ready to be searched by whoever wrote to it."""

        def make(client: "MilvusClient") -> None:
            client.create_collection(
                name, schema=schema, consistency_level="Session", timeout=LOAD_S
            )
            indexes = _indexes(client, plan, scalars)
            client.create_index(name, indexes, sync=False, timeout=LOAD_S)  # nothing to wait for
            client.load_collection(name, timeout=LOAD_S)

        self._ask(make)

    def reindex(self, name: str, plan: IndexPlan) -> None:
        """Build another index of the vectors in the place of the present one."""

        def build(client: "MilvusClient") -> None:
            client.release_collection(name, timeout=LOAD_S)
            client.drop_index(name, VECTOR_INDEX, timeout=LOAD_S)
            client.create_index(name, _indexes(client, plan, ()), timeout=LOAD_S)
            client.load_collection(name, timeout=LOAD_S)

        self._ask(build)

    def load(self, name: str) -> None:
        """Have a collection in memory, as it has to be to be asked; it may be there already."""
        self._ask(lambda client: client.load_collection(name, timeout=LOAD_S))

    def flush(self, name: str) -> None:
        """Have what was put sealed and indexed, so that searches need not scan it."""
        self._ask(lambda client: client.flush(name, timeout=LOAD_S))

    def drop(self, name: str) -> None:
        self._ask(lambda client: client.drop_collection(name, timeout=WRITE_S))

    def put(self, name: str, rows: list[Row]) -> None:
        """Put rows in the place of those with the same ids."""
        self._ask(lambda client: client.upsert(name, rows, timeout=WRITE_S))

    def remove(self, name: str, ids: list[Any]) -> None:
        self._ask(lambda client: client.delete(name, ids=ids, timeout=WRITE_S))

    def rows(self, name: str, where: str, fields: Sequence[str]) -> list[Row]:
        """At most WINDOW rows, as of now."""
        return self._ask(
            lambda client: list(
                client.query(
                    name,
                    filter=where,
                    output_fields=list(fields),
                    limit=WINDOW,
                    consistency_level="Strong",
                    timeout=READ_S,
                )
            )
        )

    def count(self, name: str, where: str = "") -> int:
        """How many rows meet an expression, as of now."""
        (row,) = self._ask(
            lambda client: client.query(
                name,
                filter=where,
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=READ_S,
            )
        )
        return int(row["count(*)"])

    def every(
        self, name: str, where: str, fields: Sequence[str], piece: int
    ) -> Iterator[list[Row]]:
        """Every row that meets an expression, by id, so many at a time."""
        walk = self._ask(
            lambda client: client.query_iterator(
                name, piece, filter=where, output_fields=list(fields), timeout=READ_S
            )
        )
        try:
            while rows := self._ask(lambda _: walk.next()):
                yield rows
        finally:
            walk.close()

    def search(
        self, name: str, query: Vector, limit: int, where: str, effort: Mapping[str, Any]
    ) -> list[tuple[int, float]]:
        """Ids with their inner products, best first."""
        (hits,) = self._ask(
            lambda client: client.search(
                name,
                data=[query],
                filter=where,
                limit=limit,
                search_params={"metric_type": "IP", "params": dict(effort)},
                timeout=READ_S,
            )
        )
        return [(int(hit["id"]), float(hit["distance"])) for hit in hits]

    def _ask(self, question: "Callable[[MilvusClient], Answer]") -> Answer:
        with _in_words(self.address):
            if self._connected is None:
                self._connected = _connect(self.address)
            return question(self._connected)


def _connect(address: Address) -> "MilvusClient":
    client_class = _client_class()
    return client_class(
        address.uri,
        token=address.token,
        timeout=CONNECT_S,
        dedicated=True,
        grpc_options={"grpc.keepalive_time_ms": KEEPALIVE_MS},
    )


def _client_class() -> "type[MilvusClient]":
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what it prints we say in a line
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise EngineError(
            "vectors on Milvus need pymilvus; run: pip install 'photoseek[milvus]'"
        ) from error
    for name in ("pymilvus", "milvus_lite"):  # they print tracebacks of what we say in a line
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    client_class: type[MilvusClient] = MilvusClient
    return client_class


def _indexes(client: "MilvusClient", plan: IndexPlan, scalars: Sequence[str]) -> Any:
    indexes = client.prepare_index_params()
    indexes.add_index(
        "vector", index_type=plan.kind, metric_type="IP", index_name=VECTOR_INDEX, params=plan.build
    )
    for field in scalars:
        indexes.add_index(field, index_type="INVERTED", index_name=field)
    return indexes


@contextmanager
def _in_words(address: Address) -> Iterator[None]:
    """Milvus's errors and gRPC's as ours, a line each."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        translated = _translated(address, error)
        if translated is None:
            raise
        raise translated from error


def _translated(address: Address, error: Exception) -> EngineError | None:
    from grpc import RpcError, StatusCode
    from pymilvus.exceptions import ConnectionConfigException, MilvusException

    if isinstance(error, ConnectionConfigException):
        return EngineError(
            f"{address}: cannot be opened; its folder is missing, it is no file of Milvus Lite, or "
            "another process has it open: Milvus Lite serves one, a Milvus server many"
        )
    if not isinstance(error, MilvusException | RpcError):
        return None
    status, said = _status(error), _said(error)
    if status == StatusCode.UNAUTHENTICATED or any(
        word in said.lower() for word in _AUTHENTICATION
    ):
        return EngineUnreachable(f"{address}: refuses the password; set {TOKEN} to USER:PASSWORD")
    if status in (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED) or _is_no_answer(said):
        return EngineUnreachable(
            f"{address}: does not answer; start Milvus, or leave out --vectors. Nothing is lost: "
            "the catalog has every vector"
        )
    if getattr(error, "code", None) in (CODE_NOT_FOUND, _NOT_FOUND_IN_LITE):
        return CollectionGone(f"{address}: its collection is gone; run again: it is made anew")
    return EngineError(f"{address}: Milvus refused ({said or status})")


def _status(error: BaseException | None) -> Any:
    """The gRPC status of an error, or of one that it came from; some come from themselves."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        code = getattr(error, "code", None)
        with suppress(TypeError):
            code = code() if callable(code) else code
        if type(code).__name__ == "StatusCode":
            return code
        error = error.__cause__
    return None


def _said(error: Exception) -> str:
    """The first line of what the server said."""
    said = str(getattr(error, "message", "") or getattr(error, "details", lambda: "")() or error)
    return said.strip().partition("\n")[0]


def _is_about_passwords(said: str) -> bool:
    return any(word in said.lower() for word in _AUTHENTICATION)


def _is_no_answer(said: str) -> bool:
    return "server unavailable" in said or "Fail connecting" in said
