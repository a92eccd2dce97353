"""Take a notification to its next channel: the only place where a channel is given up.

Its messages come from the dead-letter queues, put there by the sender (a permanent error, or
the attempts used up) or by SQS itself (a worker that kept crashing).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from recado.domain.delivery import Change, move_on
from recado.domain.log_names import log_names
from recado.domain.notification import Notification, State
from recado.ports.clock import Clock
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import Delivery, DeliveryMessage, DeliveryQueues

logger = logging.getLogger(__name__)


class FallBack:
    """Moves notifications on whose channel has been given up."""

    def __init__(
        self, *, notifications: NotificationRepository, queues: DeliveryQueues, clock: Clock
    ) -> None:
        self._notifications = notifications
        self._queues = queues
        self._clock = clock

    def __call__(self, deliveries: Sequence[Delivery], unreadable: Sequence[str] = ()) -> set[str]:
        """Move notifications on; gives the ids of the messages that must come again.

        What is unreadable is parked, as its text.

        A message comes again when its row changed meanwhile, or is not stored; what keeps
        coming ends in the parked queue. A message whose notification is already past that step,
        or is a matter for the clock (in mid-send, outcome unknown), is done with.
        """
        self._queues.park(unreadable)
        now = self._clock.now()
        found = self._notifications.get_many([delivery.key for delivery in deliveries])
        changes: dict[str, Change] = {}
        for delivery in deliveries:
            notification = found.get(delivery.message.notification_id)
            if notification is not None and _waits_for_fallback(notification, delivery.message):
                changes[notification.notification_id] = move_on(notification, now)
        stored = self._notifications.save(list(changes.values())).stored
        for notification_id, notification in stored.items():
            _log_given_up(found[notification_id], notification)
        self._queues.enqueue([n for n in stored.values() if n.state is State.QUEUED])
        settled = (found.keys() - changes.keys()) | stored.keys()
        return {d.message_id for d in deliveries if d.message.notification_id not in settled}


def _waits_for_fallback(notification: Notification, message: DeliveryMessage) -> bool:
    """Whether a step was given up, or its message ended here without ever being taken."""
    if (notification.step, notification.begun) != (message.step, message.begun):
        return False
    is_given_up = notification.state is State.PENDING and notification.reason is not None
    return is_given_up or notification.state is State.QUEUED


def _log_given_up(before: Notification, after: Notification) -> None:
    is_next = after.state is State.QUEUED
    extra = {
        **log_names(after),
        "channel": before.current_step.channel,
        "reason": before.reason,
        "next_channel": after.current_step.channel if is_next else None,
        "state": after.state,
    }
    logger.info("channel given up", extra=extra)
