"""Every request that reached a simulated provider, with its answer and without credentials."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import parse_qsl
from uuid import uuid4

from local.simulator.messages import Provider

REDACTED = "[redacted]"

Outcome = Literal["answered", "dropped_before", "dropped_after"]


@dataclass(frozen=True, kw_only=True)
class LoggedRequest:
    """One request; `status` is None when the connection was dropped instead of answered."""

    provider: Provider
    method: str
    path: str
    status: int | None
    code: str | None = None
    outcome: Outcome = "answered"
    body: object = None
    id: str = field(default_factory=lambda: uuid4().hex)
    received_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


class RequestLog:
    """The requests in memory. Headers are not kept at all: that is where credentials travel."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = secrets
        self._requests: list[dict[str, object]] = []

    def add(self, request: LoggedRequest) -> None:
        """Keep a request, with every known credential struck out of path and body."""
        self._requests.append(
            {name: strike_out(part, self._secrets) for name, part in vars(request).items()}
        )

    def to_json(self) -> list[dict[str, object]]:
        """All requests, newest last."""
        return self._requests

    def forget(self) -> None:
        """Drop every request."""
        self._requests = []


def strike_out(part: object, secrets: Collection[str]) -> object:
    """A part of a request without the credentials, however deep they lie in it."""
    if isinstance(part, str):
        for secret in secrets:
            part = part.replace(secret, REDACTED)
        return part
    if isinstance(part, dict):
        return {strike_out(key, secrets): strike_out(item, secrets) for key, item in part.items()}
    if isinstance(part, list):
        return [strike_out(item, secrets) for item in part]
    return part


def readable_body(content_type: str, body: bytes) -> object:
    """A request's body for people: JSON and forms as values, anything else as its size."""
    if not body:
        return None
    try:
        if content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode(), keep_blank_values=True))
        parsed: object = json.loads(body)
    except ValueError:
        return {"bytes": len(body)}
    return parsed
