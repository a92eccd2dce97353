"""Meta's Graph API: the shape of its errors, and who may call."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs, web

from local.simulator.exchange import Answer, Refused

BASE = r"/graph/{version:v\d+\.\d+}"
"""Meta's products are under one address, in any version."""


def graph_answer(
    status: int,
    code: int,
    message: str,
    *,
    subcode: int | None = None,
    kind: str = "OAuthException",
    more: Mapping[str, object] | None = None,
) -> Answer:
    """An error in Graph's envelope; the log names it by code and subcode."""
    error: dict[str, object] = {
        "message": message,
        "type": kind,
        "code": code,
        "fbtrace_id": secrets.token_urlsafe(12),
        **(more or {}),
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    named = str(code) if subcode is None else f"{code}/{subcode}"
    return Answer(status, {"error": error}, named)


def no_such_object(method: str, object_id: str) -> Answer:
    """What Graph says of an object that is not there, or not for this token."""
    message = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, "
        "cannot be loaded due to missing permissions, or does not support this operation"
    )
    return graph_answer(400, 100, message, subcode=33, kind="GraphMethodException")


def check_token(request: web.Request, access_token: str) -> None:
    """Refuse a request without this token, as Graph does."""
    if request.headers.get(hdrs.AUTHORIZATION) != f"Bearer {access_token}":
        message = "Invalid OAuth access token - Cannot parse access token"
        raise Refused(graph_answer(401, 190, f"(#190) {message}"))


def json_object(body: bytes) -> dict[str, Any]:
    """The body's parameters: Graph takes one that it cannot read for one without any."""
    try:
        request_body = json.loads(body)
    except ValueError:
        return {}
    return request_body if isinstance(request_body, dict) else {}
