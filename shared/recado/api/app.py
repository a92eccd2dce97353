"""The API as one callable: a Lambda event of the HTTP API in, a response out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.api import correlation, problems
from recado.api.languages import Language, preferred_language
from recado.api.problems import (
    BodyTooLargeError,
    MalformedBodyError,
    MalformedTextError,
    MethodNotAllowedError,
    UnsupportedMediaTypeError,
    problem_of,
    unexpected_problem,
)
from recado.api.security import Authentication, DemandsFirst, presented_key
from recado.domain.errors import RequestError

LARGEST_BODY = 256 * 1024
"""Bytes, as the client sent them."""

JSON, MERGE_PATCH, CSV = "application/json", "application/merge-patch+json", "text/csv"


class Api:
    """Checks size, key and encoding before anything looks at a request, then finds the route.

    Routes take JSON, and a merge patch with PATCH; one that reads the body itself names what it
    takes in its description.
    """

    def __init__(
        self,
        *,
        authenticate: Authentication,
        routers: Mapping[str, APIGatewayHttpRouter],
        open_routers: Mapping[str, APIGatewayHttpRouter] | None = None,
        presented: Callable[[Mapping[str, str]], str | None] = presented_key,
        largest_body: int = LARGEST_BODY,
    ) -> None:
        """Serve routers, each under its prefix; the open ones to everybody, at that path only.

        `presented` finds in a request's headers what `authenticate` looks at.
        """
        open_routers = open_routers or {}
        self._authenticate = authenticate
        self._presented = presented
        self._largest_body = largest_body
        self.open_paths = frozenset(open_routers)
        self.app = APIGatewayHttpResolver(
            enable_validation=True,
            response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
            json_body_deserializer=_read_json,
        )
        # The resolver has no other way to have something checked before a request is read.
        self.app._request_validation_middleware = DemandsFirst()
        problems.register(self.app)
        for prefix, router in {**routers, **open_routers}.items():
            self.app.include_router(router, prefix=prefix)

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer a request; never raises. Every path is served with and without its last slash."""
        request_id = context.aws_request_id
        correlation_id = correlation.correlation_id_of(event, request_id=request_id)
        headers = event.get("headers") or {}
        language = preferred_language(headers.get("accept-language", ""))
        try:
            answer = self._answer(event, context, language, correlation_id)
        except RequestError as error:
            answer = _plain(problem_of(error, language, request_id))
        except Exception as error:
            answer = _plain(unexpected_problem(error, language, request_id))
        # What is told to whom showed a key is nobody else's, and a cache does not see the key.
        # Without a body it is an empty text: a client of the event may expect one.
        answer["body"] = answer.get("body") or ""
        answer["headers"] = {
            "Cache-Control": "no-store",
            **answer["headers"],
            "Vary": "Accept-Language",
            "X-Request-Id": request_id,
            correlation.HEADER: correlation_id,
        }
        return answer

    def _answer(
        self,
        event: dict[str, Any],
        context: LambdaContext,
        language: Language,
        correlation_id: str,
    ) -> dict[str, Any]:
        body = self._body(event)
        headers = event.get("headers") or {}
        known: dict[str, object] = {"language": language, "correlation_id": correlation_id}
        if _path(event) not in self.open_paths:
            named = headers.get("x-tenant-id")
            known["caller"] = self._authenticate(self._presented(headers), tenant_id=named)
        self._refuse_other_methods(event)
        media_type = headers.get("content-type", "").partition(";")[0].strip().casefold()
        taken = self._taken(event)
        if body and media_type and taken and media_type not in taken:
            raise UnsupportedMediaTypeError(taken)
        text = _text(body, media_type)
        # Last of all: the resolver forgets it with the request, and nothing else does.
        self.app.append_context(**known)
        return self.app.resolve(_plain_event(event, text, media_type), context)

    def _body(self, event: dict[str, Any]) -> bytes:
        """The body as the client sent it, not larger than it may be."""
        try:
            body = (event.get("body") or "").encode()
            if event.get("isBase64Encoded"):
                body = base64.b64decode(body)
        except ValueError:
            raise MalformedBodyError from None
        if len(body) > self._largest_body:
            raise BodyTooLargeError(
                "the body may have at most {most} bytes", most=self._largest_body
            )
        return body

    def _refuse_other_methods(self, event: dict[str, Any]) -> None:
        """A path that stands for one thing is no id, whatever method: `/templates/variables`."""
        path, method = _path(event), event["requestContext"]["http"]["method"]
        # The resolver would look further, among the paths with ids. It has no list but this.
        allowed = {route.method for route in self.app._static_routes if route.rule.match(path)}
        if allowed and method not in allowed:
            raise MethodNotAllowedError(allowed)

    def _taken(self, event: dict[str, Any]) -> list[str]:
        """The media types that the route of a request takes; none where there is no route."""
        path, method = _path(event), event["requestContext"]["http"]["method"]
        # The resolver has no other list of its routes; it looks at fixed paths first, too.
        for route in (*self.app._static_routes, *self.app._dynamic_routes):
            if route.method == method and route.rule.match(path):
                described = (route.openapi_extensions or {}).get("requestBody", {})
                usual = [JSON, MERGE_PATCH] if method == "PATCH" else [JSON]
                return list(described.get("content", usual))
        return []


def _text(body: bytes, media_type: str) -> str | None:
    if not body:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        if media_type == CSV:
            raise MalformedTextError("the body is not UTF-8") from None
        raise MalformedBodyError from None


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # No JSON, a number of thousands of digits, or thousands of brackets.
        raise MalformedBodyError from None


def _refuse_constant(name: str) -> None:
    """NaN and infinities are Python's own, and no JSON."""
    raise ValueError(name)


def _path(event: dict[str, Any]) -> str:
    path: str = event["rawPath"]
    return path.rstrip("/") or "/"


def _plain_event(event: dict[str, Any], text: str | None, media_type: str) -> dict[str, Any]:
    """The event as the resolver understands it: a merge patch is JSON to it, and text is text."""
    path = _path(event)
    http = {**event["requestContext"]["http"], "path": path}
    headers = event.get("headers") or {}
    if text is None or media_type != CSV:
        headers = {**headers, "content-type": JSON}
    return {
        **event,
        "rawPath": path,
        "headers": headers,
        "requestContext": {**event["requestContext"], "http": http},
        "body": text,
        "isBase64Encoded": False,
    }


def _plain(response: Response[str]) -> dict[str, Any]:
    headers = {name: str(value) for name, value in response.headers.items()}
    return {
        "statusCode": response.status_code,
        "headers": {**headers, "Content-Type": problems.CONTENT_TYPE},
        "body": response.body,
        "isBase64Encoded": False,
    }
