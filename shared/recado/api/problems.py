"""Errors as RFC 9457 problem documents with stable codes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestValidationError,
    ResponseValidationError,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyValidationError,
)

from recado.domain.errors import (
    AuthenticationError,
    ConflictError,
    ForbiddenError,
    MissingVariablesError,
    NotFoundError,
    ProviderFailedError,
    RequestError,
    TemplateRefusedError,
    UnprocessableError,
    without_message,
)
from recado.domain.idempotency import IdempotencyKeyReusedError

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


class BodyTooLargeError(RequestError):
    """The body has more bytes than are read."""

    code = "body_too_large"


class UnsupportedMediaTypeError(RequestError):
    """The body is said to be something else than JSON."""

    code = "unsupported_media_type"

    def __init__(self) -> None:
        super().__init__("send application/json")


class MalformedBodyError(RequestError):
    """The body cannot be read as JSON."""

    code = "malformed_json"

    def __init__(self) -> None:
        super().__init__("the body is no valid JSON document")


STATUS_OF: dict[type[RequestError], HTTPStatus] = {
    BodyTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    AuthenticationError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    ProviderFailedError: HTTPStatus.BAD_GATEWAY,
    MissingVariablesError: HTTPStatus.BAD_REQUEST,
    TemplateRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnprocessableError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RequestError: HTTPStatus.BAD_REQUEST,
}


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    errors: Iterable[dict[str, str]] = (),
    headers: dict[str, Any] | None = None,
) -> Response[str]:
    """A problem document; `errors` name the fields at fault."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": detail,
    }
    named = list(errors)
    if named:
        document["errors"] = named
    return Response(
        status_code=status.value,
        content_type=CONTENT_TYPE,
        # In ASCII: a client's own field name may hold half a surrogate pair, which is no UTF-8.
        body=json.dumps(document),
        headers=headers or {},
    )


def problem_of(error: RequestError) -> Response[str]:
    """The problem document of an error of ours."""
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    errors = []
    if isinstance(error, MissingVariablesError):
        errors = [{"field": f"context.{name}", "code": "missing"} for name in error.names]
    elif error.field is not None:
        errors = [{"field": error.field, "code": error.code, "message": str(error)}]
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    return problem(status, error.code, str(error), errors=errors, headers=headers)


def unexpected_problem(error: Exception) -> Response[str]:
    """The problem document of a fault of ours; what it was is told to the log alone."""
    logger.error("unexpected error", extra=without_message(error))
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "something failed on our side"
    )


def register(app: APIGatewayHttpResolver) -> None:
    """Let every error leave the API as a problem document."""

    @app.exception_handler(RequestError)
    def _request_error(error: RequestError) -> Response[str]:
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    def _invalid(error: RequestValidationError) -> Response[str]:
        errors = [
            {"field": _field(e["loc"]), "code": e["type"], "message": e["msg"]}
            for e in error.errors()
        ]
        fields = ", ".join(sorted({e["field"] for e in errors}))
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"invalid: {fields}", errors=errors
        )

    @app.exception_handler(IdempotencyAlreadyInProgressError)
    def _in_progress(_: IdempotencyAlreadyInProgressError) -> Response[str]:
        return problem(
            HTTPStatus.CONFLICT,
            "idempotency_in_progress",
            "a request with this Idempotency-Key is still being worked on",
            headers={"Retry-After": "1"},
        )

    @app.exception_handler(IdempotencyValidationError)
    def _other_body(_: IdempotencyValidationError) -> Response[str]:
        return problem_of(
            IdempotencyKeyReusedError("this Idempotency-Key was used with another body")
        )

    @app.not_found
    def _no_route(_: NoRouteError) -> Response[str]:
        return problem(HTTPStatus.NOT_FOUND, "no_such_route", "there is nothing at this path")

    @app.exception_handler([ResponseValidationError, Exception])
    def _unexpected(error: Exception) -> Response[str]:
        return unexpected_problem(error)


def _field(location: Iterable[str | int]) -> str:
    parts = [str(part) for part in location]
    return ".".join(parts[1:] if parts[:1] == ["body"] else parts) or "body"
