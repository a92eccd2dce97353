"""`If-None-Match` (RFC 9110, section 13.1.2): who polls gets a body only when it changed."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware


def revalidated(app: Any, next_middleware: NextMiddleware) -> Response[Any]:
    """Give an answer the hash of its body as entity tag; 304 for who has that body already."""
    response = next_middleware(app)
    document = json.dumps(response.body, sort_keys=True)
    tag = f'"{hashlib.sha256(document.encode()).hexdigest()[:32]}"'
    # Without no-cache a browser may guess how long the answer stays good.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _names(app.current_event.headers.get("if-none-match", ""), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
    response.headers.update(headers)
    return response


def _names(header: str, tag: str) -> bool:
    # Weak comparison: proxies that compress make a tag weak.
    named = {part.strip().removeprefix("W/") for part in header.split(",")}
    return tag in named or "*" in named
