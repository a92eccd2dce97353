"""Who calls, and what a route demands of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from recado.domain.api_keys import ApiKey, Scope
from recado.domain.errors import ForbiddenError

Middleware = Callable[[Any, NextMiddleware], Response[Any]]


def presented_key(headers: Mapping[str, str]) -> str | None:
    """The API key of a request: `Authorization: Bearer rk_…`, or `X-API-Key: rk_…`.

    Header names arrive in lower case from the HTTP API.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "bearer" and token:
        return token.strip()
    return headers.get("x-api-key")


def requires(scope: Scope) -> Middleware:
    """Let a route be called only with a key of that scope."""

    def check(app: Any, next_middleware: NextMiddleware) -> Response[Any]:
        key: ApiKey = app.context["api_key"]
        if scope not in key.scopes:
            raise ForbiddenError(f"the API key lacks the scope '{scope}'")
        return next_middleware(app)

    return check
