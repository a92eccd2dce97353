"""Errors as RFC 9457 problem documents with stable codes, in the reader's language."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import islice
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

from recado.api.languages import Language, language, say
from recado.domain.errors import (
    AuthenticationError,
    ConflictError,
    ForbiddenError,
    InvalidValueError,
    MissingVariablesError,
    NotFoundError,
    PreconditionFailedError,
    ProviderFailedError,
    RequestError,
    TemplateRefusedError,
    TooManyRequestsError,
    UnavailableError,
    UnprocessableError,
    without_message,
)
from recado.domain.idempotency import IdempotencyKeyReusedError

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

MOST_FAULTS = 100
"""How many fields at fault are told."""

LONGEST_FIELD = 200
"""Characters of a field's name that are told: parts of it are the client's own words."""

_PLACES = ("body", "query", "path", "header")
_OF_A_KEY = "[key]"
"""What pydantic puts behind the key of a mapping when the key itself is wrong."""


class BodyTooLargeError(RequestError):
    """The body has more bytes than are read."""

    code = "body_too_large"


class UnsupportedMediaTypeError(RequestError):
    """The body is said to be something else than the route reads: `taken`."""

    code = "unsupported_media_type"

    def __init__(self, taken: Iterable[str]) -> None:
        super().__init__("this route takes {media_types}", media_types=", ".join(taken))


class MalformedBodyError(RequestError):
    """The body cannot be read as JSON."""

    code = "malformed_json"

    def __init__(self) -> None:
        super().__init__("the body is no valid JSON document")


class MalformedTextError(RequestError):
    """The body is said to be text, and is not UTF-8."""

    code = "malformed_text"


class NoSuchRouteError(RequestError):
    """There is nothing at this path."""

    code = "no_such_route"


class MethodNotAllowedError(RequestError):
    """What is at this path knows other methods: `allowed`."""

    code = "method_not_allowed"

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = sorted(allowed)
        super().__init__("this path knows {methods}", methods=", ".join(self.allowed))


class InProgressError(ConflictError):
    """A request with this Idempotency-Key is still being worked on."""

    code = "idempotency_in_progress"
    retry_after = 1


class UnexpectedError(RequestError):
    """A fault of ours; what it was is told to the log alone."""

    code = "internal_error"

    def __init__(self) -> None:
        super().__init__("something failed on our side")


class InvalidRequestError(RequestError):
    """Fields of the request have values that they cannot have."""

    code = "invalid"

    def __init__(self, faults: Iterable[Mapping[str, Any]]) -> None:
        self.faults = list(islice(faults, MOST_FAULTS))
        """As pydantic describes them, the first ones."""
        fields = {_field(fault["loc"]) for fault in self.faults}
        super().__init__("invalid: {fields}", fields=", ".join(sorted(fields)))


STATUS_OF: dict[type[RequestError], HTTPStatus] = {
    BodyTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    AuthenticationError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    NoSuchRouteError: HTTPStatus.NOT_FOUND,
    MethodNotAllowedError: HTTPStatus.METHOD_NOT_ALLOWED,
    ConflictError: HTTPStatus.CONFLICT,
    PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
    TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    ProviderFailedError: HTTPStatus.BAD_GATEWAY,
    MissingVariablesError: HTTPStatus.BAD_REQUEST,
    InvalidRequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    TemplateRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnprocessableError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnexpectedError: HTTPStatus.INTERNAL_SERVER_ERROR,
    RequestError: HTTPStatus.BAD_REQUEST,
}


def problem_of(error: RequestError, language: Language, request_id: str) -> Response[str]:
    """The problem document of an error; `errors` in it name the fields at fault."""
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    document: dict[str, object] = {
        "type": "about:blank",
        "title": _title(status, language),
        "status": status.value,
        "code": error.code,
        "detail": say(error.message, error.values, language),
        "request_id": request_id,
    }
    faults = _faults(error, language)
    if faults:
        document["errors"] = faults
    return Response(
        status_code=status.value,
        content_type=CONTENT_TYPE,
        # In ASCII: a client's own field name may hold half a surrogate pair, which is no UTF-8.
        body=json.dumps(document),
        headers={"Content-Language": language, **_headers(error)},
    )


def unexpected_problem(error: Exception, language: Language, request_id: str) -> Response[str]:
    """The problem document of a fault of ours."""
    logger.error("unexpected error", extra=without_message(error))
    return problem_of(UnexpectedError(), language, request_id)


def register(app: APIGatewayHttpResolver) -> None:
    """Let every error leave the API as a problem document."""

    def answer(error: RequestError) -> Response[str]:
        return problem_of(error, language(app), app.lambda_context.aws_request_id)

    @app.exception_handler(RequestError)
    def _request_error(error: RequestError) -> Response[str]:
        return answer(error)

    @app.exception_handler(RequestValidationError)
    def _invalid(error: RequestValidationError) -> Response[str]:
        return answer(InvalidRequestError(error.errors()))

    @app.exception_handler(IdempotencyAlreadyInProgressError)
    def _in_progress(_: IdempotencyAlreadyInProgressError) -> Response[str]:
        return answer(
            InProgressError("a request with this Idempotency-Key is still being worked on")
        )

    @app.exception_handler(IdempotencyValidationError)
    def _other_body(_: IdempotencyValidationError) -> Response[str]:
        return answer(IdempotencyKeyReusedError("this Idempotency-Key was used with another body"))

    @app.not_found
    def _no_route(_: NoRouteError) -> Response[str]:
        # The resolver does not tell these two apart.
        allowed = _allowed(app)
        if allowed:
            return answer(MethodNotAllowedError(allowed))
        return answer(NoSuchRouteError("there is nothing at this path"))

    @app.exception_handler([ResponseValidationError, Exception])
    def _unexpected(error: Exception) -> Response[str]:
        return unexpected_problem(error, language(app), app.lambda_context.aws_request_id)


def _allowed(app: APIGatewayHttpResolver) -> set[str]:
    """The methods that the path of a request knows, when it has an id in it."""
    path = app.context["_path"]
    # The resolver has no other list of its routes.
    return {route.method for route in app._dynamic_routes if route.rule.match(path)}


def _title(status: HTTPStatus, language: Language) -> str:
    if language is Language.ENGLISH:
        return status.phrase
    from recado.api.spanish import spanish_title

    return spanish_title(status)


def _headers(error: RequestError) -> dict[str, Any]:
    match error:
        case AuthenticationError():
            return {"WWW-Authenticate": "Bearer"}
        case MethodNotAllowedError():
            return {"Allow": ", ".join(error.allowed)}
        case TooManyRequestsError() | InProgressError() | UnavailableError():
            return {"Retry-After": str(error.retry_after)}
    return {}


def _faults(error: RequestError, language: Language) -> list[dict[str, str]]:
    if isinstance(error, InvalidRequestError):
        return [
            {
                "field": _field(fault["loc"]),
                "code": fault["type"],
                "message": _said_of(fault, language),
            }
            for fault in error.faults
        ]
    if isinstance(error, MissingVariablesError):
        message = say("the template needs a value for it", {}, language)
        return [
            {"field": f"context.{name}", "code": "missing", "message": message}
            for name in error.names
        ]
    if error.field is None:
        return []
    message = say(error.message, error.values, language)
    return [{"field": error.field, "code": error.code, "message": message}]


def _said_of(fault: Mapping[str, Any], language: Language) -> str:
    """What is wrong with a field, in words: ours without pydantic's mark before them."""
    values = fault.get("ctx", {})
    broken = values.get("error")
    match broken:
        case InvalidValueError():
            return say(broken.message, broken.values, language)
        case ValueError():
            return say(str(broken), {}, language)
    if language is Language.ENGLISH:
        return str(fault["msg"])
    from recado.api.spanish import spanish_of_pydantic

    return spanish_of_pydantic(fault["type"], values) or str(fault["msg"])


def _field(location: Iterable[str | int]) -> str:
    """Where a field stands, as the client knows it: the resolver says in front where it looked."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in _PLACES:
        del parts[0]
    if parts[-1:] == [_OF_A_KEY]:
        del parts[-1]
    return ".".join(parts)[:LONGEST_FIELD] or "body"
