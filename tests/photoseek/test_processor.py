"""FAISS is told which processor it runs on, where it can be found out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from photoseek.processor import VARIABLE, introduce_processor

OLD = "flags\t\t: fpu vme sse2 avx\n"
HASWELL = "flags\t\t: fpu sse2 avx avx2 bmi2 fma\n"
NEW = "flags\t\t: avx2 fma avx512f avx512dq avx512bw avx512vl avx512_fp16 amx_tile\n"


@pytest.mark.parametrize(
    ("flags", "kind"), [(OLD, None), (HASWELL, "Haswell"), (NEW, "SkylakeX"), ("", None)]
)
def test_a_processor_is_known_by_its_instructions(
    flags: str, kind: str | None, tmp_path: Path
) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(f"processor\t: 0\nmodel name\t: Any\n{flags}\nprocessor\t: 1\n")
    environment: dict[str, str] = {}
    introduce_processor(environment, told)
    assert environment.get(VARIABLE) == kind


def test_what_a_person_has_set_stays_and_a_system_that_does_not_tell_is_no_error(
    tmp_path: Path,
) -> None:
    told = tmp_path / "cpuinfo"
    environment = {VARIABLE: "Zen"}
    introduce_processor(environment, told)
    told.write_text(NEW)
    introduce_processor(environment, told)
    assert environment == {VARIABLE: "Zen"}


def test_the_command_line_tells_before_faiss_is_loaded() -> None:
    script = (
        "import os, click.testing, photoseek.cli\n"
        "click.testing.CliRunner().invoke(photoseek.cli.cli, ['status', '--help'])\n"
        f"print(os.environ.get({VARIABLE!r}))"
    )
    environment = {key: value for key, value in os.environ.items() if key != VARIABLE}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    expected: dict[str, str] = {}
    introduce_processor(expected)
    assert ended.stdout.strip() == str(expected.get(VARIABLE))
