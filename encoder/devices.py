"""Where an encoder computes. Says what it can without importing torch, which takes seconds."""

import shutil
import sys
from pathlib import Path
from typing import Literal, TypeAlias, get_args

Device: TypeAlias = Literal["auto", "cpu", "cuda", "mps"]
device_names: tuple[str, ...] = get_args(Device)

_DRIVERS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")  # NVIDIA; WSL; ROCm, torch's "cuda" too


def accelerator_likely() -> bool:
    """Whether it is worth asking torch for an accelerator: a Mac, or a driver that is loaded."""
    if sys.platform == "darwin":
        return True
    return any(Path(driver).exists() for driver in _DRIVERS) or bool(shutil.which("nvidia-smi"))
