"""Measures what issue "How fast" promises: ``python -m benchmarks.run``. Shipped in no package."""
