"""Other processes, measured: whole commands, and functions that need a process of their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from photoseek.processor import introduce_processor

ROOT = Path(__file__).parent.parent
_LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end. ``peak_bytes`` is the most that was resident."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str
    errors: str

    @property
    def peak_mb(self) -> float:
        return self.peak_bytes / 1e6

    def result(self) -> dict[str, Any]:
        """The JSON object on the last line that the process printed."""
        document: dict[str, Any] = json.loads(self.output.splitlines()[-1])
        return document


class Failed(Exception):
    """A process that was to be measured ended with an error; the text is what it said."""


def measure(command: Sequence[str]) -> Run:
    """Run a command from the repository's root. Raises Failed unless it ends well."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(report)]
        ended = subprocess.run(
            [*launcher, *command], cwd=ROOT, env=_environment(), capture_output=True, text=True
        )
        if ended.returncode:
            raise Failed(f"{' '.join(command)}\n{ended.stderr}")
        taken = json.loads(report.read_text(encoding="utf-8"))
    return Run(**taken, output=ended.stdout, errors=ended.stderr)


def _environment() -> dict[str, str]:
    """Ours, with byte code kept as an installed package has it; aside, not among the sources. The
    processor is known, as to a command."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    introduce_processor(kept)
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "photoseek-bytecode")}


def photoseek(*arguments: str | Path, options: Sequence[str] = ()) -> Run:
    """Run the command line as a person does; ``options`` are Python's own."""
    command = [sys.executable, *options, "-m", "photoseek"]
    return measure([*command, *(str(argument) for argument in arguments)])


def apart(task: Callable[..., Mapping[str, Any]], **arguments: Any) -> Run:
    """Call a module's function in a process of its own; its result is the run's ``result()``."""
    name = f"{task.__module__}:{task.__name__}"
    return measure(
        [sys.executable, "-m", "benchmarks.process", name, json.dumps(arguments, default=str)]
    )


def main() -> None:
    """The other end of ``apart``."""
    name, arguments = sys.argv[1:]
    module, _, function = name.partition(":")
    task = getattr(import_module(module), function)
    print(json.dumps(task(**json.loads(arguments))))


if __name__ == "__main__":
    main()
