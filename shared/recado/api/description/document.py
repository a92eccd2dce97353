"""The OpenAPI document of the whole API, made from its routes.

What it says of a route it reads from the route itself: its models, its middlewares, and the code
that it reaches.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from recado.api.description import components
from recado.api.description.operations import operation
from recado.api.description.routes import API_KEY, Answers, DescribedRoute, Example, Part
from recado.api.description.schemas import described

_METHODS = ("get", "post", "put", "patch", "delete")
_OF_THE_RESOLVER = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
"""Errors as the resolver would answer them; ours are problems."""


def describe(
    parts: Iterable[Part], examples: Mapping[str, Example], answers: Mapping[str, Answers]
) -> dict[str, Any]:
    """The document; examples and answers are found by the operations' ids.

    The same routes give the same.
    """
    routes = [route for part in parts for route in part.routes]
    raw = _raw(routes)
    paths: dict[str, dict[str, Any]] = {}
    for each in routes:
        made = raw["paths"][each.route.openapi_path][each.method]
        name = each.route.operation_id
        paths.setdefault(each.path, {})[each.method] = operation(
            each, made, examples.get(name, Example()), answers.get(name, {})
        )
    schemas = {
        name: described(name, schema)
        for name, schema in raw["components"]["schemas"].items()
        if name not in _OF_THE_RESOLVER
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Recado API", "version": "1.0.0", "description": components.ABOUT},
        "servers": [{"url": "/"}],
        "security": API_KEY,
        "tags": [{"name": name, "description": text} for name, text in components.TAGS.items()],
        "paths": {
            path: {method: paths[path][method] for method in _METHODS if method in paths[path]}
            for path in sorted(paths)
        },
        "components": {
            "schemas": dict(
                sorted({**schemas, "Problem": described("Problem", components.PROBLEM)}.items())
            ),
            "responses": {
                components.name(status): components.problem(status) for status in components.MEANING
            },
            "parameters": components.PARAMETERS,
            "headers": components.HEADERS,
            "securitySchemes": components.SECURITY_SCHEMES,
        },
    }


def _raw(routes: Iterable[DescribedRoute]) -> dict[str, Any]:
    """What the resolver makes of all routes together, so that no two schemas share a name."""
    app = APIGatewayHttpResolver(enable_validation=True)
    app._dynamic_routes = [each.route for each in routes]
    raw: dict[str, Any] = json.loads(app.get_openapi_json_schema())
    return raw
