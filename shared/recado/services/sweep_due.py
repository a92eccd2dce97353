"""What happens by the clock: scheduled sends, lost messages, deadlines, unknown outcomes."""

from __future__ import annotations

import logging
from datetime import datetime
from itertools import batched

from recado.domain.delivery import Change, expire, move_on, recover, settle_unknown
from recado.domain.model import Model
from recado.domain.notification import HistoryEntry, Notification, State
from recado.ports import (
    ConfigurationRepository,
    DeliveryQueues,
    NotificationKey,
    NotificationRepository,
)

logger = logging.getLogger(__name__)

AT_ONCE = 25
"""DynamoDB takes 25 statements in one call."""

LIMIT = 2_000
"""How many notifications one run looks at; the next run, a minute later, takes the rest."""


class Swept(Model):
    """What one run did."""

    looked_at: int = 0
    changed: int = 0
    queued: int = 0


class SweepDue:
    """Looks at every notification whose moment has come."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        configuration: ConfigurationRepository,
        queues: DeliveryQueues,
    ) -> None:
        self._notifications = notifications
        self._configuration = configuration
        self._queues = queues

    def __call__(self, now: datetime) -> Swept:
        """Do what is due at `now`, the time for which the run was scheduled.

        Running twice for the same time changes nothing more: each notification is changed only
        from the version that was looked at.
        """
        looked_at = changed = queued = 0
        for keys in batched(self._notifications.due(now, LIMIT), AT_ONCE, strict=False):
            found = self._notifications.get_many(keys)
            overdue = [n for n in found.values() if n.due_at is not None and n.due_at <= now]
            changes = [change for n in overdue if (change := self._change(n, now)) is not None]
            stored = self._notifications.save(changes)
            to_send = [n for n in stored.values() if n.state is State.QUEUED]
            self._queues.enqueue(to_send)
            looked_at += len(keys)
            changed += len(stored)
            queued += len(to_send)
        return Swept(looked_at=looked_at, changed=changed, queued=queued)

    def _change(self, notification: Notification, now: datetime) -> Change | None:
        tenant = self._configuration.tenant(notification.tenant_id)
        if tenant is None:
            extra = {"notification_id": notification.notification_id}
            logger.error("a due notification has no tenant", extra=extra)
            return None
        match notification.state:
            case State.PENDING | State.QUEUED if notification.is_past_deadline(now):
                return expire(notification, now)
            case State.PENDING if notification.reason is not None:
                return move_on(notification, now)
            case State.PENDING:
                return _queue(notification, now, "moment_came")
            case State.QUEUED:
                return _queue(notification, now, "queued_again")
            case State.SENDING:
                key = NotificationKey(
                    tenant_id=notification.tenant_id,
                    notification_id=notification.notification_id,
                )
                attempt = self._notifications.attempt(key, notification.attempts)
                return recover(notification, attempt, tenant, now)
            case State.UNKNOWN:
                return settle_unknown(notification, tenant, now)
            case _:
                return None


def _queue(notification: Notification, now: datetime, kind: str) -> Change:
    entry = HistoryEntry(at=now, kind=kind)
    return Change(notification=notification.queued(now), history=entry)
