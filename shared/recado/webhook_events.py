"""Webhooks as Lambda gets them from the HTTP API (payload 2.0): requests in, answers out."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from recado.ports.webhooks import WebhookAnswer, WebhookRequest


def read_webhook(event: Mapping[str, Any], *, public_url: str) -> WebhookRequest:
    """A provider's request with its exact bytes.

    `public_url` is where providers reach us: behind a domain of our own, or a proxy, the event
    names another host than the one whose address was signed.
    """
    query = event.get("rawQueryString") or ""
    path = event["rawPath"]
    body = event.get("body") or ""
    return WebhookRequest(
        method=event["requestContext"]["http"]["method"],
        url=f"{public_url.rstrip('/')}{path}{'?' + query if query else ''}",
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=dict(parse_qsl(query, keep_blank_values=True)),
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        account_id=(event.get("pathParameters") or {}).get("account"),
    )


def http_answer(answer: WebhookAnswer) -> dict[str, Any]:
    """The answer in Lambda's shape."""
    return {
        "statusCode": answer.status,
        "headers": {"content-type": answer.content_type, "x-content-type-options": "nosniff"},
        "body": answer.body,
    }
