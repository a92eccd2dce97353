"""The OpenAPI document: it is that of the routes as they are, and it leaves nothing out."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from local import openapi
from recado.api.description.components import TAGS
from tests.contract.api.document import Operation, document, operations


@cache
def made_now() -> dict[str, Any]:
    """What the code makes at this moment."""
    return openapi.document()


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(name, operations(), ids=str)


def test_the_committed_document_is_what_the_code_makes() -> None:
    committed = openapi.DOCUMENT.read_text(encoding="utf-8")
    assert committed == openapi.text(), "run `make openapi` and commit functions/api_docs/"


def test_it_is_the_same_each_time() -> None:
    assert openapi.document() == made_now()


def test_it_is_valid_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(document()).validate()  # type: ignore[arg-type]


def test_every_tag_is_used_and_described() -> None:
    used = {tag for operation in operations() for tag in operation.content["tags"]}
    assert used == set(TAGS)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation.name for operation in operations()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name)] == []


def test_no_schema_is_named_after_its_module() -> None:
    assert [name for name in document()["components"]["schemas"] if "__" in name] == []


@each("operation")
def test_an_operation_says_what_it_is_for(operation: Operation) -> None:
    content = operation.content
    assert not content["summary"].startswith(operation.method)
    assert len(content["description"].partition("\n\n")[0]) > 20
    assert len(content["tags"]) == 1


@each("operation")
def test_an_operation_says_how_it_succeeds(operation: Operation) -> None:
    assert any(status < 300 for status in operation.responses)


@each("operation")
def test_an_operation_says_who_may_call_it(operation: Operation) -> None:
    if not operation.content["security"]:
        assert operation.content["tags"] == ["Health"]
        return
    assert operation.scopes
    assert 401 in operation.responses


@each("operation")
def test_an_operation_shows_an_example_of_all_that_it_needs(operation: Operation) -> None:
    needed = [each for each in operation.parameters if each["required"] or each["in"] == "path"]
    assert [each["name"] for each in needed if "example" not in each] == []
    assert [kind for kind, content in operation.bodies.items() if "example" not in content] == []


@each("operation")
def test_an_operation_that_creates_can_be_sent_twice(operation: Operation) -> None:
    creates = operation.method == "POST" and {201, 202} & operation.responses.keys()
    if creates and not operation.path.startswith("/api/internal/"):
        assert "IdempotencyKey" in operation.shared_parameters


@each("operation")
def test_an_operation_that_changes_what_has_a_version_takes_it(operation: Operation) -> None:
    changes = operation.method in ("PUT", "PATCH")
    assert not changes or "IfMatch" in operation.shared_parameters
    if "IfMatch" in operation.shared_parameters:
        assert 412 in operation.responses


@each("operation")
def test_an_error_is_a_problem_document(operation: Operation) -> None:
    for status, response in operation.responses.items():
        if status >= 400 and (operation.name, status) not in HEALTH:
            assert list(response["content"]) == ["application/problem+json"]


HEALTH = {(name, 503) for name in ("readHealth", "readDatabaseHealth", "readWebhookHealth")}
"""They tell what is wrong as they tell that nothing is."""
