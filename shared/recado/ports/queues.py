"""The queues, as services see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, Self

from recado.domain.model import Model
from recado.domain.notification import Notification
from recado.ports.notifications import NotificationKey


class RefusedRequests(Protocol):
    """Where requests of the requests queue end that cannot be carried out."""

    def put(self, message_id: str, body: str, *, reason: str) -> None:
        """Keep a request with its message's id and the reason for its refusal.

        Raises when it cannot be kept.
        """
        ...


class DeliveryMessage(Model):
    """What a delivery queue carries: the name of a notification, and the step that it is for.

    `begun` is how often the route had been begun again by then: a message that waited long must
    not give up a channel that is being tried anew.
    """

    v: int = 1
    tenant_id: str
    notification_id: str
    step: int
    begun: int = 0

    @classmethod
    def of(cls, notification: Notification) -> Self:
        """The message for the step that a notification is at."""
        return cls(
            tenant_id=notification.tenant_id,
            notification_id=notification.notification_id,
            step=notification.step,
            begun=notification.begun,
        )


class Delivery(Model):
    """A message that a queue handed out.

    `source` is the queue's name, `receipt` its proof that we hold the message, opaque here.
    """

    message_id: str
    source: str
    receipt: str
    message: DeliveryMessage

    @property
    def key(self) -> NotificationKey:
        """The notification that it is for."""
        return NotificationKey(
            tenant_id=self.message.tenant_id, notification_id=self.message.notification_id
        )


class DeliveryQueues(Protocol):
    """The delivery queues and their dead-letter queues.

    Apart from `park`, nothing here raises when a queue does not take a message: it is logged,
    and since every notification's row is stored with the time at which it is overdue, the clock
    repairs it.
    """

    def enqueue(self, notifications: Sequence[Notification]) -> None:
        """Put notifications on the queues of their channels.

        Each is visible after its own `delay`, or after 15 minutes if that is longer.
        """
        ...

    def give_up(self, notifications: Sequence[Notification]) -> None:
        """Put notifications into the dead-letter queues of their channels."""
        ...

    def park(self, bodies: Sequence[str]) -> None:
        """Keep messages that nobody can read in the parked queue.

        The one call that raises when the queue does not take them: nothing else holds them.
        """
        ...

    def postpone(self, deliveries: Sequence[tuple[Delivery, timedelta]]) -> None:
        """Make messages that stay in their queue visible again after times of their own."""
        ...
