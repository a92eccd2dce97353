"""The OpenAPI document: it is that of the routes as they are, and it leaves nothing out."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from local import openapi
from recado.api.description import words
from recado.api.description.components import TAGS
from recado.api.description.examples import ANSWERS
from recado.domain.tasks import MOST_RECORDS
from tests.contract.api.document import Operation, check, document, operations


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
def test_a_parameter_says_what_it_is(operation: Operation) -> None:
    assert [each["name"] for each in operation.parameters if not each.get("description")] == []


def test_a_field_says_what_it_is() -> None:
    silent = {
        f"{name}.{field}"
        for name, schema in document()["components"]["schemas"].items()
        for field, each in schema.get("properties", {}).items()
        if not {"description", "$ref", "const"} & each.keys() and not points_elsewhere(each)
    }
    assert silent == set()


def test_a_schema_says_what_it_is() -> None:
    schemas = document()["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def points_elsewhere(schema: Any) -> bool:
    """Whether a schema is made of others, which say what they are."""
    options = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    if "items" in schema:
        options.append(schema["items"])
    return any("$ref" in option or points_elsewhere(option) for option in options)


def test_no_text_is_left_over() -> None:
    content = document()
    texts = {
        *(
            each.get("description")
            for schema in content["components"]["schemas"].values()
            for each in schema.get("properties", {}).values()
        ),
        *(each.get("description") for operation in operations() for each in operation.parameters),
    }
    written = {*words.FIELDS.values(), *words.FILTERS.values(), *words.QUERIES.values()}
    assert written - texts == set()


@each("operation")
def test_an_operation_shows_what_it_answers(operation: Operation) -> None:
    shown = {
        (status, kind): content
        for status, response in operation.responses.items()
        for kind, content in response.get("content", {}).items()
        if status < 300
    }
    assert [where for where, content in shown.items() if "example" not in content] == []
    for content in shown.values():
        check(content["schema"], content["example"])


@each("operation")
def test_no_answer_is_shown_that_is_not_given(operation: Operation) -> None:
    given = {str(status) for status, each in operation.responses.items() if "content" in each}
    assert set(ANSWERS.get(operation.name, {})) <= given


def test_every_shown_answer_is_an_operations() -> None:
    assert set(ANSWERS) <= {operation.name for operation in operations()}


def test_the_shown_problem_is_one() -> None:
    problem = document()["components"]["schemas"]["Problem"]
    for shown in problem["examples"]:
        check(problem, shown)
        assert shown["title"] == HTTPStatus(shown["status"]).phrase


@pytest.mark.parametrize("name", ["syncCustomers", "syncVehicles"])
def test_a_list_of_records_has_its_limit(name: str) -> None:
    [operation] = [each for each in operations() if each.name == name]
    _, many = operation.bodies["application/json"]["schema"]["anyOf"]
    assert many["maxItems"] == MOST_RECORDS


def test_a_file_of_customers_says_what_leads_on() -> None:
    [operation] = [each for each in operations() if each.name == "exportCustomers"]
    assert operation.responses[200]["headers"].keys() >= {"Link", "Content-Disposition"}


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
