"""Queues that keep what was put into them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from recado.domain.channels import Channel
from recado.domain.notification import Notification
from recado.ports.queues import Delivery, DeliveryMessage


class FakeQueues:
    """Implements `ports.DeliveryQueues`; with `down`, every put is lost, as SQS may refuse it."""

    def __init__(self) -> None:
        self.down = False
        self.queued: list[tuple[Channel, DeliveryMessage, timedelta]] = []
        self.dead: list[tuple[Channel, DeliveryMessage]] = []
        self.parked: list[str] = []
        self.postponed: dict[str, timedelta] = {}

    def enqueue(self, notifications: Sequence[Notification]) -> None:
        if not self.down:
            self.queued += [
                (n.current_step.channel, DeliveryMessage.of(n), n.delay) for n in notifications
            ]

    def give_up(self, notifications: Sequence[Notification]) -> None:
        if not self.down:
            self.dead += [(n.current_step.channel, DeliveryMessage.of(n)) for n in notifications]

    def park(self, bodies: Sequence[str]) -> None:
        self.parked += bodies

    def postpone(self, deliveries: Sequence[tuple[Delivery, timedelta]]) -> None:
        self.postponed |= {delivery.message_id: time for delivery, time in deliveries}

    def take_queued(self) -> list[Delivery]:
        """Hand out all queued messages, as one batch."""
        taken, self.queued = [message for _, message, _ in self.queued], []
        return [delivery_of(message) for message in taken]

    def take_dead(self) -> list[Delivery]:
        """Hand out all messages of the dead-letter queues, as one batch."""
        taken, self.dead = [message for _, message in self.dead], []
        return [delivery_of(message) for message in taken]


def delivery_of(message: DeliveryMessage) -> Delivery:
    """A message as a queue hands it out."""
    return Delivery(
        message_id=f"{message.notification_id}/{message.step}",
        source="queue",
        receipt="receipt",
        message=message,
    )
