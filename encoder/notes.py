"""Small JSON files in ``models_home()``: what passed the self-test, what runs how fast here.

They can be lost without harm: what they say is found out again.
"""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from encoder.registry import models_home

SPEEDS = "speeds.json"


def speeds() -> dict[str, float]:
    """Images per second that were measured on this machine, by the models' fingerprints."""
    noted = read_note(SPEEDS)
    return noted if isinstance(noted, dict) else {}


def note_speed(fingerprint: str, images_per_second: float) -> None:
    """Remember how fast a model is here."""
    write_note(SPEEDS, speeds() | {fingerprint: round(images_per_second, 1)})


def read_note(name: str) -> Any:
    """What a file holds; None if it is not there or not JSON."""
    try:
        return json.loads((models_home() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_note(name: str, value: Any) -> None:
    """Replace a file as a whole; where nothing can be written, nothing happens."""
    with suppress(OSError):
        home = models_home()
        home.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=home, prefix=f".{name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file)
            Path(draft).replace(home / name)
        except OSError:
            Path(draft).unlink()
