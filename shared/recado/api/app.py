"""The API as one callable: a Lambda event of the HTTP API in, a response out."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.api import problems
from recado.api.problems import problem, problem_of
from recado.api.security import presented_key
from recado.domain.errors import AuthenticationError
from recado.services.authenticate import Authenticate

LARGEST_BODY = 256 * 1024


class Api:
    """Checks size and key before anything else looks at a request, then finds the route."""

    def __init__(
        self, *, authenticate: Authenticate, routers: Iterable[APIGatewayHttpRouter]
    ) -> None:
        self._authenticate = authenticate
        self.app = APIGatewayHttpResolver(
            enable_validation=True,
            response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
        )
        problems.register(self.app)
        for router in routers:
            self.app.include_router(router, prefix="/api/v1/notifications")

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer a request. Every path is served with and without its last slash."""
        if len(event.get("body") or "") > LARGEST_BODY:
            too_large = f"the body may have at most {LARGEST_BODY} bytes"
            return _plain(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", too_large))
        try:
            key = self._authenticate(presented_key(event.get("headers") or {}))
        except AuthenticationError as error:
            return _plain(problem_of(error))
        self.app.append_context(api_key=key)
        return self.app.resolve(_without_last_slash(event), context)


def _without_last_slash(event: dict[str, Any]) -> dict[str, Any]:
    path = event["rawPath"].rstrip("/") or "/"
    http = {**event["requestContext"]["http"], "path": path}
    return {
        **event,
        "rawPath": path,
        "requestContext": {**event["requestContext"], "http": http},
    }


def _plain(response: Response[str]) -> dict[str, Any]:
    headers = {name: str(value) for name, value in response.headers.items()}
    return {
        "statusCode": response.status_code,
        "headers": {**headers, "Content-Type": problems.CONTENT_TYPE},
        "body": response.body,
        "isBase64Encoded": False,
    }
