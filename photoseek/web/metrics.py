"""What an operator watches, for Prometheus: a registry of each application's own."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE = "text/plain; version=1.0.0; charset=utf-8; escaping=values"
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.3, 1, 3, 10)


class Metrics:
    """Latencies by route and by step of a search; what waits; what the library holds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "photoseek_request_seconds",
            "Time to answer, by route, method and status.",
            ("route", "method", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.steps = Histogram(
            "photoseek_search_step_seconds",
            "Time of each step of a search.",
            ("step",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_progress = self._gauge("requests_in_progress", "Requests being answered.")
        self.waiting = self._gauge("embedding_queue", "Calls that wait for an encoder.")
        self.photos = self._gauge("photos", "Photographs that can be searched.")
        self.unsearchable = self._gauge("unsearchable_files", "Files that cannot be searched.")
        self.change = self._gauge("library_change", "Change number of the catalog.")
        self.indexing = self._gauge("indexing", "1 while an index run is going on here.")
        self.thumbnails = Counter(
            "photoseek_thumbnails",
            "Thumbnails given, by where they came from.",
            ("source",),
            registry=self.registry,
        )

    def note_steps(self, steps: Mapping[str, float]) -> None:
        """Seconds of each step of one search."""
        for name, seconds in steps.items():
            self.steps.labels(name).observe(seconds)

    def text(self) -> bytes:
        """All of it in the exposition format."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"photoseek_{name}", meaning, registry=self.registry)
