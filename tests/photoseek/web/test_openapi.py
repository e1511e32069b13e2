"""The OpenAPI document: true to the answers, and to docs/http.md."""

import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from photoseek import Library
from photoseek.web.app import create_app

ROOT = Path(__file__).parents[3]
API = "/api/v1"
CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
SLOW = ("/api/v1/duplicates", "/api/v1/clusters", "/api/v1/map", "/api/v1/index/events")
"""What is made aside is tested by itself: thousands of requests would wait for it."""


def test_answers_are_what_the_document_says(filled: Library) -> None:
    app = create_app(filled)
    schema = schemathesis.openapi.from_asgi(
        f"{API}/openapi.json", app, headers={"host": "localhost"}
    )
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    tried = [operation for operation in operations if operation.path not in SLOW]
    assert len(tried) > 25
    for operation in tried:
        _try(operation)


def _try(operation: Any) -> None:
    """Requests that fit the document, and such that do not."""

    def answers(case: Any) -> None:
        case.call_and_validate(checks=list(CHECKS), headers={"host": "localhost"})

    limits = settings(
        max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    limits(given(case=operation.as_strategy())(answers))()


def test_the_document_names_every_call_that_the_docs_name(client: TestClient) -> None:
    paths = client.get(f"{API}/openapi.json").json()["paths"]
    served = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, calls in paths.items()
        for method in calls
    }
    text = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    named = re.findall(r"`(GET|POST|PUT|DELETE) (/[^`?]*)", text)
    documented = {f"{method} {path}" for method, path in named}
    assert documented == served


@pytest.mark.parametrize("name", ["Answer", "Photo", "IndexState", "Problem", "Status"])
def test_values_of_the_document_are_typed(client: TestClient, name: str) -> None:
    schemas = client.get(f"{API}/openapi.json").json()["components"]["schemas"]
    assert schemas[name]["additionalProperties"] is False
    assert all(
        "type" in field or "anyOf" in field or "$ref" in field or "enum" in field
        for field in schemas[name]["properties"].values()
    )
