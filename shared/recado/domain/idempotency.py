"""What an idempotency key stands for: one request, for 24 hours."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from recado.domain.errors import UnprocessableError
from recado.domain.notification import Mode, Notification

KEPT = timedelta(hours=24)
"""How long a key stands for its request; then it is free."""

_ASKED_FOR = {
    "event_type",
    "service_type",
    "phase",
    "target",
    "recipient_id",
    "context",
    "send_at",
    "communication",
}


class IdempotencyKeyReusedError(UnprocessableError):
    """The key stands for another request. Another try would not help within `KEPT`."""

    code = "idempotency_key_reused"


def notification_id_of(
    tenant_id: str, mode: Mode, idempotency_key: str, *, period: datetime | None = None
) -> str:
    """The id of the notification that a key makes, the same every time.

    `period` is None for the key's first use, else the start of the period of the use.
    """
    start = period.astimezone(UTC).isoformat() if period else ""
    named = "\n".join((tenant_id, mode, start, idempotency_key))
    return f"ntf_{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def period_of(first_use: datetime, now: datetime) -> datetime:
    """The start of the period that a moment lies in: they are `KEPT` long, from the first use."""
    return first_use + (now - first_use) // KEPT * KEPT


def asks_for_the_same(stored: Notification, asked: Notification) -> bool:
    """Whether two notifications answer the same request, made at different times.

    What the request said is compared, and not the route: that is the tenant's and may have
    changed in between. A test message's route is its request.
    """
    return (
        stored.model_dump(include=_ASKED_FOR) == asked.model_dump(include=_ASKED_FOR)
        and _written(stored) == _written(asked)
        and (stored.deadline == asked.deadline or _lifetime(stored) == _lifetime(asked))
    )


def _written(notification: Notification) -> list[object]:
    """The steps that the request worded itself; a window that opened since says nothing of it."""
    return [
        step.model_copy(update={"free_text_until": None})
        for step in notification.route
        if step.message is not None
    ]


def _lifetime(notification: Notification) -> timedelta:
    """How long it is worth sending: the same for two requests that leave it to the tenant."""
    created_at = notification.created_at
    return notification.deadline - max(created_at, notification.send_at or created_at)
