"""The API as one callable: a Lambda event of the HTTP API in, a response out."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.api import problems
from recado.api.problems import (
    BodyTooLargeError,
    MalformedBodyError,
    UnsupportedMediaTypeError,
    problem_of,
    unexpected_problem,
)
from recado.api.security import presented_key
from recado.domain.access import caller_of
from recado.domain.errors import RequestError
from recado.services.authenticate import Authenticate

LARGEST_BODY = 256 * 1024
"""Bytes, as the client sent them."""


class Api:
    """Checks size, key and encoding before anything looks at a request, then finds the route."""

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        routers: Mapping[str, APIGatewayHttpRouter],
        open_routers: Mapping[str, APIGatewayHttpRouter] | None = None,
    ) -> None:
        """Serve routers, each under its prefix; the open ones to everybody, at that path only."""
        open_routers = open_routers or {}
        self._authenticate = authenticate
        self._open_paths = frozenset(open_routers)
        self.app = APIGatewayHttpResolver(
            enable_validation=True,
            response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
            json_body_deserializer=_read_json,
        )
        problems.register(self.app)
        for prefix, router in {**routers, **open_routers}.items():
            self.app.include_router(router, prefix=prefix)

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer a request; never raises. Every path is served with and without its last slash."""
        try:
            body = _body(event)
            headers = event.get("headers") or {}
            if _path(event) not in self._open_paths:
                key = self._authenticate(presented_key(headers))
                named = headers.get("x-tenant-id")
                self.app.append_context(caller=caller_of(key, tenant_id=named))
            text = _text(body, headers.get("content-type", "").strip())
            return self.app.resolve(_plain_event(event, text), context)
        except RequestError as error:
            return _plain(problem_of(error))
        except Exception as error:
            return _plain(unexpected_problem(error))


def _body(event: dict[str, Any]) -> bytes:
    """The body as the client sent it, not larger than it may be."""
    try:
        body = (event.get("body") or "").encode()
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body)
    except ValueError:
        raise MalformedBodyError from None
    if len(body) > LARGEST_BODY:
        raise BodyTooLargeError(f"the body may have at most {LARGEST_BODY} bytes")
    return body


def _text(body: bytes, content_type: str) -> str | None:
    if not body:
        return None
    if content_type and not content_type.startswith("application/json"):
        raise UnsupportedMediaTypeError
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise MalformedBodyError from None


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # No JSON, a number of thousands of digits, or thousands of brackets.
        raise MalformedBodyError from None


def _path(event: dict[str, Any]) -> str:
    path: str = event["rawPath"]
    return path.rstrip("/") or "/"


def _plain_event(event: dict[str, Any], text: str | None) -> dict[str, Any]:
    path = _path(event)
    http = {**event["requestContext"]["http"], "path": path}
    return {
        **event,
        "rawPath": path,
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
