"""Documentation that cannot rot: help text, README session, version."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import photoseek
from photoseek.cli import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLI_PAGE = ROOT / "docs" / "cli.md"
NUMBER = re.compile(r"\d[\d,]*\.?\d*")


def commands() -> Iterator[tuple[str, str]]:
    """Each command's name and its help, as wide as in the documentation."""
    for name, command in below("photoseek", cli):
        names = {"info_name": name, "terminal_width": 96}
        context = click.Context(command, **names, **cli.context_settings)  # type: ignore[arg-type]
        command._help_option = None  # click keeps that of the first context a command was run in
        yield name, command.get_help(context)


def below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command and all that it is a group of, by their whole names."""
    yield name, command
    if isinstance(command, click.Group):
        for child in sorted(command.commands):
            yield from below(f"{name} {child}", command.commands[child])


def cli_page() -> str:
    parts = ["# Commands\n\nMade from `--help` by `UPDATE_DOCS=1 pytest tests/test_docs.py`.\n"]
    parts += [f"## {name}\n\n```text\n{text}\n```\n" for name, text in commands()]
    return "\n".join(parts)


def test_every_command_and_option_is_documented() -> None:
    if os.environ.get("UPDATE_DOCS"):
        CLI_PAGE.write_text(cli_page(), encoding="utf-8")
    assert CLI_PAGE.read_text(encoding="utf-8") == cli_page()


def test_the_version_is_that_of_the_package_and_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert photoseek.__version__ == project["version"]
    assert f"\n## {photoseek.__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for requirement in project["dependencies"]:
        assert f"**{name_of(requirement)}**" in reasons or f"| {name_of(requirement)} |" in reasons


def name_of(requirement: str) -> str:
    return re.split(r"[<>=\[ ]", requirement)[0]


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    assert len(README.splitlines()) <= 150
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def session() -> list[tuple[str, list[str]]]:
    """The commands of the README's console blocks, each with the lines it prints."""
    steps: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
    return steps


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "photoseek").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m photoseek "$@"\n')
    (folder / "photoseek").chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PHOTOSEEK_LIBRARY": str(folder / "library"),
    }


def test_the_readme_session_gives_what_it_shows(environment: dict[str, str]) -> None:
    """Words and order exactly; relevance within 5 %; times and sizes not at all."""
    assert len(session()) >= 4
    for command, expected in session():
        done = subprocess.run(
            command, shell=True, cwd=ROOT, env=environment, capture_output=True, check=True
        )
        printed = done.stdout.decode().splitlines()
        assert [NUMBER.sub("#", line) for line in printed] == [
            NUMBER.sub("#", line) for line in expected
        ], command
        assert scores(printed) == pytest.approx(scores(expected), abs=0.05)


def scores(lines: list[str]) -> list[float]:
    """The relevance of lines that show a hit."""
    return [int(m[1]) / 100 for line in lines if (m := re.match(r" +\d+ +(\d+) %  ", line))]


def test_the_readme_python_example_runs(environment: dict[str, str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    subprocess.run(
        [sys.executable, "-c", example], cwd=ROOT, env=environment, capture_output=True, check=True
    )
