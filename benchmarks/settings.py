"""How much is measured."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(tempfile.gettempdir()) / "photoseek-benchmarks"
"""What was made for one run and serves the next."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``cache`` keeps generated photographs between runs. ``quick`` is for trying the benchmark
    itself: its numbers are no measurements."""

    cache: Path
    seed: int = 0
    quick: bool = False
    requests: int = 100_000
    """Of a server, whose memory must not grow by them."""

    @property
    def rounds(self) -> int:
        """How often a whole indexing or re-scan is repeated."""
        return 1 if self.quick else 5

    @property
    def starts(self) -> int:
        """How often a whole search process is started, after one that warms up the disk cache."""
        return 3 if self.quick else 11

    @property
    def queries(self) -> int:
        return 20 if self.quick else 100

    @property
    def pictures(self) -> int:
        """Distinct 12-megapixel pictures."""
        return 12 if self.quick else 120

    @property
    def copies(self) -> int:
        """Files of distinct content, made of one picture by a comment in the JPEG."""
        return 2 if self.quick else 3

    @property
    def tiny_files(self) -> int:
        return 5_000 if self.quick else 100_000

    @property
    def library_sizes(self) -> tuple[int, int]:
        return (2_000, 5_000) if self.quick else (10_000, 100_000)
