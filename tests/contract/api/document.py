"""The committed OpenAPI document, and the questions that tests ask it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from local.openapi import DOCUMENT


@cache
def document() -> dict[str, Any]:
    """The document as it is committed."""
    content: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Operation:
    """A method of a path."""

    method: str
    path: str

    def __str__(self) -> str:
        return self.name

    @property
    def content(self) -> dict[str, Any]:
        """As it stands in the document."""
        content: dict[str, Any] = document()["paths"][self.path][self.method.lower()]
        return content

    @property
    def name(self) -> str:
        """Its id."""
        name: str = self.content["operationId"]
        return name

    @property
    def scopes(self) -> set[str]:
        """What it asks of a key."""
        security = self.content["security"]
        return {scope for scheme in security for scopes in scheme.values() for scope in scopes}

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """Those of its own, in path and query."""
        return [each for each in self.content["parameters"] if "$ref" not in each]

    @property
    def shared_parameters(self) -> set[str]:
        """The names of those that many operations have."""
        references = [each["$ref"] for each in self.content["parameters"] if "$ref" in each]
        return {reference.rpartition("/")[2] for reference in references}

    @property
    def examples(self) -> list[str]:
        """What its path names in the example."""
        return [each["example"] for each in self.parameters if each["in"] == "path"]

    @property
    def bodies(self) -> dict[str, dict[str, Any]]:
        """What may be sent, by its media type."""
        bodies: dict[str, dict[str, Any]] = self.content.get("requestBody", {}).get("content", {})
        return bodies

    @property
    def responses(self) -> dict[int, dict[str, Any]]:
        """What may be answered, by its status."""
        return {
            int(status): _resolved(response)
            for status, response in self.content["responses"].items()
        }


@cache
def operations() -> tuple[Operation, ...]:
    """All operations of the document."""
    paths = document()["paths"].items()
    return tuple(Operation(method.upper(), path) for path, item in paths for method in item)


def check(schema: dict[str, Any], value: object) -> None:
    """Hold a value against a schema of the document.

    Raises
    ------
    jsonschema.ValidationError
        It is another one.
    """
    whole = {**schema, "components": document()["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    *_, kind, name = value["$ref"].split("/")
    found: dict[str, Any] = document()["components"][kind][name]
    return found
