"""`Idempotency-Key`: a request that creates something may be sent again without harm.

A key belongs to its tenant or division, mode (live or test) and route. For 24 hours the first
answer is given again (with `Idempotency-Replayed: true`); 409 while the first request still runs,
422 when the key comes with another body. Answers are kept for successes only: after an error the
same key may be tried again. Of an answer that is too large to keep, status and headers are given
again: `Location` and `ETag` lead to the rest.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.persistence.base import BasePersistenceLayer

from recado.api.security import Middleware, caller
from recado.domain.access import Caller
from recado.domain.errors import RequestError
from recado.domain.idempotency import KEPT

LONGEST_KEY = 255

LARGEST_KEPT = 300_000
"""Bytes of an answer as it is kept; DynamoDB takes 400 KB, with all that stands beside it."""


class InvalidIdempotencyKeyError(RequestError):
    """The Idempotency-Key is empty or too long (HTTP 400)."""

    code = "invalid_idempotency_key"


def idempotency_key(app: Any) -> str | None:
    """The request's Idempotency-Key, if it has one."""
    value: str | None = app.current_event.headers.get("idempotency-key")
    return value


def own_key(app: Any, route: str) -> str | None:
    """The Idempotency-Key as the key of what a route makes, or None.

    What is made keeps it too, and so knows itself again when an answer was not kept.
    """
    value = idempotency_key(app)
    return value and f"api:{json.dumps([route, caller(app).division, value])}"


def idempotent(store: BasePersistenceLayer) -> Middleware:
    """Make a route honour `Idempotency-Key`."""
    config = IdempotencyConfig(
        event_key_jmespath="[tenant, mode, method, path, key]",
        payload_validation_jmespath="body",
        expires_after_seconds=int(KEPT.total_seconds()),
        hash_function="sha256",
    )

    def handle(app: Any, next_middleware: NextMiddleware) -> Response[Any]:
        key = idempotency_key(app)
        if key is None:
            return next_middleware(app)
        if not 0 < len(key) <= LONGEST_KEY:
            raise InvalidIdempotencyKeyError(
                "Idempotency-Key must have 1 to {most} characters", most=LONGEST_KEY
            )
        event, who = app.current_event, caller(app)
        fresh: list[Response[Any]] = []

        def run(*, request: dict[str, str]) -> dict[str, Any]:
            del request
            response = next_middleware(app)
            fresh.append(response)
            return _kept(response)

        config.register_lambda_context(app.lambda_context)
        guarded = idempotent_function(
            run,
            data_keyword_argument="request",
            persistence_store=store,
            config=config,
            key_prefix="api",
        )
        kept = guarded(
            request={
                "tenant": _whose(who),
                "mode": who.mode,
                "method": event.http_method,
                "path": event.path,
                "key": key,
                "body": _digest(event),
            }
        )
        if fresh:
            return fresh[0]
        return Response(
            status_code=kept["status"],
            content_type="application/json",
            body=kept.get("body", ""),
            # What an older release kept has none.
            headers={**kept.get("headers", {}), "Idempotency-Replayed": "true"},
        )

    return handle


def _kept(response: Response[Any]) -> dict[str, Any]:
    """What is kept of an answer."""
    kept = {"status": response.status_code, "headers": dict(response.headers)}
    whole = {**kept, "body": response.body}
    # As it is stored: in ASCII, where an é takes six bytes.
    return whole if len(json.dumps(whole)) <= LARGEST_KEPT else kept


def _digest(event: Any) -> str:
    """What was asked for: the body, and the query in any order."""
    asked = json.dumps([sorted((event.query_string_parameters or {}).items()), event.body or ""])
    return hashlib.sha256(asked.encode()).hexdigest()


def _whose(who: Caller) -> str:
    """Whose keys these are: a division does not get an answer that was not for it."""
    return who.tenant_id if who.division is None else f"{who.tenant_id}#{who.division}"
