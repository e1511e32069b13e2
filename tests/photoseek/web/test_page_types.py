"""The page's types are the API's: core/schemas.js says what the OpenAPI document says."""

import re
from typing import Any

from photoseek import Library
from photoseek.web.app import PAGE, create_app

PLAIN = {"integer": "number", "number": "number", "string": "string", "boolean": "boolean"}


def written_types() -> dict[str, str]:
    """Types by name, on one line each."""
    source = (PAGE / "core" / "schemas.js").read_text("utf-8")
    text = re.sub(r"\s+\* *|\s*\n\s*", " ", source)
    parts = (part.rsplit("} ", 1) for part in text.partition("*/")[0].split("@typedef {")[1:])
    return {part[1].split()[0]: part[0] for part in parts}


class Document:
    """The schemas of the OpenAPI document as types of TypeScript."""

    def __init__(self, schemas: dict[str, Any], named: dict[str, str]) -> None:
        self._schemas = schemas
        self._named = named

    def type_of(self, schema: dict[str, Any]) -> str:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return name if name in self._named else self.fields_of(name)
        if "enum" in schema:
            choice = " | ".join(f'"{one}"' for one in schema["enum"])
            return next((name for name, text in self._named.items() if text == choice), choice)
        if "anyOf" in schema:
            return " | ".join(self.type_of(one) for one in schema["anyOf"])
        return self._plain(schema)

    def _plain(self, schema: dict[str, Any]) -> str:
        if schema["type"] == "array":
            item = self.type_of(schema["items"])
            return f"({item})[]" if " | " in item else f"{item}[]"
        if schema["type"] == "object":
            return f"Record<string, {self.type_of(schema['additionalProperties'])}>"
        return PLAIN.get(schema["type"], "null")

    def fields_of(self, name: str, besides: str = "") -> str:
        """An object's type; of one that has all of another's, what is beside them.

        A field with a default is always in an answer.
        """
        inherited = self._schemas[besides]["properties"] if besides else {}
        fields = (
            f"{key}: {self.type_of(schema)}"
            for key, schema in self._schemas[name]["properties"].items()
            if key not in inherited
        )
        return "{" + ", ".join(fields) + "}"


def test_the_pages_types_are_those_of_the_document(library: Library) -> None:
    named = written_types()
    document = Document(create_app(library).openapi()["components"]["schemas"], named)
    assert len(named) > 25
    for name, text in named.items():
        if not text.startswith('"'):
            besides, _, own = text.rpartition(" & ")
            assert own == document.fields_of(name, besides), name
