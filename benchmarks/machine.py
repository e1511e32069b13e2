"""What the numbers were measured on."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from encoder import load_encoder

LIBRARIES = ("faiss-cpu", "numpy", "onnxruntime", "pillow", "sqlalchemy", "tokenizers")


@dataclass(frozen=True, slots=True)
class Machine:
    """``load`` is the mean number of running processes in the minute before the benchmark began:
    more than a few tenths means that other work took its share. ``memory`` is in bytes."""

    cpu: str
    cores: int
    memory: int
    system: str
    python: str
    libraries: dict[str, str]
    load: float
    date: str
    model: str

    def lines(self) -> list[str]:
        libraries = ", ".join(f"{name} {number}" for name, number in self.libraries.items())
        return [
            f"{self.cpu}, {self.cores} cores, {self.memory / 2**30:.0f} GiB, {self.system}",
            f"Python {self.python}; {libraries}",
            f"{self.date}; load before the run {self.load:.1f}; model {self.model}",
        ]


def this_machine() -> Machine:
    """The machine this process runs on, now."""
    return Machine(
        cpu=_cpu_model(),
        cores=_cores(),
        memory=psutil.virtual_memory().total,
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        libraries={name: version(name) for name in LIBRARIES},
        load=round(psutil.getloadavg()[0], 2),
        date=datetime.now(UTC).isoformat(timespec="minutes"),
        model=this_model(),
    )


def this_model() -> str:
    """Name and fingerprint of the bundled model, on which every figure depends."""
    info = load_encoder().info
    return f"{info.name} {info.fingerprint[:8]}"


def _cores() -> int:
    """The cores this process may use, which ``taskset`` and containers make fewer."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _cpu_model() -> str:
    """The CPU's name; a virtual machine's often says little, so family and model go with it."""
    listing = Path("/proc/cpuinfo")
    if not listing.is_file():
        return platform.processor() or platform.machine()
    pairs = (line.partition(":") for line in listing.read_text().splitlines())
    facts = {name.strip(): value.strip() for name, _, value in pairs}
    name = facts.get("model name", platform.machine())
    return f"{name} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"
