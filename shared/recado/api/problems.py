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
    RequestUnsupportedContentType,
    RequestValidationError,
    ResponseValidationError,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyValidationError,
)

from recado.domain.errors import (
    AuthenticationError,
    ForbiddenError,
    MissingVariablesError,
    NotFoundError,
    RequestError,
    TemplateRefusedError,
    UnprocessableError,
    without_message,
)

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

STATUS_OF: dict[type[RequestError], HTTPStatus] = {
    AuthenticationError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
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
        body=json.dumps(document, ensure_ascii=False),
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


def register(app: APIGatewayHttpResolver) -> None:
    """Let every error leave the API as a problem document."""

    @app.exception_handler(RequestError)
    def _request_error(error: RequestError) -> Response[str]:
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    def _invalid(error: RequestValidationError) -> Response[str]:
        found = error.errors()
        if any(e["type"] == "json_invalid" for e in found):
            return problem(
                HTTPStatus.BAD_REQUEST, "malformed_json", "the body is no valid JSON document"
            )
        errors = [
            {"field": _field(e["loc"]), "code": e["type"], "message": e["msg"]} for e in found
        ]
        fields = ", ".join(sorted({e["field"] for e in errors}))
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"invalid: {fields}", errors=errors
        )

    @app.exception_handler(RequestUnsupportedContentType)
    def _unsupported(_: RequestUnsupportedContentType) -> Response[str]:
        return problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "send application/json"
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
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "this Idempotency-Key was used with another body",
        )

    @app.not_found
    def _no_route(_: NoRouteError) -> Response[str]:
        return problem(HTTPStatus.NOT_FOUND, "no_such_route", "there is nothing at this path")

    @app.exception_handler([ResponseValidationError, Exception])
    def _unexpected(error: Exception) -> Response[str]:
        logger.error("unexpected error", extra=without_message(error))
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "something failed on our side"
        )


def _field(location: Iterable[str | int]) -> str:
    parts = [str(part) for part in location]
    return ".".join(parts[1:] if parts[:1] == ["body"] else parts) or "body"
