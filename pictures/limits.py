"""What a picture may cost: told from its header, measured by the clock, held by the kernel."""

from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a header may promise before a pixel is decoded.

    ``pixels`` is for JPEG, which decodes at reduced size (phones make 200-megapixel ones);
    ``pixels_in_full``, for formats that can only be decoded whole. Pictures of more than
    ``large_pixels`` are decoded one at a time. ``metadata_bytes`` is for the EXIF block.
    """

    file_bytes: int = 1024 * MIB
    pixels: int = 256_000_000
    pixels_in_full: int = 128_000_000
    large_pixels: int = 40_000_000
    frames: int = 10_000
    metadata_bytes: int = 16 * MIB


LIMITS = Limits()


SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What decoding one file may take: ``seconds``, and bytes of memory, for an ``ordinary``
    picture and for a ``large`` one, of which there is only one at a time."""

    seconds: float = SECONDS
    ordinary: int = 1024 * MIB
    large: int = 4096 * MIB

    @classmethod
    def of_machine(cls, seconds: float, workers: int) -> "Allowance":
        """At most half of the machine's memory for a large picture, a quarter for all others."""
        memory = machine_memory()
        return cls(
            seconds,
            ordinary=_between(256 * MIB, memory // (4 * workers), 1024 * MIB),
            large=_between(512 * MIB, memory // 2, 4096 * MIB),
        )


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def machine_memory(system: Path = Path("/")) -> int:
    """Bytes of memory this process may count on: the machine's, or its control group's if less."""
    import psutil

    return min([int(psutil.virtual_memory().total), *_group_limits(system)])


def _group_limits(system: Path) -> list[int]:
    """Memory limits of the control groups this process is in (cgroup v2, and v1's)."""
    try:
        lines = (system / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    limits = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            limits += _limits_above(system / "sys/fs/cgroup", group, "memory.max")
        elif "memory" in controllers.split(","):
            base = system / "sys/fs/cgroup/memory"
            limits += _limits_above(base, group, "memory.limit_in_bytes")
    return limits


def _limits_above(base: Path, group: str, name: str) -> list[int]:
    """The limits of a group and of every group that it is in. Inside a container the path may be
    the host's, of which only the base is to be seen."""
    folder = base / group.strip("/")
    folders = [folder, *folder.parents]
    texts = [_text(folder / name) for folder in folders if folder.is_relative_to(base)]
    return [int(text) for text in texts if text.isdecimal()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
