"""The nodes of a cluster, and how many workers each is good for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from encoder import Device

CORES_A_WORKER = 4
"""A tower hardly gains by more threads; memory allows no model for each core."""


@dataclass(frozen=True, slots=True)
class Node:
    """``name`` is for a person: the address, and the beginning of Ray's own id."""

    id: str
    name: str
    cpus: int
    gpus: int


@dataclass(frozen=True, slots=True)
class Post:
    """A place for one worker: a share of a node."""

    node: Node
    cpus: int
    gpus: int

    @property
    def options(self) -> dict[str, Any]:
        """What Ray is asked for."""
        return {"num_cpus": self.cpus, "num_gpus": self.gpus, **place_on(self.node.id)}


def place_on(node_id: str) -> dict[str, Any]:
    return {"scheduling_strategy": NodeAffinitySchedulingStrategy(node_id, soft=False)}


def nodes_alive() -> Iterator[Node]:
    """Nodes that have a core for us; a head node often has none."""
    for node in ray.nodes():  # type: ignore[no-untyped-call]
        has = node.get("Resources", {})
        if node["Alive"] and has.get("CPU", 0) >= 1:
            name = f"{node['NodeManagerAddress']} ({node['NodeID'][:8]})"
            yield Node(node["NodeID"], name, int(has["CPU"]), int(has.get("GPU", 0)))


def posts_of(node: Node, device: Device) -> list[Post]:
    """One for each accelerator, or for a few cores; none on a node without what is asked for."""
    if node.gpus and device in ("auto", "cuda"):
        share = max(1, node.cpus // node.gpus)
        return [Post(node, share, 1)] * min(node.gpus, node.cpus)
    if device == "cuda":
        return []
    count = max(1, node.cpus // CORES_A_WORKER)
    return [Post(node, node.cpus // count, 0)] * count
