"""What happens by the clock: scheduled sends, lost messages, deadlines, unknown outcomes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched

from recado.domain.delivery import (
    Change,
    break_silence,
    expire,
    move_on,
    recover,
    settle_unknown,
    take_up,
)
from recado.domain.erasure import without_words
from recado.domain.errors import without_message
from recado.domain.log_names import log_names
from recado.domain.model import Model
from recado.domain.notification import HistoryEntry, Notification, State
from recado.ports.configuration import ConfigurationRepository
from recado.ports.notifications import NotificationKey, NotificationRepository
from recado.ports.queues import DeliveryQueues
from recado.services.plan_again import PlanAgain

logger = logging.getLogger(__name__)

AT_ONCE = 25
"""DynamoDB takes 25 statements in one call."""

LIMIT = 2_000
"""How many notifications one run looks at; the next run, a minute later, takes the rest."""


REST = timedelta(minutes=5)
"""What a run could not change waits so long, so that it takes no later run's place."""


class Swept(Model):
    """What one run did."""

    looked_at: int = 0
    changed: int = 0
    queued: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            looked_at=self.looked_at + other.looked_at,
            changed=self.changed + other.changed,
            queued=self.queued + other.queued,
        )


class SweepDue:
    """Looks at every notification whose moment has come."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        configuration: ConfigurationRepository,
        queues: DeliveryQueues,
        plan_again: PlanAgain,
    ) -> None:
        self._notifications = notifications
        self._configuration = configuration
        self._queues = queues
        self._plan_again = plan_again

    def __call__(self, now: datetime, *, has_time: Callable[[], bool]) -> Swept:
        """Do what is due at `now`, the time for which the run was scheduled.

        What `has_time` leaves no time for is the next run's.

        Running twice for the same time changes nothing more: each notification is changed only
        from the version that was looked at. What fails for some is raised when all others are
        done with.
        """
        swept = Swept()
        failure: Exception | None = None
        for keys in batched(self._notifications.due(now, LIMIT), AT_ONCE, strict=False):
            if not has_time():
                break
            try:
                swept += self._sweep(keys, now)
            except Exception as error:
                logger.error("some due notifications were left", extra=without_message(error))
                failure = error
        if failure is not None:
            raise failure
        return swept

    def _sweep(self, keys: Sequence[NotificationKey], now: datetime) -> Swept:
        """Do what is due for a few notifications, with one write for all of them."""
        found = self._notifications.get_many(keys)
        overdue = [n for n in found.values() if n.due_at is not None and n.due_at <= now]
        changes = [change for n in overdue if (change := self._safely(n, now)) is not None]
        saved = self._notifications.save([without_words(change) for change in changes])
        to_send = [n for n in saved.stored.values() if n.state is State.QUEUED]
        self._queues.enqueue(to_send)
        _log(change for change in changes if change.notification.notification_id in saved.stored)
        handled = {change.notification.notification_id for change in changes} - saved.failed
        waiting = {n.notification_id for n in found.values() if n not in overdue}
        stuck = [key for key in keys if key.notification_id not in handled | waiting]
        if stuck:
            self._notifications.look_again(stuck, now + REST)
        return Swept(looked_at=len(keys), changed=len(saved.stored), queued=len(to_send))

    def _safely(self, notification: Notification, now: datetime) -> Change | None:
        """What to do with a notification; what goes wrong with it concerns it alone."""
        try:
            return self._change(notification, now)
        except Exception as error:
            extra = {"notification_id": notification.notification_id, **without_message(error)}
            logger.error("a due notification was left", extra=extra)
            return None

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
                return self._plan_again(notification, tenant, now)
            case State.QUEUED:
                entry = HistoryEntry(at=now, kind="queued_again")
                return Change(notification=notification.queued_again(now), history=entry)
            case State.SENDING:
                key = NotificationKey(
                    tenant_id=notification.tenant_id,
                    notification_id=notification.notification_id,
                )
                attempt = self._notifications.attempt(key, notification.attempts)
                return recover(notification, attempt, tenant, now).change
            case State.UNKNOWN:
                return settle_unknown(notification, tenant, now)
            case State.SENT | State.DELIVERED:
                return break_silence(notification, now)
            case State.FAILED:
                return take_up(notification, now)
            case _:
                return None


def _log(changes: Iterable[Change]) -> None:
    for change in changes:
        extra = {
            **log_names(change.notification),
            "state": change.notification.state,
            "entry": change.history.kind if change.history else None,
        }
        logger.info("due notification changed", extra=extra)
