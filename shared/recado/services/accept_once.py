"""Store and queue a planned notification, once for each idempotency key."""

from __future__ import annotations

import logging

from recado.domain.idempotency import (
    KEPT,
    IdempotencyKeyReusedError,
    asks_for_the_same,
    notification_id_of,
    period_of,
)
from recado.domain.log_names import log_names
from recado.domain.notification import Notification, State
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import DeliveryQueues

logger = logging.getLogger(__name__)


class AcceptOnce:
    """Accepts notifications. A returned one is stored: nothing can lose it any more."""

    def __init__(self, *, notifications: NotificationRepository, queues: DeliveryQueues) -> None:
        self._notifications = notifications
        self._queues = queues

    def __call__(self, asked: Notification, *, idempotency_key: str | None) -> Notification:
        """Store and queue a notification, or give the one that the key made before.

        Raises
        ------
        IdempotencyKeyReusedError
            In the last 24 hours the key made a notification for another request.
        """
        notification, is_new = self._store(asked, idempotency_key)
        if not is_new and not asks_for_the_same(notification, asked):
            raise IdempotencyKeyReusedError("this idempotency key was used with another body")
        if is_new:
            _log_accepted(notification)
        if is_new and notification.state is State.QUEUED:
            self._queues.enqueue([notification])
        return notification

    def _store(self, asked: Notification, idempotency_key: str | None) -> tuple[Notification, bool]:
        """The notification of this use of the key, and whether it is new.

        The first use's row says when the key's periods begin. A use that is no older than
        `KEPT` lies in this period or in the one before.
        """
        if idempotency_key is None:
            return self._create(asked, asked.notification_id)
        now, key = asked.created_at, (asked.tenant_id, asked.mode, idempotency_key)
        first, is_new = self._create(asked, notification_id_of(*key))
        if is_new or now - first.created_at < KEPT:
            return first, is_new
        period = period_of(first.created_at, now)
        before = self._notifications.get(
            asked.tenant_id, notification_id_of(*key, period=period - KEPT)
        )
        if before is not None and now - before.created_at < KEPT:
            return before, False
        return self._create(asked, notification_id_of(*key, period=period))

    def _create(self, asked: Notification, notification_id: str) -> tuple[Notification, bool]:
        named = asked.model_copy(update={"notification_id": notification_id})
        if self._notifications.create(named):
            return named, True
        existing = self._notifications.get(asked.tenant_id, notification_id)
        return existing or named, False


def _log_accepted(notification: Notification) -> None:
    extra = {
        **log_names(notification),
        "state": notification.state,
        "reason": notification.reason,
        "channels": [step.channel for step in notification.route],
    }
    logger.info("notification accepted", extra=extra)
