"""Who calls, and what a route demands of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
)

from recado.domain.access import Caller, refuse_division
from recado.domain.api_keys import Scope
from recado.domain.errors import ForbiddenError, UnprocessableError

Middleware = Callable[[Any, NextMiddleware], Response[Any]]


class Authentication(Protocol):
    """Finds out who calls by what they show, and for which tenant if they name one."""

    def __call__(self, text: str | None, *, tenant_id: str | None = None) -> Caller:
        """Who calls; an AuthenticationError, or another RequestError, when they may not."""
        ...


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


class Demand:
    """A middleware that lets a route be called only by some; `scope` is what it asks of a key.

    An `Api` checks a route's demands before it reads anything else of a request, so that whoever
    may not call it learns nothing of what it takes.
    """

    def __init__(
        self, name: str, check: Callable[[Caller], None], *, scope: Scope | None = None
    ) -> None:
        self.check = check
        self.scope = scope
        self.__name__ = name

    def __call__(self, app: Any, next_middleware: NextMiddleware) -> Response[Any]:
        """Refuse, or go on."""
        self.check(caller(app))
        return next_middleware(app)


def requires(scope: Scope) -> Middleware:
    """Let a route be called only with a key of that scope."""

    def check(caller: Caller) -> None:
        if scope not in caller.scopes:
            raise ForbiddenError("the API key lacks the scope '{scope}'", scope=scope)

    return Demand(f"requires {scope}", check, scope=scope)


whole_tenant: Middleware = Demand("whole_tenant", refuse_division)
"""Let a route be called only by whom the whole tenant is open to."""


class DemandsFirst(OpenAPIRequestValidationMiddleware):
    """Reads a request only after the demands of its route are met: 403 comes before 422.

    A query parameter that the route does not know is refused: a mistyped filter would show too
    much, a mistyped `dry_run` would do what was only to be tried.
    """

    def handler(self, app: Any, next_middleware: NextMiddleware) -> Response[Any]:
        """See `OpenAPIRequestValidationMiddleware`."""
        route = app.context["_route"]
        for middleware in route.middlewares:
            if isinstance(middleware, Demand):
                middleware.check(caller(app))
        # Who watches an open route may add what keeps caches away. Where nothing is, the resolver
        # makes a route that says so: 404 and 405 come before 422.
        if "caller" in app.context and route in (*app._static_routes, *app._dynamic_routes):
            known = {parameter.alias for parameter in route.dependant.query_params}
            for name in app.current_event.query_string_parameters or {}:
                if name not in known:
                    raise UnprocessableError("there is no such query parameter", field=name)
        answer: Response[Any] = super().handler(app, next_middleware)
        return answer
