"""One operation of the document, made of its route."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from recado.api.app import CSV, JSON, MERGE_PATCH
from recado.api.description import words
from recado.api.description.components import REQUEST_ID, name, problem
from recado.api.description.routes import Answers, DescribedRoute, Example
from recado.api.description.schemas import clean


def operation(
    route: DescribedRoute, raw: dict[str, Any], example: Example, answers: Answers
) -> dict[str, Any]:
    """The finished operation, from what the resolver makes of the route."""
    parameters = [
        *(_parameter(each, route, example) for each in raw.get("parameters", [])),
        *({"$ref": f"#/components/parameters/{each}"} for each in _headers(route)),
    ]
    body = _body(raw["requestBody"], route, example) if "requestBody" in raw else None
    security = [] if route.is_open else route.part.security
    return {
        "operationId": route.route.operation_id,
        "tags": sorted(route.route.tags),
        "summary": raw["summary"],
        "description": _description(raw.get("description", ""), route),
        "security": [dict.fromkeys(each, route.scopes) for each in security],
        "parameters": parameters,
        **({"requestBody": body} if body else {}),
        "responses": _responses(route, raw, answers),
    }


def _description(text: str, route: DescribedRoute) -> str:
    parts = [text.strip()]
    if route.scopes:
        parts.append(f"Needs the scope {' and '.join(f'`{scope}`' for scope in route.scopes)}.")
    if route.is_for_whole_tenants:
        parts.append("Not for keys of a division.")
    return "\n\n".join(filter(None, parts))


def _headers(route: DescribedRoute) -> Iterator[str]:
    """The request headers that routes share, by the names of their components."""
    yield from ("AcceptLanguage", "CorrelationId")
    if not route.is_open:
        yield "TenantId"
    if route.is_idempotent:
        yield "IdempotencyKey"
    if route.is_conditional:
        yield "IfMatch"
    if route.is_cached:
        yield "IfNoneMatch"


def _parameter(raw: dict[str, Any], route: DescribedRoute, example: Example) -> dict[str, Any]:
    schema = clean(raw["schema"])
    # One that is not given is left out: there is no null in a path or a query.
    options = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    schema.update(options[0] if len(options) == 1 else {"anyOf": options} if options else {})
    if schema.get("default", ...) is None:
        del schema["default"]
    if raw["in"] == "path":
        schema.setdefault("minLength", 1)
    given = {**example.path, **example.query}
    shown = {"example": given[raw["name"]]} if raw["name"] in given else {}
    text = words.of_parameter(raw["name"], filters=route.is_list and raw["in"] == "query")
    return {**({"description": text} if text else {}), **raw, "schema": schema, **shown}


def _body(raw: dict[str, Any], route: DescribedRoute, example: Example) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for media_type, described in raw["content"].items():
        shown = example.csv if media_type == CSV else example.body
        content[media_type] = {
            **described,
            "schema": clean(described["schema"]),
            **({} if shown is None else {"example": shown}),
        }
    if route.method == "patch" and JSON in content:
        content[MERGE_PATCH] = content[JSON]
    return {**raw, "content": content}


def _responses(route: DescribedRoute, raw: dict[str, Any], answers: Answers) -> dict[str, Any]:
    responses: dict[HTTPStatus, Any] = {
        status: {"$ref": f"#/components/responses/{name(status)}"}
        for status in _problems(route, raw)
    }
    for code, response in raw["responses"].items():
        status = HTTPStatus(int(code))
        if status < HTTPStatus.BAD_REQUEST:
            responses[status] = _success(route, status, response, answers)
        elif "content" in route.declared.get(status, {}):
            responses[status] = {
                "description": response["description"],
                "headers": REQUEST_ID,
                "content": _content(response),
            }
        elif status in route.declared:
            responses[status] = problem(status, response["description"])
    return {str(int(status)): responses[status] for status in sorted(responses)}


def _problems(route: DescribedRoute, raw: dict[str, Any]) -> Iterator[HTTPStatus]:
    """The problems that a route has by what it is, beside those that it declares."""
    parameters = raw.get("parameters", [])
    has_body = "requestBody" in raw
    yield HTTPStatus.INTERNAL_SERVER_ERROR
    if not route.is_open:
        # X-Tenant-Id may name a tenant that there is not, or that is another's, or be missing.
        yield from (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
        # A query parameter that the route does not know.
        yield HTTPStatus.UNPROCESSABLE_ENTITY
    if route.takes_keys:
        yield HTTPStatus.TOO_MANY_REQUESTS
    if any(each["in"] == "path" for each in parameters):
        yield HTTPStatus.NOT_FOUND
    if has_body:
        yield from (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if has_body or route.is_idempotent:
        yield HTTPStatus.BAD_REQUEST
    if route.is_idempotent or route.is_conditional:
        yield HTTPStatus.CONFLICT
    if route.is_conditional:
        yield HTTPStatus.PRECONDITION_FAILED


def _success(
    route: DescribedRoute, status: HTTPStatus, raw: dict[str, Any], answers: Answers
) -> dict[str, Any]:
    named = ["X-Request-Id", "X-Correlation-Id"]
    if route.has_version and status is not HTTPStatus.NO_CONTENT:
        named.append("ETag")
    if status in (HTTPStatus.CREATED, HTTPStatus.ACCEPTED):
        named.append("Location")
    if route.is_idempotent:
        named.append("Idempotency-Replayed")
    description = raw["description"]
    response = {
        "description": status.phrase if description == "Successful Response" else description,
        "headers": {
            **{each: {"$ref": f"#/components/headers/{each}"} for each in named},
            **route.declared.get(status, {}).get("headers", {}),
        },
    }
    if status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        shown = {"example": answers[code]} if (code := str(int(status))) in answers else {}
        response["content"] = {kind: each | shown for kind, each in _content(raw).items()}
    return response


def _content(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        media_type: {**described, "schema": clean(described["schema"])}
        for media_type, described in raw["content"].items()
    }
