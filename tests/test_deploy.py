"""deploy/: linted, without a secret; what needs no container engine is started as it stands."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

import postgres
from milvus_server import PASSWORD, milvus_server

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
SECRET = re.compile(r"password|token|secret", re.IGNORECASE)


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def services() -> dict[str, Any]:
    found: dict[str, Any] = read("compose.yaml")["services"]
    return found


@pytest.mark.parametrize("name", ["compose.yaml", "values.yaml"])
def test_yaml_is_tidy(name: str) -> None:
    run(sys.executable, "-m", "yamllint", "--strict", "-c", DEPLOY / ".yamllint", DEPLOY / name)


def test_compose_meets_its_specification() -> None:
    schema = "vendor.compose-spec"
    run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, COMPOSE)


def run(*command: str | Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run([*command], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", services())
def test_every_service_has_a_health_check_and_no_secret(name: str) -> None:
    service = services()[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    for variable, value in service["environment"].items() if "environment" in service else ():
        if SECRET.search(variable):
            assert re.fullmatch(r"(root:)?\$\{\w+:\?[\w ]+\}", value), variable


def test_services_start_after_what_they_need() -> None:
    for service in services().values():
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert needed in services()


def test_values_only_name_secrets_and_probe_the_server() -> None:
    photoseek = read("values.yaml")["photoseek"]
    for variable in photoseek["env"]:
        assert ("valueFrom" in variable) == bool(SECRET.search(variable["name"]))
    assert photoseek["command"] == services()["photoseek"]["command"]
    assert photoseek["readinessProbe"]["httpGet"]["path"] == "/api/v1/health"
    composed = services()["photoseek"]["environment"]
    assert {variable["name"] for variable in photoseek["env"]} == set(composed)


def test_the_server_starts_as_compose_says_and_finds_what_ray_indexed(
    server: postgres.Server, tmp_path: Path, unused_port: int
) -> None:
    with milvus_server(tmp_path / "vectors.db") as (milvus, faults):
        faults.password = PASSWORD
        environment = os.environ | {
            "PHOTOSEEK_LIBRARY": str(server.schema()).replace(":***@", "@"),  # PGPASSWORD has it
            "PGPASSWORD": postgres.PASSWORD,
            "PHOTOSEEK_VECTORS": milvus,
            "PHOTOSEEK_VECTORS_TOKEN": PASSWORD,
            "PHOTOSEEK_TOKEN": "a-token-of-this-test",
            "XDG_DATA_HOME": str(tmp_path / "data"),
        }
        photos = tmp_path / "photos"
        shutil.copytree(ROOT / "data" / "photos" / "animals", photos)
        run(
            *as_module(["photoseek", "index", "--ray", "local", str(photos)]),
            environment=environment,
        )
        with started(services()["photoseek"]["command"], unused_port, environment):
            address = f"http://127.0.0.1:{unused_port}/api/v1/search?q=a%20dog"
            request = urllib.request.Request(
                address, headers={"Authorization": f"Bearer {environment['PHOTOSEEK_TOKEN']}"}
            )
            with urllib.request.urlopen(request, timeout=20) as answer:
                assert "dog" in json.load(answer)["hits"][0]["photo"]["name"]
        assert "Search" in faults.calls


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    """The server, on another port and this machine's own address, once its check is met."""
    local = [{"8472": str(port), "0.0.0.0": "127.0.0.1"}.get(word, word) for word in command]
    process = subprocess.Popen(as_module(local), env=environment, stdout=subprocess.DEVNULL)
    try:
        check = services()["photoseek"]["healthcheck"]["test"][1:]
        wait_for([sys.executable, *(word.replace("8472", str(port)) for word in check[1:])])
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(check: list[str]) -> None:
    for _ in range(100):
        with suppress(subprocess.CalledProcessError):
            subprocess.run(check, check=True, capture_output=True)
            return
        time.sleep(0.2)
    raise AssertionError("the server is not healthy after 20 s")


def as_module(command: list[str]) -> list[str]:
    return [sys.executable, "-m", *command]
