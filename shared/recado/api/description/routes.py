"""Routes as they are described: whose they are, what their code reaches, what is sent to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from types import CodeType, FunctionType
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import Route

from recado.api import idempotency
from recado.api.preconditions import check_match, etag
from recado.api.security import Demand, whole_tenant
from recado.domain.api_keys import Scope

Security = list[dict[str, list[str]]]
Answers = Mapping[str, object]
"""What an operation answers, by the status."""

API_KEY: Security = [{"bearerKey": []}, {"apiKey": []}]
INTERNAL_SECRET: Security = [{"internalSecret": []}]


@dataclass(frozen=True)
class Part:
    """The routes of one function.

    Parameters
    ----------
    security
        What callers show, as OpenAPI writes it.
    open_paths
        Paths that need none of that.
    """

    app: APIGatewayHttpResolver
    open_paths: frozenset[str]
    security: Security

    @property
    def routes(self) -> list[DescribedRoute]:
        """All that it serves."""
        # The resolver has no other list of them.
        routes = (*self.app._dynamic_routes, *self.app._static_routes)
        return [DescribedRoute(self, route) for route in routes]


@dataclass(frozen=True)
class DescribedRoute:
    """A route with what can be told from its code."""

    part: Part
    route: Route

    @property
    def path(self) -> str:
        """Its path with the last slash, as clients read it."""
        return f"{self.route.openapi_path.rstrip('/')}/"

    @property
    def method(self) -> str:
        """As OpenAPI writes it: in lower case."""
        return self.route.method.lower()

    @property
    def is_open(self) -> bool:
        """Whether it needs no key."""
        return self.route.path in self.part.open_paths

    @property
    def takes_keys(self) -> bool:
        """Whether it is for clients with an API key."""
        return not self.is_open and self.part.security is API_KEY

    @property
    def scopes(self) -> list[Scope]:
        """What it demands of a key."""
        demands = [each for each in self.route.middlewares if isinstance(each, Demand)]
        return [demand.scope for demand in demands if demand.scope is not None]

    @property
    def is_list(self) -> bool:
        """Whether its query parameters choose among many things."""
        return str(self.route.operation_id).startswith("list")

    @property
    def is_for_whole_tenants(self) -> bool:
        """Whether it refuses a division's key."""
        return whole_tenant in self.route.middlewares

    @property
    def is_idempotent(self) -> bool:
        """Whether it honours `Idempotency-Key`."""
        modules = {getattr(each, "__module__", None) for each in self.route.middlewares}
        return idempotency.__name__ in modules

    @property
    def is_conditional(self) -> bool:
        """Whether it honours `If-Match`."""
        return _reaches(self.route.func, check_match)

    @property
    def is_cached(self) -> bool:
        """Whether it honours `If-None-Match`."""
        return HTTPStatus.NOT_MODIFIED in self.declared

    @property
    def has_version(self) -> bool:
        """Whether its answers bear an `ETag`."""
        return self.is_cached or _reaches(self.route.func, etag)

    @property
    def declared(self) -> Mapping[int, Mapping[str, Any]]:
        """The answers that it describes itself."""
        return self.route.responses or {}


@dataclass(frozen=True)
class Example:
    """A request that works with the data of `recado seed`.

    Parameters
    ----------
    body
        A JSON document.
    csv
        The text, for routes that take CSV.
    path, query
        Parameters by name.
    """

    body: object = None
    csv: str | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)


def _reaches(function: object, wanted: Callable[..., Any]) -> bool:
    """Whether a function's code names another one, itself or through others of the API."""
    seen: set[FunctionType] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if isinstance(one, partial):
            one = one.func
        if one is wanted:
            return True
        if isinstance(one, FunctionType) and one not in seen and _is_of_the_api(one):
            seen.add(one)
            waiting += [one.__globals__.get(name) for name in _names(one.__code__)]
            waiting += [cell.cell_contents for cell in one.__closure__ or ()]
    return False


def _is_of_the_api(function: FunctionType) -> bool:
    return function.__module__.startswith("recado.api.")


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
