"""A real Milvus Lite behind a gRPC server of ours, which can ask for a password and lose writes."""

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

PASSWORD = "root:Right"


class Faults(grpc.ServerInterceptor):  # type: ignore[misc]
    """Looks at each call before Milvus Lite does."""

    def __init__(self) -> None:
        self.password: str | None = None
        self.calls: list[str] = []
        self.fail: Callable[[str], bool] = lambda _name: False

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        self.calls.append(name)
        given = dict(details.invocation_metadata).get("authorization", "")
        if self.password and given != base64.b64encode(self.password.encode()).decode():
            return _refusing(grpc.StatusCode.UNAUTHENTICATED, "auth check failure")
        if self.fail(name):
            return _refusing(grpc.StatusCode.UNAVAILABLE, "going down")
        return continuation(details)


def _refusing(status: grpc.StatusCode, said: str) -> Any:
    def refuse(_request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(status, said)
        return b""

    return grpc.unary_unary_rpc_method_handler(refuse)


@contextmanager
def milvus_server(folder: Path) -> Iterator[tuple[str, Faults]]:
    """Its address, and what can go wrong with it."""
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from milvus_lite.db import MilvusLite
    from pymilvus.grpc_gen import milvus_pb2_grpc

    faults, database = Faults(), MilvusLite(str(folder))
    server = grpc.server(ThreadPoolExecutor(4), interceptors=[faults])
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}", faults
    finally:
        server.stop(grace=0).wait()
        database.close()
