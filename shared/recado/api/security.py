"""Who calls, and what a route demands of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from recado.domain.access import Caller, refuse_division
from recado.domain.api_keys import Scope
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


def caller(app: Any) -> Caller:
    """Who calls, inside a route: of a resolver, or of a router that it includes."""
    found: Caller = app.context["caller"]
    return found


def requires(scope: Scope) -> Middleware:
    """Let a route be called only with a key of that scope."""

    def check(app: Any, next_middleware: NextMiddleware) -> Response[Any]:
        if scope not in caller(app).scopes:
            raise ForbiddenError("the API key lacks the scope '{scope}'", scope=scope)
        return next_middleware(app)

    return check


def whole_tenant(app: Any, next_middleware: NextMiddleware) -> Response[Any]:
    """Let a route be called only by whom the whole tenant is open to."""
    refuse_division(caller(app))
    return next_middleware(app)
