"""Reading and embedding on a Ray cluster: the same code, in actors. Ray is loaded when it is used.

``connection`` reaches a cluster, ``worker`` is what runs on its nodes, ``crew`` hands out the work
and does again what a worker left undone.
"""

from indexer.cluster.connection import Cluster, connected

__all__ = ["Cluster", "connected"]
