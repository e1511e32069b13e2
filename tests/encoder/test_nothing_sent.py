"""ONNX Runtime is told to send nothing and to keep nothing of what it runs."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from encoder import load_encoder
load_encoder().embed_texts(["a dog"])
"""


def test_embedding_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    """Its telemetry keeps a database and a number for the machine there, and on CI neither."""
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    environment = {**kept, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment, cwd=Path(__file__).parents[2], check=True,
    )  # fmt: skip
    assert not list(tmp_path.rglob("*"))
