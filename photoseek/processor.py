"""Telling FAISS which processor this is.

The OpenBLAS in FAISS's wheels for Linux is of 2021 (0.3.15). A processor that it has never heard of
it takes for one of 2004, and sorts vectors into lists and groups four times slower than it could
(docs/benchmarks.md). What kind it is, it can be told while it is loaded.
"""

from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "OPENBLAS_CORETYPE"
_CPUINFO = Path("/proc/cpuinfo")
_MOST_BYTES = 16_384
"""One core's part; a server has two hundred."""
_KINDS = {
    "SkylakeX": {"avx512f", "avx512dq", "avx512bw", "avx512vl"},
    "Haswell": {"avx2", "fma"},
}
"""Kernels by the instructions that they need, best first."""


def introduce_processor(environment: MutableMapping[str, str], cpuinfo: Path = _CPUINFO) -> None:
    """Say in the environment what kind of processor this is, unless somebody has.

    Call it before NumPy or FAISS is there: NumPy's OpenBLAS and child processes are told the same,
    which is true of them. Does nothing where the system does not tell.
    """
    with suppress(OSError), cpuinfo.open(encoding="utf-8") as file:
        lines = file.read(_MOST_BYTES).splitlines()
        flags = next((line.split() for line in lines if line.startswith("flags")), [])
        for kind, needed in _KINDS.items():
            if needed <= set(flags):
                environment.setdefault(VARIABLE, kind)
                return
