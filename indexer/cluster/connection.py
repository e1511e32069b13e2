"""Reaching a Ray cluster, or making one of this machine for the time of a run."""

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from encoder import Device
from errors import ClusterError, UsageError
from store import Place

if TYPE_CHECKING:
    from indexer.cluster.worker import LoadEncoder
    from indexer.embed import Target
    from indexer.work import Hands, Job

LOCAL = "local"
SECONDS_TO_ANSWER = 5.0
OBJECT_STORE_BYTES = 256 << 20
"""For results on their way to the catalog: a few megabytes for each worker."""

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""What an HTTP/2 client begins with, and an empty SETTINGS frame (RFC 9113)."""
_SETTINGS = 4

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing leaves the machine
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that was reached, for a library of this machine. ``load`` replaces the models that
    the nodes have installed."""

    library: Place
    device: Device = "auto"
    load: "LoadEncoder | None" = None

    def hands(self, job: "Job", targets: "Sequence[Target]") -> "Hands":
        """Its nodes, as who reads and embeds."""
        from indexer.cluster.crew import Crew

        spaces = [target.space for target in targets]
        return Crew(job, self.library, spaces, self.device, self.load)


@contextmanager
def connected(
    address: str,
    library: Place,
    device: Device = "auto",
    load: "LoadEncoder | None" = None,
) -> Iterator[Cluster]:
    """Reach the cluster at ``HOST:PORT``, or make one of this machine's cores for ``local``.

    It is let go of at the end; a local one ends. Raises UsageError for what is no address,
    ClusterError if no cluster answers there.
    """
    os.environ |= {name: value for name, value in _QUIET.items() if name not in os.environ}
    if address != LOCAL:
        _require_answer(address)
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            f"--ray needs Ray: pip install 'photoseek[cluster]' ({error})"
        ) from error
    if ray.is_initialized():  # by the program that calls us: it is theirs
        yield Cluster(library, device, load)
        return
    _start(address)
    try:
        yield Cluster(library, device, load)
    finally:
        ray.shutdown()


def _start(address: str) -> None:
    import ray

    own: dict[str, Any] = {"num_cpus": os.cpu_count() or 1, "include_dashboard": False}
    own["object_store_memory"] = OBJECT_STORE_BYTES
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **(own if address == LOCAL else {}),
        )
    except (Exception, SystemExit) as error:  # Ray leaves a process that finds no cluster
        said = " ".join(str(error).split())
        raise ClusterError(f"{address}: Ray cannot be started there ({said})") from error


def _require_answer(address: str) -> None:
    """Ask within seconds what Ray would for minutes: whether a head node is there.

    Raises UsageError, ClusterError.
    """
    host, port = _host_and_port(address)
    try:
        with socket.create_connection((host, port), SECONDS_TO_ANSWER) as connection:
            connection.settimeout(SECONDS_TO_ANSWER)
            connection.sendall(_PREFACE)
            answer = connection.recv(9)
    except OSError as error:
        raise ClusterError(_nobody(address, error.strerror or str(error))) from error
    if os.environ.get("RAY_USE_TLS") != "1" and (len(answer) < 4 or answer[3] != _SETTINGS):
        raise ClusterError(_nobody(address, "something else does"))


def _nobody(address: str, reason: str) -> str:
    return (
        f"{address}: no Ray cluster answers there ({reason}); "
        "start one (ray start --head), or use --ray local"
    )


def _host_and_port(address: str) -> tuple[str, int]:
    if address.startswith("ray://"):
        raise UsageError(
            f"--ray {address}: the catalog is on this machine, so it must be a node of the cluster "
            f"(ray start --address HOST:6379); then give HOST:6379, or {LOCAL}"
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"--ray {address!r}: give HOST:PORT of a head node, or {LOCAL}")
    return host.strip("[]"), int(port)
